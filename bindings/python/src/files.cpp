#include "bindings.hpp"
#include "gil.hpp"
#include "pictures.hpp"

#include <chrono>
#include <kizuna/image_file.hpp>
#include <kizuna/result_cache.hpp>
#include <optional>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <span>

namespace py = pybind11;

namespace kizuna_python {

namespace {

void bind_pictures(py::module_& module) {
    using kizuna::EncodeSettings;
    using kizuna::ImageFileInfo;
    py::class_<ImageFileInfo>(module, "ImageFileInfo", "What a picture file's header says.")
        .def_readonly("format", &ImageFileInfo::format)
        .def_readonly("orientation", &ImageFileInfo::orientation, "EXIF's, 1 to 8")
        .def_readonly("frames", &ImageFileInfo::frames)
        .def_property_readonly(
            "animation",
            [](const ImageFileInfo& info) -> py::object {
                return info.animation ? py::make_tuple(info.animation->seconds, info.animation->plays)
                                      : py::object(py::none());
            },
            "(seconds, how often it is shown; 0: for ever), or None")
        .def_property_readonly("width", [](const ImageFileInfo& info) { return info.image.width; })
        .def_property_readonly("height", [](const ImageFileInfo& info) { return info.image.height; })
        .def_property_readonly(
            "channels", [](const ImageFileInfo& info) { return info.image.format.channels; })
        .def("__repr__", [](const ImageFileInfo& info) {
            return "<kizuna.ImageFileInfo " + info.format + ", " + std::to_string(info.image.width) + " x " +
                   std::to_string(info.image.height) + ">";
        });

    module.def("inspect_image", [](const std::filesystem::path& path) {
        return without_gil([&] { return kizuna::inspect_image(path); });
    });
    module.def("read_image", [](const std::filesystem::path& path, std::uint64_t max_pixels) {
        return array_of(without_gil([&] { return kizuna::read_image(path, max_pixels); }), true);
    });
    module.def("decode_image", [](const py::buffer& encoded, std::uint64_t max_pixels) {
        const std::vector<std::byte> bytes = bytes_of(encoded);
        return array_of(without_gil([&] { return kizuna::decode_image(bytes, max_pixels); }), true);
    });
    module.def(
        "write_image",
        [](const py::object& picture, const std::filesystem::path& path, const EncodeSettings& settings) {
            const ArrayPixels pixels = pixels_of(picture);
            const ReleasedGil released;
            kizuna::write_image(pixels.view, path, settings);
        });
    module.def("encode_image", [](const py::object& picture, const EncodeSettings& settings) {
        const ArrayPixels pixels = pixels_of(picture);
        return python_bytes(without_gil([&] { return kizuna::encode_image(pixels.view, settings); }));
    });
    module.def("extension_of_format", &kizuna::extension_of_format);
    module.attr("default_max_pixels") = kizuna::default_max_pixels;
}

std::optional<std::chrono::seconds> seconds(std::optional<std::int64_t> count) {
    return count ? std::optional(std::chrono::seconds(*count)) : std::nullopt;
}

void bind_cache(py::module_& module) {
    using kizuna::CacheStats;
    using kizuna::ResultCache;
    py::class_<CacheStats>(module, "CacheStats")
        .def_readonly("entries", &CacheStats::entries)
        .def_readonly("bytes", &CacheStats::bytes)
        .def_readonly("hits", &CacheStats::hits)
        .def_readonly("misses", &CacheStats::misses)
        .def_readonly("damaged", &CacheStats::damaged);

    py::class_<ResultCache, std::shared_ptr<ResultCache>>(
        module, "ResultCache", "Results in a folder, for Jobs. Processes may share it.")
        .def(
            py::init([](const std::filesystem::path& folder, std::uint64_t max_bytes,
                        std::optional<std::int64_t> max_age_seconds) {
                kizuna::CacheLimits limits;
                limits.max_bytes = max_bytes;
                limits.max_age = seconds(max_age_seconds);
                return without_gil([&] { return std::make_shared<ResultCache>(folder, limits); });
            }),
            py::arg("folder"), py::kw_only(), py::arg("max_bytes") = kizuna::CacheLimits().max_bytes,
            py::arg("max_age_seconds") = std::nullopt)
        .def(
            "clean_up",
            [](ResultCache& cache, std::optional<std::int64_t> max_age_seconds) {
                return without_gil([&] { return cache.clean_up(seconds(max_age_seconds)); });
            },
            py::kw_only(), py::arg("max_age_seconds") = std::nullopt)
        .def("clear", [](ResultCache& cache) { return without_gil([&] { return cache.clear(); }); })
        .def("stats", [](const ResultCache& cache) { return without_gil([&] { return cache.stats(); }); })
        .def_property_readonly("folder", [](const ResultCache& cache) { return cache.folder(); });
}

} // namespace

void bind_files(py::module_& module) {
    bind_pictures(module);
    bind_cache(module);
}

} // namespace kizuna_python
