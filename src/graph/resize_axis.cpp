#include "graph/resize_axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kizuna {

namespace {

// Factors such as 1/3 come from files as float32. Positions that would be whole or half with the true factor
// become so: otherwise floor and round would give the pixel beside the one that is meant.
double snap(double position) {
    const double nearest = std::round(position * 2) / 2;
    const double tolerance = std::numeric_limits<float>::epsilon() * std::max(1.0, std::abs(position));
    return std::abs(position - nearest) <= tolerance ? nearest : position;
}

double source_position(const Resize& op, const ResizeAxis& axis, std::int64_t x) {
    const auto position = static_cast<double>(x);
    switch (op.coordinates) {
    case Resize::Coordinates::half_pixel:
        return snap(((position + 0.5) / axis.factor) - 0.5);
    case Resize::Coordinates::asymmetric:
        return snap(position / axis.factor);
    case Resize::Coordinates::align_corners:
        break;
    }
    return axis.out == 1 ? 0
                         : position * static_cast<double>(axis.in - 1) / static_cast<double>(axis.out - 1);
}

double round_position(Resize::Rounding rounding, double position) {
    switch (rounding) {
    case Resize::Rounding::floor:
        return std::floor(position);
    case Resize::Rounding::ceil:
        return std::ceil(position);
    case Resize::Rounding::round_prefer_floor:
        return std::ceil(position - 0.5);
    case Resize::Rounding::round_prefer_ceil:
        break;
    }
    return std::floor(position + 0.5);
}

// Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 15.
double cubic_weight(double a, double distance) {
    const double d = std::abs(distance);
    if (d <= 1) {
        return ((((a + 2) * d) - (a + 3)) * d * d) + 1;
    }
    return (((((d - 5) * d) + 8) * d) - 4) * a;
}

} // namespace

std::int64_t resized_side(std::int64_t side, double factor) {
    return static_cast<std::int64_t>(std::floor(snap(static_cast<double>(side) * factor)));
}

ResizeTaps resize_taps(const Resize& op, const ResizeAxis& axis, std::int64_t x) {
    const double position = source_position(op, axis, x);
    if (op.mode == Resize::Mode::nearest) {
        return {.first = static_cast<std::int64_t>(round_position(op.rounding, position))};
    }
    const double whole = std::floor(position);
    const double fraction = position - whole;
    const auto index = static_cast<std::int64_t>(whole);
    if (fraction == 0) {
        return {.first = index};
    }
    if (op.mode == Resize::Mode::bilinear) {
        return {.first = index, .count = 2, .weights = {1 - fraction, fraction, 0, 0}};
    }
    const double a = op.cubic_a;
    return {
        .first = index - 1,
        .count = 4,
        .weights = {
            cubic_weight(a, 1 + fraction), cubic_weight(a, fraction), cubic_weight(a, 1 - fraction),
            cubic_weight(a, 2 - fraction)}};
}

} // namespace kizuna
