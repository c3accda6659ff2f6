#include "base/checked.hpp"
#include "graph/graph.hpp"
#include "graph/liveness.hpp"

#include <algorithm>

namespace kizuna {

namespace {

std::uint64_t value_bytes(const Node& node, const Shape& shape) {
    if (std::holds_alternative<Constant>(node.op)) {
        return 0; // a weight
    }
    return checked_mul<std::uint64_t>(element_count(shape), sizeof(float), "the memory of a value");
}

} // namespace

std::uint64_t peak_activation_bytes(const Graph& graph, const Shape& input) {
    const std::vector<Shape> shapes = infer_shapes(graph, input);
    const std::vector<std::size_t> last = last_uses(graph);
    std::vector<std::uint64_t> bytes(graph.nodes.size());
    std::uint64_t alive = 0;
    std::uint64_t peak = 0;
    const auto drop_after = [&](std::size_t value, std::size_t step) {
        if (last[value] == step) {
            alive -= std::exchange(bytes[value], 0);
        }
    };
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        bytes[i] = value_bytes(graph.nodes[i], shapes[i]);
        alive = checked_add(alive, bytes[i], "the memory of a network's values");
        peak = std::max(peak, alive);
        for (const int value : graph.nodes[i].inputs) {
            drop_after(static_cast<std::size_t>(value), i);
        }
        drop_after(i, i);
    }
    return peak;
}

} // namespace kizuna
