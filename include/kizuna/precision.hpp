#pragma once

#include <cstdint>

namespace kizuna {

/// What networks compute with.
enum class Precision : std::uint8_t {
    automatic, ///< bf16 for networks that are known to bear it on processors with AMX, where it is far faster
    fp32,
    bf16, ///< products of bfloat16, sums in float32: faster, where the processor has instructions for it
};

} // namespace kizuna
