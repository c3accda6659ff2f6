#pragma once

#include <cstdint>

namespace kizuna {

/// What networks compute with.
enum class Precision : std::uint8_t {
    /// On cards fp16, where the network can be put into it. On processors with AMX bf16, for networks that are
    /// known to bear it. Elsewhere fp32.
    automatic,
    fp32,
    bf16, ///< products of bfloat16, sums in float32: for the provider `cpu`, where it has instructions for it
    fp16, ///< float16, but for means and the last additions: for cards
};

} // namespace kizuna
