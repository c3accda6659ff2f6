#pragma once

#include "graph/graph.hpp"
#include "tiling/tile_plan.hpp"

#include <cstdint>
#include <vector>

// Moving rectangles between planar tensors: cutting tiles out of a picture, adding results up, and turning
// tiles.
namespace kizuna {

/// A place in the picture that tiles are cut from.
struct Position {
    std::int64_t x = 0;
    std::int64_t y = 0;
};

/// What a tile reads of `from`, all batches and channels. `from` begins at `from_begin` in the picture and
/// holds all that the tile reads.
void crop(const Tensor& from, Position from_begin, const AxisTile& column, const AxisTile& row, Tensor& to);

/// One tile along one axis, with what of the network's output is used.
struct WeightedAxis {
    AxisTile tile;
    std::int64_t skip = 0;      ///< output pixels before the kept ones
    std::vector<float> weights; ///< of the kept ones
};

/// For a network that consumes `border` input pixels on each side.
[[nodiscard]] std::vector<WeightedAxis>
with_weights(const std::vector<AxisTile>& tiles, int scale, std::int64_t border, TileBlend blend);

/// target += the kept part of `result` × column weight × row weight. `result` is the network's output for
/// what the tile read; `target` begins at row `target_begin_y` of the output picture.
void add_tile(
    const Tensor& result, const WeightedAxis& column, const WeightedAxis& row, int scale,
    std::int64_t target_begin_y, Tensor& target);

/// Of the 8 ways to flip and turn a tile. 0 leaves it as it is; transposing comes first.
[[nodiscard]] constexpr bool flips_columns(int way) {
    return (way & 1) != 0;
}

[[nodiscard]] constexpr bool flips_rows(int way) {
    return (way & 2) != 0;
}

[[nodiscard]] constexpr bool transposes(int way) {
    return (way & 4) != 0;
}

void turn(const Tensor& from, int way, Tensor& to);

/// target += factor × (from turned back), where `from` was made from a picture of target's orientation by
/// turn(…, way).
void add_turned_back(const Tensor& from, int way, float factor, Tensor& target);

} // namespace kizuna
