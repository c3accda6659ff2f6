#include "graph/liveness.hpp"

namespace kizuna {

std::vector<bool> needed_nodes(const Graph& graph) {
    std::vector<bool> needed(graph.nodes.size());
    needed[static_cast<std::size_t>(graph.output)] = true;
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        if (needed[i]) {
            for (const int input : graph.nodes[i].inputs) {
                needed[static_cast<std::size_t>(input)] = true;
            }
        }
    }
    return needed;
}

std::vector<const Operator*> needed_operators(const Graph& graph) {
    const std::vector<bool> needed = needed_nodes(graph);
    std::vector<const Operator*> operators;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (needed[i]) {
            operators.push_back(&graph.nodes[i].op);
        }
    }
    return operators;
}

std::vector<std::vector<int>> readers_of(const Graph& graph) {
    const std::vector<bool> needed = needed_nodes(graph);
    std::vector<std::vector<int>> readers(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (needed[i]) {
            for (const int input : graph.nodes[i].inputs) {
                readers[static_cast<std::size_t>(input)].push_back(static_cast<int>(i));
            }
        }
    }
    return readers;
}

} // namespace kizuna
