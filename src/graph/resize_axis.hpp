#pragma once

#include "graph/graph.hpp"

#include <array>
#include <cstdint>

// The geometry of Resize along one axis, shared by shapes, receptive field and the reference.
namespace kizuna {

/// floor(side · factor), where products within a float's rounding of a whole number count as that number: 10
/// · 0.7 is 7.
[[nodiscard]] std::int64_t resized_side(std::int64_t side, double factor);

/// What one output pixel reads: `count` pixels from `first` on, with their weights. Indices outside stand for
/// the edge.
struct ResizeTaps {
    std::int64_t first = 0;
    int count = 1;
    std::array<double, 4> weights{1, 0, 0, 0};
};

/// One axis of a Resize.
struct ResizeAxis {
    double factor = 1;
    std::int64_t in = 0;  ///< input side
    std::int64_t out = 0; ///< output side
};

[[nodiscard]] ResizeTaps resize_taps(const Resize& op, const ResizeAxis& axis, std::int64_t x);

} // namespace kizuna
