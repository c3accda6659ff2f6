#include "base/half.hpp"

#include <bit>

// Own arithmetic because neither _Float16 (clang 14 lacks it on x86) nor F16C (not in every processor) can be
// relied on.
namespace kizuna {

namespace {

constexpr std::uint32_t float_infinity = 0x7F800000;
constexpr std::uint16_t half_infinity = 0x7C00;
constexpr std::uint16_t half_quiet_nan = 0x7E00;
constexpr std::uint32_t half_overflow =
    0x477FF000; // 65520: halfway from the largest half to the next power of two
constexpr std::uint32_t half_min_normal = 0x38800000; // 2^-14
constexpr int dropped_bits = 23 - 10;
constexpr std::uint32_t rebias = (127U - 15U) << 23U;

} // namespace

std::uint16_t to_half(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    if (magnitude > float_infinity) {
        return sign | half_quiet_nan;
    }
    if (magnitude >= half_overflow) {
        return sign | half_infinity;
    }
    if (magnitude < half_min_normal) {
        // Adding 0.5 leaves 2^-24, the smallest half, in the last place of the sum: the float unit does the
        // rounding.
        const float aligned = std::bit_cast<float>(magnitude) + 0.5F;
        return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(aligned) - 0x3F000000U));
    }
    const std::uint32_t last_kept = (magnitude >> dropped_bits) & 1U;
    const std::uint32_t rounded = magnitude - rebias + 0xFFFU + last_kept;
    return static_cast<std::uint16_t>(sign | (rounded >> dropped_bits));
}

float from_half(std::uint16_t bits) noexcept {
    const std::uint32_t sign = (bits & 0x8000U) << 16U;
    const std::uint32_t magnitude = bits & 0x7FFFU;
    if (magnitude >= half_infinity) {
        return std::bit_cast<float>(sign | float_infinity | (magnitude << dropped_bits));
    }
    if (magnitude < 0x0400U) { // subnormal: a whole number of 2^-24
        const float value = static_cast<float>(magnitude) * 0x1p-24F;
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
    }
    return std::bit_cast<float>(sign | ((magnitude << dropped_bits) + rebias));
}

} // namespace kizuna
