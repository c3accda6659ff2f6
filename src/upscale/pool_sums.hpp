#pragma once

#include "graph/pools.hpp"
#include "tiling/tile_plan.hpp"

#include <cstdint>
#include <vector>

// What tiles contribute to the mean of the whole picture: each position of what is pooled is counted once, in
// a tile where no border of the tile can be felt.
namespace kizuna {

/// Positions [begin, end) along one axis.
struct Span {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    [[nodiscard]] std::int64_t length() const noexcept { return end > begin ? end - begin : 0; }

    friend bool operator==(const Span&, const Span&) = default;
};

/// The part of what a tile pools that is counted.
struct PoolWindow {
    Span x;
    Span y;

    friend bool operator==(const PoolWindow&, const PoolWindow&) = default;
};

/// A tile along one axis, as a pool sees it.
struct PooledTile {
    std::int64_t begin = 0; ///< in what is pooled of the whole picture
    Span counted;           ///< from the tile's begin
};

/// Tiles share out what they have in common in its middle. Tiles with gaps between them count wholly.
[[nodiscard]] std::vector<PooledTile> share_out(const std::vector<AxisTile>& tiles, const Growth& side);

/// The window in a tile that was turned (planes.hpp); `width` and `height` are of what is pooled of the tile
/// before.
[[nodiscard]] PoolWindow turned(const PoolWindow& window, std::int64_t width, std::int64_t height, int way);

/// Sums by picture of the batch and channel.
class PoolSum {
  public:
    /// All calls with the same batch and channels.
    void add(const Tensor& pooled, const PoolWindow& window);

    /// n × c × 1 × 1.
    [[nodiscard]] Tensor mean() const;

  private:
    Shape shape_{0, 0, 1, 1};
    std::vector<double> sums_;
    double count_ = 0; ///< of positions in each sum
};

} // namespace kizuna
