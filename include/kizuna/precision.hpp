#pragma once

#include <cstdint>
#include <string_view>

namespace kizuna {

/// What networks compute with.
enum class Precision : std::uint8_t {
    /// On cards fp16, where the network can be put into it. On processors with AMX bf16, for networks that
    /// are known to bear it. Elsewhere fp32.
    automatic,
    fp32,
    bf16, ///< products of bfloat16, sums in float32: for the provider `cpu`, where it has instructions for it
    fp16, ///< float16, but for means and the last additions: for cards
};

/// "auto", "fp32", "bf16", "fp16".
[[nodiscard]] constexpr std::string_view to_string(Precision precision) noexcept {
    switch (precision) {
    case Precision::fp32:
        return "fp32";
    case Precision::bf16:
        return "bf16";
    case Precision::fp16:
        return "fp16";
    case Precision::automatic:
        break;
    }
    return "auto";
}

} // namespace kizuna
