#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace kizuna {

/// Channels of what `op` makes of inputs with these channels. Does not check that they fit.
/// Throws Error{bad_network} where there are none, or more than max_channels. Factors must be at least 1.
[[nodiscard]] std::int64_t output_channels(const Operator& op, std::span<const std::int64_t> inputs);

/// Channels of every node's value, which do not depend on the picture. Throws likewise.
[[nodiscard]] std::vector<std::int64_t> channel_counts(const Graph& graph);

} // namespace kizuna
