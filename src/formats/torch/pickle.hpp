#pragma once

#include "formats/torch/value.hpp"

#include <cstddef>
#include <span>

// Python's pickles, protocols 2 to 5, as far as weights need them. A pickle is a program; this reads the
// few instructions that build dictionaries of tensors, and refuses the others by name.
namespace kizuna::torch {

/// A pickle larger than this is refused; that of a network of a thousand weights has some hundred kB.
inline constexpr std::size_t max_pickle_bytes = std::size_t{16} << 20U;
/// As many values as a pickle may make.
inline constexpr std::size_t max_pickle_values = std::size_t{1} << 20U;

/// Reads the pickle that `bytes` begin with. Throws Error{corrupt}, {unsupported}, {limit_exceeded}.
[[nodiscard]] Unpickled unpickle(std::span<const std::byte> bytes);

} // namespace kizuna::torch
