#include "upscale/input_tiles.hpp"

#include <algorithm>
#include <utility>

namespace kizuna {

namespace {

std::int64_t highest(const std::vector<AxisTile>& rows) {
    std::int64_t height = 0;
    for (const AxisTile& row : rows) {
        height = std::max(height, row.read_length());
    }
    return height;
}

} // namespace

InputTiles::InputTiles(std::unique_ptr<RowSource> source, Position begin, const std::vector<AxisTile>& rows)
    : source_(std::move(source))
    , begin_(begin)
    , next_row_(begin.y)
    , window_(source_->info().format.channels, highest(rows), source_->info().width, begin.y)
    , bytes_(source_->info().row_bytes()) {}

void InputTiles::move_to(const AxisTile& row) {
    row_ = row;
    window_.begin_at(row.read_begin);
    for (; next_row_ < row.read_end; ++next_row_) {
        source_->read_row(bytes_);
        if (next_row_ >= row.read_begin) { // else it lies between two rows of tiles
            window_.store(next_row_, as_floats(std::span<const std::byte>(bytes_)));
        }
    }
}

void InputTiles::cut(const AxisTile& column, Tensor& to) {
    crop(window_.tensor(), {begin_.x, window_.begin()}, column, row_, to);
}

} // namespace kizuna
