#include "bindings.hpp"

#include <kizuna/cancel.hpp>
#include <kizuna/device.hpp>
#include <kizuna/image_file.hpp>
#include <kizuna/progress.hpp>
#include <kizuna/upscale_options.hpp>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace kizuna_python {

void bind_settings(py::module_& module) {
    using namespace kizuna;

    py::enum_<Blend>(module, "Blend")
        .value("automatic", Blend::automatic)
        .value("exact", Blend::exact)
        .value("feather", Blend::feather);
    py::enum_<Precision>(module, "Precision")
        .value("automatic", Precision::automatic)
        .value("fp32", Precision::fp32)
        .value("bf16", Precision::bf16)
        .value("fp16", Precision::fp16);

    py::class_<UpscaleOptions>(module, "UpscaleOptions")
        .def(py::init<>())
        .def_readwrite("scale", &UpscaleOptions::scale)
        .def_readwrite("width", &UpscaleOptions::width_px)
        .def_readwrite("height", &UpscaleOptions::height_px)
        .def_readwrite("fit", &UpscaleOptions::fit)
        .def_readwrite("tile", &UpscaleOptions::tile_px)
        .def_readwrite("overlap", &UpscaleOptions::overlap_px)
        .def_readwrite("blend", &UpscaleOptions::blend)
        .def_readwrite("tta", &UpscaleOptions::tta)
        .def_readwrite("syncgap", &UpscaleOptions::syncgap)
        .def_readwrite("max_pixels", &UpscaleOptions::max_pixels);

    py::class_<EngineOptions>(module, "EngineOptions")
        .def(py::init<>())
        .def_readwrite("provider", &EngineOptions::provider)
        .def_readwrite("device", &EngineOptions::device)
        .def_readwrite("threads", &EngineOptions::threads)
        .def_readwrite("precision", &EngineOptions::precision);

    py::class_<EncodeSettings>(module, "EncodeSettings")
        .def(py::init<>())
        .def_readwrite("format", &EncodeSettings::format)
        .def_readwrite("quality", &EncodeSettings::quality)
        .def_readwrite("effort", &EncodeSettings::effort)
        .def_readwrite("lossless", &EncodeSettings::lossless)
        .def_readwrite("first_frame", &EncodeSettings::first_frame);

    py::class_<Progress>(module, "Progress", "How far a picture has come.")
        .def_readonly("tiles_done", &Progress::tiles_done)
        .def_readonly("tiles_total", &Progress::tiles_total)
        .def_readonly("frames_done", &Progress::frames_done)
        .def_readonly("frames_total", &Progress::frames_total)
        .def_readonly("seconds", &Progress::seconds)
        .def_property_readonly(
            "fraction", [](const Progress& progress) { return progress.fraction(); }, "0 to 1")
        .def("__repr__", [](const Progress& progress) {
            return "<kizuna.Progress " + std::to_string(progress.tiles_done) + " of " +
                   std::to_string(progress.tiles_total) + " tiles>";
        });

    py::class_<CancelSource>(
        module, "CancelSource", "Makes the calls that were given it raise Cancelled soon after cancel().")
        .def(py::init<>())
        .def("cancel", [](CancelSource& source) { source.request_stop(); })
        .def_property_readonly(
            "cancelled", [](const CancelSource& source) { return source.stop_requested(); });
}

} // namespace kizuna_python
