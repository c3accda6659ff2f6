#include "kizuna/model.hpp"

#include "api/model_info.hpp"
#include "base/atomic_file.hpp"
#include "formats/onnx/onnx.hpp"
#include "service/model_library.hpp"

#include "kizuna/error.hpp"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

ModelInfo describe_model(const Network& network, const ModelSpec& spec) {
    ModelInfo info;
    info.name = spec.name;
    info.scale = spec.scale;
    info.channels = spec.channels;
    if (spec.global_pools == 0) { // else the whole picture counts
        info.receptive_field_px = spec.receptive_field_px;
    }
    info.alignment_px = spec.alignment_px;
    info.border_px = spec.border_px;
    if (spec.fixed_input) {
        info.fixed_width_px = spec.fixed_input->width;
        info.fixed_height_px = spec.fixed_input->height;
    }
    info.licence = spec.licence;
    info.path = spec.origin;
    info.remark = network.graph_problem;
    if (network.graph) {
        std::set<std::string_view> kinds;
        for (const Node& node : network.graph->nodes) {
            kinds.insert(operator_name(node.op));
        }
        info.operators.assign(kinds.begin(), kinds.end());
    }
    return info;
}

Model Model::load(std::string_view name_or_path) {
    return Model(std::make_shared<const Network>(load_model(name_or_path)));
}

ModelInfo Model::info() const {
    return describe_model(*network_, network_->spec);
}

namespace {

std::vector<std::byte> as_onnx(const Network& network, bool half_floats) {
    if (!half_floats && !network.onnx.empty()) {
        return network.onnx;
    }
    if (!network.graph) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "{}: float16 can be written only where all operators are known, and {}", network.spec.origin,
                network.graph_problem));
    }
    return write_onnx(*network.graph, {half_floats ? OnnxPrecision::float16 : OnnxPrecision::float32});
}

} // namespace

void export_onnx(const Model& model, const std::filesystem::path& path, const ExportOptions& options) {
    AtomicFile file(path, options.overwrite ? AtomicFile::IfExists::replace : AtomicFile::IfExists::fail);
    file.write(as_onnx(*model.network(), options.half_floats));
    file.commit();
}

} // namespace kizuna
