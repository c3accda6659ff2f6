#include "graph/pools.hpp"

#include "graph/rewriter.hpp"

#include <algorithm>
#include <map>

namespace kizuna {

namespace {

/// Each stage is a run of the network over the picture. Real-CUGAN has four; with many more, as in the group
/// norms of RealPLKSR, that would be slower than anyone waits for.
constexpr std::size_t most_pools = 8;

using Shapes = std::vector<Shape>;

/// Shapes for several sizes, all multiples of the alignment, wider than high.
std::vector<Shapes> sample_shapes(const Graph& graph, int alignment) {
    constexpr int smallest = 128;
    constexpr int samples = 4;
    const int channels = std::get<Input>(graph.nodes[0].op).channels;
    std::vector<Shapes> result;
    for (int sample = 0; sample < samples; ++sample) {
        const std::int64_t height = (smallest / alignment + sample) * std::int64_t{alignment};
        result.push_back(infer_shapes(graph, {1, channels, height, height + alignment}));
    }
    return result;
}

bool is_one_pixel(const std::vector<Shapes>& samples, std::size_t value) {
    return std::all_of(samples.begin(), samples.end(), [&](const Shapes& shapes) {
        return shapes[value].h == 1 && shapes[value].w == 1;
    });
}

/// How a value's side follows from the input's; nothing where that is not by so many positions each time.
std::optional<Growth> side_of(const std::vector<Shapes>& samples, std::size_t value, int alignment) {
    const Shapes& first = samples.front();
    Growth side{alignment, first[value].w - first[value].h, 0};
    side.lost = side.of(first[0].h) - first[value].h;
    const bool even = std::all_of(samples.begin(), samples.end(), [&](const Shapes& shapes) {
        return shapes[value].h == side.of(shapes[0].h) && shapes[value].w == side.of(shapes[0].w);
    });
    return even && side.positions > 0 ? std::optional(side) : std::nullopt;
}

int input_of(const Graph& graph, const Pool& pool) {
    return graph.nodes[static_cast<std::size_t>(pool.node)].inputs[0];
}

void give(Graph& graph, int node, const Given& given) {
    graph.nodes[static_cast<std::size_t>(node)].op = given;
    graph.nodes[static_cast<std::size_t>(node)].inputs.clear();
}

} // namespace

std::optional<std::vector<Pool>> find_pools(const Graph& graph, int alignment) {
    const std::vector<bool> needed = needed_nodes(graph);
    std::vector<Pool> pools;
    std::vector<Shapes> samples;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!needed[i] || !std::holds_alternative<GlobalAveragePool>(graph.nodes[i].op)) {
            continue;
        }
        if (samples.empty()) {
            samples = sample_shapes(graph, alignment);
        }
        const auto pooled = static_cast<std::size_t>(graph.nodes[i].inputs[0]);
        if (is_one_pixel(samples, pooled)) {
            continue; // such as another pool's mean
        }
        const auto side = side_of(samples, pooled, alignment);
        if (!side || pools.size() == most_pools) {
            return std::nullopt;
        }
        pools.push_back({static_cast<int>(i), static_cast<int>(samples.front()[i].c), *side});
    }
    return pools;
}

Stage stage_before(const Graph& graph, const std::vector<Pool>& pools, std::size_t pool, StageStart start) {
    Graph cut = graph;
    if (pool < pools.size()) {
        cut.output = input_of(graph, pools[pool]);
    }
    std::map<int, StageInput> given; // by node
    for (std::size_t i = 0; i < pool; ++i) {
        const int number = static_cast<int>(i);
        give(cut, pools[i].node, {pools[i].channels, one_position});
        given[pools[i].node] = {number, true};
        // A stage whose output is what an earlier pool covers, too, computes it.
        const int pooled = input_of(graph, pools[i]);
        if (start == StageStart::pooled && pooled != 0 && pooled != cut.output) {
            give(cut, pooled, {pools[i].channels, pools[i].side});
            given.try_emplace(pooled, StageInput{number, false});
        }
    }
    const std::vector<bool> needed = needed_nodes(cut);
    Stage stage;
    for (const auto& [node, input] : given) {
        if (needed[static_cast<std::size_t>(node)]) {
            stage.given.push_back(input);
        }
    }
    Rewriter rewriter(cut);
    stage.graph = rewriter.run([&](int i) { rewriter.keep(i); });
    return stage;
}

} // namespace kizuna
