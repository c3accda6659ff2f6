#include "bindings.hpp"
#include "errors.hpp"
#include "long_call.hpp"
#include "pictures.hpp"

#include <kizuna/upscaler.hpp>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace py = pybind11;

namespace kizuna_python {

namespace {

using kizuna::CancelSource;
using kizuna::EncodeSettings;
using kizuna::UpscaleOptions;

/// An Upscaler, as Python calls it.
class PyUpscaler {
  public:
    PyUpscaler(const kizuna::Model& model, const kizuna::EngineOptions& options)
        : upscaler_(without_gil([&] { return kizuna::Upscaler(model, options); })) {}

    [[nodiscard]] const kizuna::Upscaler& get() const {
        owner_.check("an Upscaler");
        return upscaler_;
    }

  private:
    Owner owner_;
    kizuna::Upscaler upscaler_;
};

kizuna::ProgressCallback telling(LongCall& call, ReleasedGil& released) {
    return [&](const kizuna::Progress& progress) { call.told(released, [&] { return py::cast(progress); }); };
}

py::array upscale(
    const PyUpscaler& self, const py::object& picture, const UpscaleOptions& options, py::object progress,
    const CancelSource* cancel) {
    const kizuna::Upscaler& upscaler = self.get();
    const ArrayPixels pixels = pixels_of(picture);
    LongCall call(std::move(progress), cancel);
    return array_of(
        call.run([&](ReleasedGil& released) {
            return upscaler.upscale(pixels.view, options, telling(call, released), call.token());
        }),
        pixels.flat);
}

kizuna::UpscaleReport upscale_file(
    const PyUpscaler& self, const std::filesystem::path& input, const std::filesystem::path& output,
    const UpscaleOptions& options, const EncodeSettings& encode, bool overwrite, py::object progress,
    const CancelSource* cancel) {
    const kizuna::Upscaler& upscaler = self.get();
    LongCall call(std::move(progress), cancel);
    return call.run([&](ReleasedGil& released) {
        return upscaler.upscale_file(
            input, output, options, {encode, overwrite}, telling(call, released), call.token());
    });
}

py::bytes upscale_bytes(
    const PyUpscaler& self, const py::buffer& encoded, const UpscaleOptions& options,
    const EncodeSettings& encode, py::object progress, const CancelSource* cancel) {
    const kizuna::Upscaler& upscaler = self.get();
    const std::vector<std::byte> bytes = bytes_of(encoded);
    LongCall call(std::move(progress), cancel);
    return python_bytes(call.run([&](ReleasedGil& released) {
        return upscaler.upscale_bytes(bytes, options, encode, telling(call, released), call.token());
    }));
}

} // namespace

void bind_upscaler(py::module_& module) {
    using kizuna::TilePlacement;
    using kizuna::UpscaleReport;

    py::class_<UpscaleReport>(module, "UpscaleReport", "What was done.")
        .def_readonly("input_width", &UpscaleReport::input_width)
        .def_readonly("input_height", &UpscaleReport::input_height)
        .def_readonly("output_width", &UpscaleReport::output_width)
        .def_readonly("output_height", &UpscaleReport::output_height)
        .def_readonly("frames", &UpscaleReport::frames)
        .def_readonly("repeated_frames", &UpscaleReport::repeated_frames)
        .def_readonly("tiles", &UpscaleReport::tiles)
        .def_readonly("repeated_tiles", &UpscaleReport::repeated_tiles)
        .def_readonly("seconds", &UpscaleReport::seconds)
        .def_readonly("decode_seconds", &UpscaleReport::decode_seconds)
        .def_readonly("engine_seconds", &UpscaleReport::engine_seconds)
        .def_readonly("encode_seconds", &UpscaleReport::encode_seconds)
        .def("__repr__", [](const UpscaleReport& report) {
            return "<kizuna.UpscaleReport " + std::to_string(report.output_width) + " x " +
                   std::to_string(report.output_height) + ">";
        });

    py::class_<TilePlacement>(module, "TilePlacement", "A tile, in pixels of its pass's input and output.")
        .def_readonly("pass_number", &TilePlacement::pass)
        .def_property_readonly(
            "input",
            [](const TilePlacement& tile) {
                return py::make_tuple(tile.input_x, tile.input_y, tile.input_width, tile.input_height);
            },
            "x, y, width, height")
        .def_property_readonly(
            "output",
            [](const TilePlacement& tile) {
                return py::make_tuple(tile.output_x, tile.output_y, tile.output_width, tile.output_height);
            },
            "x, y, width, height");

    py::class_<PyUpscaler>(module, "Upscaler")
        .def(py::init<const kizuna::Model&, const kizuna::EngineOptions&>())
        .def_property_readonly("model", [](const PyUpscaler& self) { return self.get().model(); })
        .def_property_readonly("provider", [](const PyUpscaler& self) { return self.get().provider(); })
        .def("upscale", &upscale)
        .def("upscale_file", &upscale_file)
        .def("upscale_bytes", &upscale_bytes)
        .def(
            "plan_tiles", [](const PyUpscaler& self, std::uint32_t width, std::uint32_t height,
                             const UpscaleOptions& options) {
                const kizuna::Upscaler& upscaler = self.get();
                return without_gil([&] { return upscaler.plan_tiles(width, height, options); });
            });
}

} // namespace kizuna_python
