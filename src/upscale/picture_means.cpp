#include "upscale/picture_means.hpp"

#include "base/system.hpp"
#include "image/convert.hpp"
#include "upscale/continued_rows.hpp"
#include "upscale/pool_sums.hpp"

#include <utility>

namespace kizuna {

namespace {

/// What is kept of tiles saves up to half of the time. The rest is for the tiles themselves, and for pictures
/// that are upscaled at the same time.
bool fits_into_memory(std::uint64_t bytes) {
    return bytes <= available_memory_bytes() / 4; // 0 where that is not known
}

} // namespace

Image keep_picture(std::unique_ptr<RowSource> source, SampleType type) {
    const PixelFormat format{source->info().format.channels, type};
    return read_image(*convert_format(std::move(source), format));
}

std::unique_ptr<RowSource> rows_of_kept(const Image& picture) {
    return convert_format(rows_of_borrowed(picture), {picture.format().channels, SampleType::f32});
}

InputTiles tiles_of(
    std::unique_ptr<RowSource> picture, const PassPlan& pass, const std::vector<AxisTile>& rows,
    BorderFill fill) {
    const Position begin{pass.columns.front().read_begin, pass.rows.front().read_begin};
    return {continued(std::move(picture), pass.beyond(), fill), begin, rows};
}

std::vector<PooledTileValues>
take_means(const Image& picture, const PassPlan& pass, BorderFill fill, TileRunner& runner) {
    const bool keeps = fits_into_memory(runner.pooled_bytes(pass.mean_columns, pass.mean_rows));
    std::vector<PooledTileValues> values(keeps ? pass.mean_columns.size() * pass.mean_rows.size() : 0);
    Tensor tile;
    for (int mean = 0; mean < pass.means; ++mean) {
        const Growth& side = runner.begin_mean();
        const auto columns = share_out(pass.mean_columns, side);
        const auto rows = share_out(pass.mean_rows, side);
        InputTiles input = tiles_of(rows_of_kept(picture), pass, pass.mean_rows, fill);
        std::size_t index = 0;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            input.move_to(pass.mean_rows[row]);
            for (std::size_t column = 0; column < columns.size(); ++column) {
                input.cut(pass.mean_columns[column], tile);
                const PoolWindow window{columns[column].counted, rows[row].counted};
                PooledTileValues* const own = keeps ? &values[index] : nullptr;
                const std::uint64_t left = columns.size() * rows.size() - ++index;
                runner.add_to_mean(tile, window, left % pass.samples_per_count == 0, own);
            }
        }
        runner.end_mean();
    }
    const bool are_of_the_tiles = pass.mean_columns == pass.columns && pass.mean_rows == pass.rows;
    return are_of_the_tiles ? std::move(values) : std::vector<PooledTileValues>{};
}

} // namespace kizuna
