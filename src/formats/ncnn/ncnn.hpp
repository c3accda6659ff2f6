#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace kizuna {

/// Reads ncnn's text `.param` and the weights that belong to it. fp32 and fp16 weights.
/// Throws Error{corrupt} naming the line or layer, {unsupported} naming the layer type, {limit_exceeded}.
[[nodiscard]] Graph read_ncnn(std::string_view param, std::span<const std::byte> bin);

} // namespace kizuna
