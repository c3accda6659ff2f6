#pragma once

#include "formats/architectures/weights.hpp"

#include <cstddef>
#include <span>

// What torch.save wrote before version 1.6: five pickles in a row, then the numbers.
namespace kizuna::torch {

/// True where the bytes begin as a pickle does: such a file, or one that pretends to be.
[[nodiscard]] bool is_pickle(std::span<const std::byte> bytes);

/// Throws as read_torch.
[[nodiscard]] Weights read_legacy(std::span<const std::byte> bytes);

} // namespace kizuna::torch
