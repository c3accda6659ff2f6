#pragma once

#include "image/rows.hpp"
#include "tiling/tile_plan.hpp"
#include "upscale/planes.hpp"
#include "upscale/row_window.hpp"

#include <memory>
#include <vector>

namespace kizuna {

/// Cuts tiles out of a picture whose rows come one after another: keeps one row of tiles.
class InputTiles {
  public:
    /// `source` (f32) begins at `begin` of the picture that the tiles lie in.
    InputTiles(std::unique_ptr<RowSource> source, Position begin, const std::vector<AxisTile>& rows);

    /// Further down than the last one.
    void move_to(const AxisTile& row);

    /// A tile of the row of tiles that was moved to.
    void cut(const AxisTile& column, Tensor& to);

  private:
    std::unique_ptr<RowSource> source_;
    Position begin_;
    AxisTile row_;
    std::int64_t next_row_;
    RowWindow window_;
    std::vector<std::byte> bytes_;
};

} // namespace kizuna
