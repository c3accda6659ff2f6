#include "kizuna/model.hpp"

#include "api/model_info.hpp"
#include "formats/formats.hpp"
#include "service/model_library.hpp"

#include <memory>
#include <set>
#include <utility>

namespace kizuna {

ModelInfo describe_model(const Network& network, const ModelSpec& spec) {
    ModelInfo info;
    info.name = spec.name;
    info.scale = spec.scale;
    info.channels = spec.channels;
    info.receptive_field_px = spec.receptive_field_px;
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
    Network network = load_network(find_model_file(name_or_path));
    add_known_facts(name_or_path, network.spec);
    return Model(std::make_shared<const Network>(std::move(network)));
}

ModelInfo Model::info() const {
    return describe_model(*network_, network_->spec);
}

} // namespace kizuna
