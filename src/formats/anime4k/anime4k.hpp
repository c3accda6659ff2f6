#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <span>

namespace kizuna {

/// Reads a network of Anime4K (B. Peng's CNN shaders, for upscaling by 2 and for restoring) from JSON. Throws
/// Error{corrupt}, {unsupported} naming the layer, {bad_network}, {limit_exceeded}.
[[nodiscard]] Graph read_anime4k(std::span<const std::byte> bytes);

/// True where the bytes begin as such a file does.
[[nodiscard]] bool is_anime4k(std::span<const std::byte> bytes);

} // namespace kizuna
