#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <vector>

namespace kizuna {

/// For each node, the last node that reads its value: itself where none does, one past the end for the
/// graph's output. A value may be dropped once that node has run.
[[nodiscard]] std::vector<std::size_t> last_uses(const Graph& graph);

} // namespace kizuna
