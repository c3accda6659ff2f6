#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <vector>

namespace kizuna {

/// For each node, the last node that reads its value: itself where none does, one past the end for the
/// graph's output. A value may be dropped once that node has run.
[[nodiscard]] std::vector<std::size_t> last_uses(const Graph& graph);

/// Which nodes the graph's output needs.
[[nodiscard]] std::vector<bool> needed_nodes(const Graph& graph);

/// The nodes that read each node's value, among those that the graph's output needs. A node that reads it
/// twice is there twice.
[[nodiscard]] std::vector<std::vector<int>> readers_of(const Graph& graph);

/// The operators of the nodes that the graph's output needs, in order. They point into the graph.
[[nodiscard]] std::vector<const Operator*> needed_operators(const Graph& graph);

} // namespace kizuna
