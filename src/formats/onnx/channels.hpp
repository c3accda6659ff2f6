#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <span>

namespace kizuna::onnx_format {

/// Channels of what `op` makes of inputs with these channels. Does not check that they fit.
/// Throws Error{bad_network} where there are none, or more than max_channels. Factors must be at least 1.
[[nodiscard]] std::int64_t output_channels(const Operator& op, std::span<const std::int64_t> inputs);

} // namespace kizuna::onnx_format
