#include "graph/half_precision.hpp"

#include <algorithm>

namespace kizuna {

namespace {

template <typename Op>
bool is(const Node& node) {
    return std::holds_alternative<Op>(node.op);
}

// Whether each node's value has one position, whatever the picture's size.
std::vector<bool> single_positions(const Graph& graph) {
    std::vector<bool> single;
    for (const Node& node : graph.nodes) {
        if (const auto* given = std::get_if<Given>(&node.op)) {
            single.push_back(given->growth.positions == 0);
        } else if (const auto* constant = std::get_if<Constant>(&node.op)) {
            single.push_back(constant->value.shape.h == 1 && constant->value.shape.w == 1);
        } else {
            const bool all_inputs =
                !node.inputs.empty() && std::all_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
                    return single[static_cast<std::size_t>(input)];
                });
            single.push_back(is<GlobalAveragePool>(node) || all_inputs);
        }
    }
    return single;
}

bool ends_the_way_back(const Node& node) {
    return is<Conv2d>(node) || is<ConvTranspose2d>(node) || is<Constant>(node);
}

// From the output back to the nearest convolutions.
void mark_ending(const Graph& graph, std::vector<bool>& marks) {
    std::vector<int> open{graph.output};
    while (!open.empty()) {
        const auto index = static_cast<std::size_t>(open.back());
        open.pop_back();
        if (const Node& node = graph.nodes[index]; !marks[index] && !ends_the_way_back(node)) {
            marks[index] = true;
            open.insert(open.end(), node.inputs.begin(), node.inputs.end());
        }
    }
}

} // namespace

std::vector<bool> stays_float32(const Graph& graph) {
    std::vector<bool> marks(graph.nodes.size(), false);
    mark_ending(graph, marks);
    const std::vector<bool> single = single_positions(graph);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        const bool comes_in = is<Input>(node) || is<Given>(node);
        marks[i] = !is<Constant>(node) && (marks[i] || single[i] || comes_in);
    }
    return marks;
}

} // namespace kizuna
