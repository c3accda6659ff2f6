#include "bindings.hpp"
#include "errors.hpp"
#include "long_call.hpp"

#include <kizuna/model.hpp>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace py = pybind11;

namespace kizuna_python {

namespace {

std::string name_of(kizuna::ModelState state) {
    using kizuna::ModelState;
    switch (state) {
    case ModelState::whole:
        return "whole";
    case ModelState::unknown:
        return "unknown";
    case ModelState::damaged:
        return "damaged";
    case ModelState::absent:
        break;
    }
    return "absent";
}

void bind_model_structures(py::module_& module) {
    using namespace kizuna;
    py::class_<ModelInfo>(module, "ModelInfo", "What a network is. Lengths are in pixels of the input.")
        .def_readonly("name", &ModelInfo::name)
        .def_readonly("scale", &ModelInfo::scale, "0 where it is only known when an Upscaler has opened it")
        .def_readonly("channels", &ModelInfo::channels)
        .def_readonly("receptive_field", &ModelInfo::receptive_field_px)
        .def_readonly("alignment", &ModelInfo::alignment_px)
        .def_readonly("border", &ModelInfo::border_px)
        .def_readonly("fixed_width", &ModelInfo::fixed_width_px)
        .def_readonly("fixed_height", &ModelInfo::fixed_height_px)
        .def_readonly("licence", &ModelInfo::licence)
        .def_readonly("path", &ModelInfo::path)
        .def_readonly("operators", &ModelInfo::operators)
        .def_readonly("remark", &ModelInfo::remark)
        .def("__repr__", [](const ModelInfo& info) {
            return "<kizuna.ModelInfo " + info.name + ", x" + std::to_string(info.scale) + ">";
        });

    py::class_<Model>(module, "Model")
        .def_static(
            "load", [](const std::string& name) { return without_gil([&] { return Model::load(name); }); },
            py::arg("name_or_path"))
        .def_property_readonly("info", [](const Model& model) { return model.info(); });

    py::class_<ModelEntry>(module, "ModelEntry", "A network of the model library.")
        .def_readonly("name", &ModelEntry::name)
        .def_readonly("aliases", &ModelEntry::aliases)
        .def_readonly("series", &ModelEntry::series)
        .def_readonly("family", &ModelEntry::family)
        .def_readonly("scale", &ModelEntry::scale)
        .def_readonly("denoise", &ModelEntry::denoise)
        .def_readonly("description", &ModelEntry::description)
        .def_readonly("licence", &ModelEntry::licence)
        .def_readonly("source", &ModelEntry::source)
        .def_readonly("installed", &ModelEntry::installed)
        .def_readonly("path", &ModelEntry::path)
        .def("__repr__", [](const ModelEntry& entry) {
            return "<kizuna.ModelEntry " + entry.name + (entry.installed ? ">" : ", not installed>");
        });

    py::class_<PullProgress>(module, "PullProgress")
        .def_readonly("package", &PullProgress::package)
        .def_readonly("network", &PullProgress::network)
        .def_readonly("bytes_done", &PullProgress::bytes_done)
        .def_readonly("bytes_total", &PullProgress::bytes_total);

    py::class_<PullReport>(module, "PullReport")
        .def_readonly("pulled", &PullReport::pulled)
        .def_readonly("present", &PullReport::present)
        .def_readonly("without_source", &PullReport::without_source)
        .def_readonly("kept", &PullReport::kept);

    py::class_<ModelCheck>(module, "ModelCheck")
        .def_readonly("name", &ModelCheck::name)
        .def_property_readonly("state", [](const ModelCheck& check) { return name_of(check.state); })
        .def_readonly("problem", &ModelCheck::problem)
        .def_readonly("path", &ModelCheck::path);
}

kizuna::PullReport pull(
    const std::vector<std::string>& names, const std::filesystem::path& archive, py::object progress,
    const kizuna::CancelSource* cancel) {
    LongCall call(std::move(progress), cancel);
    return call.run([&](ReleasedGil& released) {
        const auto tell = [&](const kizuna::PullProgress& news) {
            call.told(released, [&] { return py::cast(news); });
        };
        return kizuna::pull_models(names, archive, tell, call.token());
    });
}

kizuna::ModelEntry import_file(
    const std::filesystem::path& file, std::string name, int scale, std::string denoise, std::string family,
    std::string licence, std::optional<std::pair<double, double>> range) {
    kizuna::ImportOptions options{std::move(name),    scale, std::move(denoise), std::move(family),
                                  std::move(licence), {}};
    if (range) {
        options.range = {range->first, range->second};
    }
    return without_gil([&] { return kizuna::import_model(file, options); });
}

} // namespace

void bind_models(py::module_& module) {
    bind_model_structures(module);
    module.def("list_models", [] { return without_gil(&kizuna::list_models); });
    module.def("model_folders", &kizuna::model_folders);
    module.def("default_model_name", [] { return std::string(kizuna::default_model_name()); });
    module.def(
        "choose_model",
        [](std::string model, double scale, std::string denoise) {
            const kizuna::ModelWish wish{std::move(model), scale, std::move(denoise)};
            return text(without_gil([&] { return kizuna::choose_model(wish); }));
        },
        py::arg("model") = "", py::kw_only(), py::arg("scale") = 0.0, py::arg("denoise") = "");
    module.def(
        "pull_models", &pull, py::arg("names"), py::kw_only(), py::arg("archive") = std::filesystem::path(),
        py::arg("progress") = py::none(), py::arg("cancel") = nullptr);
    module.def(
        "import_model", &import_file, py::arg("file"), py::kw_only(), py::arg("name") = "",
        py::arg("scale") = 0, py::arg("denoise") = "", py::arg("family") = "", py::arg("licence") = "",
        py::arg("range") = std::nullopt);
    module.def(
        "verify_model",
        [](const std::string& name) { return without_gil([&] { return kizuna::verify_model(name); }); },
        py::arg("name"));
    module.def(
        "remove_model",
        [](const std::string& name) {
            const ReleasedGil released;
            kizuna::remove_model(name);
        },
        py::arg("name"));
    module.def(
        "export_onnx",
        [](const kizuna::Model& model, const std::filesystem::path& path, bool half_floats, bool overwrite) {
            const ReleasedGil released;
            kizuna::export_onnx(model, path, {half_floats, overwrite});
        },
        py::arg("model"), py::arg("path"), py::kw_only(), py::arg("half_floats") = false,
        py::arg("overwrite") = false);
}

} // namespace kizuna_python
