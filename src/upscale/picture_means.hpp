#pragma once

#include "image/rows.hpp"
#include "upscale/input_tiles.hpp"
#include "upscale/tile_runner.hpp"
#include "upscale/upscale_plan.hpp"

#include "kizuna/image.hpp"

#include <memory>

// Means of the whole picture, for networks whose tiles need them: the picture is gone through once for each
// mean before the first tile has its result.
namespace kizuna {

/// Reads every row and keeps it as this type; `source` is f32.
[[nodiscard]] Image keep_picture(std::unique_ptr<RowSource> source, SampleType type);

/// Its rows again, as f32. The picture must outlive them.
[[nodiscard]] std::unique_ptr<RowSource> rows_of_kept(const Image& picture);

/// The tiles of these rows, cut out of the picture and what the pass's tiles read beyond it.
[[nodiscard]] InputTiles tiles_of(
    std::unique_ptr<RowSource> picture, const PassPlan& pass, const std::vector<AxisTile>& rows,
    BorderFill fill);

/// Has the runner take all of the pass's means, in order, from its tiles for means. Gives what the pass's
/// tiles go on from, row by row: empty where there is no memory to keep it, or where means are estimated.
[[nodiscard]] std::vector<PooledTileValues>
take_means(const Image& picture, const PassPlan& pass, BorderFill fill, TileRunner& runner);

} // namespace kizuna
