#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <string>

namespace kizuna {

/// `node 7 "conv_3" (Conv2d)`: how messages name a node. Names come from files, so they are shortened and
/// made printable.
[[nodiscard]] std::string node_text(const Graph& graph, std::size_t index);

/// Throws Error{bad_network}.
[[noreturn]] void refuse(const std::string& message);

} // namespace kizuna
