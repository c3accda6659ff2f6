#include "upscale/picture_means.hpp"

#include "image/convert.hpp"
#include "upscale/continued_rows.hpp"
#include "upscale/pool_sums.hpp"

#include <utility>

namespace kizuna {

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

void take_means(const Image& picture, const PassPlan& pass, BorderFill fill, TileRunner& runner) {
    Tensor tile;
    for (int mean = 0; mean < pass.means; ++mean) {
        const PooledSide& side = runner.begin_mean();
        const auto columns = share_out(pass.mean_columns, side);
        const auto rows = share_out(pass.mean_rows, side);
        InputTiles input = tiles_of(rows_of_kept(picture), pass, pass.mean_rows, fill);
        std::uint64_t left = pass.mean_columns.size() * pass.mean_rows.size();
        for (std::size_t row = 0; row < rows.size(); ++row) {
            input.move_to(pass.mean_rows[row]);
            for (std::size_t column = 0; column < columns.size(); ++column) {
                input.cut(pass.mean_columns[column], tile);
                --left;
                const bool counts = left % pass.samples_per_count == 0;
                runner.add_to_mean(tile, {columns[column].counted, rows[row].counted}, counts);
            }
        }
        runner.end_mean();
    }
}

} // namespace kizuna
