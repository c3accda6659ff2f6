#pragma once

#include "formats/architectures/weights.hpp"

#include <cstddef>
#include <span>

namespace kizuna {

/// True where the bytes begin as a .safetensors file does.
[[nodiscard]] bool is_safetensors(std::span<const std::byte> bytes);

/// Reads a .safetensors file: its floats (F32, F16, BF16, F64) as weights, the names of all others as flags.
/// Throws Error{corrupt}, {unsupported}, {limit_exceeded}.
[[nodiscard]] Weights read_safetensors(std::span<const std::byte> bytes);

} // namespace kizuna
