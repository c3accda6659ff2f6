#pragma once

#include <cstdint>

namespace kizuna {

/// To IEEE 754 binary16 bits, rounded to nearest, ties to even; too large becomes infinity, NaN stays NaN.
[[nodiscard]] std::uint16_t to_half(float value) noexcept;

/// The value of binary16 bits; always exact.
[[nodiscard]] float from_half(std::uint16_t bits) noexcept;

} // namespace kizuna
