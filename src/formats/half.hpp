#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace kizuna {

/// The value of an IEEE 754 binary16, exactly: every half is a float.
[[nodiscard]] inline float half_to_float(std::uint16_t half) noexcept {
    constexpr int exponent_bias = 15;
    constexpr int fraction_bits = 10;
    const int exponent = (half >> fraction_bits) & 0x1F;
    const int fraction = half & 0x3FF;
    const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
    if (exponent == 0) { // zero and the subnormal numbers
        return sign * std::ldexp(static_cast<float>(fraction), 1 - exponent_bias - fraction_bits);
    }
    if (exponent == 0x1F) {
        const std::uint32_t bits = 0x7F800000U | (static_cast<std::uint32_t>(fraction) << 13U);
        return std::copysign(std::bit_cast<float>(bits), sign);
    }
    return sign * std::ldexp(static_cast<float>(fraction + 0x400), exponent - exponent_bias - fraction_bits);
}

} // namespace kizuna
