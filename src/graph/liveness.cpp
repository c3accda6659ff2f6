#include "graph/liveness.hpp"

#include <algorithm>

namespace kizuna {

std::vector<const Operator*> needed_operators(const Graph& graph) {
    std::vector<bool> needed(graph.nodes.size());
    needed[static_cast<std::size_t>(graph.output)] = true;
    std::vector<const Operator*> operators;
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        if (!needed[i]) {
            continue;
        }
        operators.push_back(&graph.nodes[i].op);
        for (const int input : graph.nodes[i].inputs) {
            needed[static_cast<std::size_t>(input)] = true;
        }
    }
    std::reverse(operators.begin(), operators.end());
    return operators;
}

} // namespace kizuna
