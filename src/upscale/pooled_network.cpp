#include "upscale/pooled_network.hpp"

#include <utility>

namespace kizuna {

PooledNetwork::PooledNetwork(const Network& network, Opener open)
    : network_(network)
    , open_(std::move(open))
    , pools_(find_pools(*network.graph, network.spec.alignment_px).value_or(std::vector<Pool>{})) {}

const PooledNetwork::OpenStage& PooledNetwork::stage(std::size_t pool, StageStart start) {
    const std::lock_guard lock(mutex_);
    OpenStage& stage = stages_[{pool, start}];
    if (!stage.session) {
        Stage before = stage_before(*network_.graph, pools_, pool, start);
        Network part;
        part.spec = network_.spec;
        part.graph = std::move(before.graph);
        stage.given = std::move(before.given);
        stage.session = open_(std::move(part));
    }
    return stage;
}

} // namespace kizuna
