#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

// How tests say that numbers are close.
namespace kizuna::test {

/// How far apart two numbers are: infinitely where one of them is NaN, which std::max would pass over.
template <typename Number>
[[nodiscard]] Number distance(Number a, Number b) {
    static_assert(std::is_floating_point_v<Number>);
    const Number apart = std::abs(a - b);
    return std::isnan(apart) ? std::numeric_limits<Number>::infinity() : apart;
}

} // namespace kizuna::test
