#pragma once

#include "engine/engine.hpp"
#include "image/rows.hpp"
#include "tiling/tile_plan.hpp"
#include "upscale/planes.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace kizuna {

/// Cuts tiles out of a picture of 8 bits whose rows come one after another: keeps one row of tiles.
class ByteTiles {
  public:
    /// `source` (u8) begins at `begin` of the picture that the tiles lie in.
    ByteTiles(std::unique_ptr<RowSource> source, Position begin);

    /// A tile that begins no higher than the one before.
    [[nodiscard]] ByteTile cut(const AxisTile& column, const AxisTile& row);

  private:
    void pull_rows(const AxisTile& row);

    std::unique_ptr<RowSource> source_;
    Position begin_;
    std::size_t row_bytes_;
    std::int64_t first_row_; ///< that is kept
    std::int64_t next_row_;  ///< that the source gives
    std::vector<std::byte> rows_;
};

} // namespace kizuna
