#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace kizuna {

/// Reads ncnn's `.param`, text or binary, and the weights that belong to it: float32, float16, int8 or from a
/// table; all become float32. Throws Error{corrupt} naming the line or layer, {unsupported} naming the layer
/// type, {limit_exceeded}.
[[nodiscard]] Graph read_ncnn(std::string_view param, std::span<const std::byte> bin);

} // namespace kizuna
