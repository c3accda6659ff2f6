#pragma once

#include "kizuna/precision.hpp"

namespace kizuna::cpu {

/// What `asked` means for a network: ModelSpec::bf16_is_close or not, on a processor with AMX or without.
/// Without AMX, bf16 gains nothing: AVX512-BF16 halves the time of a direct convolution, Winograd's way in
/// float32 does better.
[[nodiscard]] constexpr Precision
choose_precision(Precision asked, bool bf16_is_close, bool has_bf16_matrices) {
    if (asked != Precision::automatic) {
        return asked;
    }
    return bf16_is_close && has_bf16_matrices ? Precision::bf16 : Precision::fp32;
}

} // namespace kizuna::cpu
