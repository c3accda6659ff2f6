#include "bindings.hpp"
#include "long_call.hpp"

#include <kizuna/device.hpp>
#include <kizuna/tuning.hpp>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace kizuna_python {

namespace {

/// As Upscaler takes it.
std::string text_of(kizuna::Precision precision) {
    return precision == kizuna::Precision::automatic ? "automatic" : std::string(to_string(precision));
}

void bind_device_structures(py::module_& module) {
    using namespace kizuna;
    py::class_<DeviceSpeed>(module, "DeviceSpeed")
        .def_property_readonly("precision", [](const DeviceSpeed& speed) { return text_of(speed.precision); })
        .def_readonly("megapixels_per_second", &DeviceSpeed::megapixels_per_second)
        .def_readonly("problem", &DeviceSpeed::problem);

    py::class_<TuneMeasurement>(module, "TuneMeasurement", "A device with one of its settings.")
        .def_readonly("provider", &TuneMeasurement::provider)
        .def_readonly("device", &TuneMeasurement::device)
        .def_property_readonly(
            "precision", [](const TuneMeasurement& measured) { return text_of(measured.precision); })
        .def_readonly("tile", &TuneMeasurement::tile_px)
        .def_readonly("megapixels_per_second", &TuneMeasurement::megapixels_per_second)
        .def_readonly("problem", &TuneMeasurement::problem);

    py::class_<Device>(module, "Device", "A provider on this machine.")
        .def_readonly("provider", &Device::provider)
        .def_readonly("aliases", &Device::aliases)
        .def_readonly("engine", &Device::engine)
        .def_readonly("available", &Device::available)
        .def_readonly("problem", &Device::problem)
        .def_readonly("free_memory", &Device::free_memory_bytes, "in bytes; 0 where it is not known")
        .def_readonly("name", &Device::name)
        .def_readonly("driver", &Device::driver)
        .def_readonly("total_memory", &Device::total_memory_bytes)
        .def_readonly("speeds", &Device::speeds)
        .def("__repr__", [](const Device& device) {
            return "<kizuna.Device " + device.provider + (device.available ? ">" : ", not available>");
        });
}

std::vector<kizuna::TuneMeasurement> tune(
    const kizuna::Model& model, std::string provider, py::object progress,
    const kizuna::CancelSource* cancel) {
    LongCall call(std::move(progress), cancel);
    return call.run([&](ReleasedGil& released) {
        const auto tell = [&](const kizuna::TuneMeasurement& news) {
            call.told(released, [&] { return py::cast(news); });
        };
        return kizuna::tune(model, {std::move(provider), tell, call.token()});
    });
}

} // namespace

void bind_devices(py::module_& module) {
    bind_device_structures(module);
    module.def("list_devices", [] { return without_gil(&kizuna::list_devices); });
    module.def("probe_devices", [] { return without_gil(&kizuna::probe_devices); });
    module.def(
        "tune", &tune, py::arg("model"), py::kw_only(), py::arg("provider") = "auto",
        py::arg("progress") = py::none(), py::arg("cancel") = nullptr);
}

} // namespace kizuna_python
