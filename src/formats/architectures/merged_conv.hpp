#pragma once

#include "formats/architectures/weights.hpp"
#include "graph/graph.hpp"

#include <string>

namespace kizuna::architectures {

// A convolution that is trained as several, 1×1, 3×3, 1×1 in a row (NAME.conv.0, .1, .2) beside a 1×1
// (NAME.sk), and used as the one 3×3 that they amount to (NAME.eval_conv). Files hold both; where the parts
// are there, they count, because training leaves the whole behind.

[[nodiscard]] bool has_merged_conv(const Weights& weights, const std::string& name);

[[nodiscard]] std::int64_t merged_conv_inputs(const Weights& weights, const std::string& name);

/// Takes the parts and the whole out. Throws Error{bad_network} where they do not fit together.
[[nodiscard]] Conv2d take_merged_conv(Weights& weights, const std::string& name);

} // namespace kizuna::architectures
