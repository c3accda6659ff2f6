#pragma once

#include "graph/graph.hpp"

#include <vector>

namespace kizuna {

/// For each node, whether a network of float16 computes it in float32 all the same, from inputs that it may
/// have to convert first:
/// - what has one position: means over a picture are sums of hundreds of thousands of numbers, of which
///   float16 loses count at a few thousand, and what is computed from them weighs whole channels;
/// - what stands between the last convolutions and the output: there a small correction is added to the
///   enlarged picture, and float16 would round the sum to a quarter of an 8-bit step.
/// All that costs is in the other nodes. The picture and what is given come in float32, so their nodes count
/// as such, and constants are whatever they are needed as: false.
[[nodiscard]] std::vector<bool> stays_float32(const Graph& graph);

} // namespace kizuna
