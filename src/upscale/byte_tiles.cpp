#include "upscale/byte_tiles.hpp"

#include <algorithm>
#include <utility>

namespace kizuna {

ByteTiles::ByteTiles(std::unique_ptr<RowSource> source, Position begin)
    : source_(std::move(source))
    , begin_(begin)
    , row_bytes_(source_->info().row_bytes())
    , first_row_(begin.y)
    , next_row_(begin.y) {}

ByteTile ByteTiles::cut(const AxisTile& column, const AxisTile& row) {
    pull_rows(row);
    const std::int64_t channels = source_->info().format.channels;
    ByteTile tile{column.read_length(), row.read_length(), channels, {}};
    const auto length = static_cast<std::size_t>(tile.width * channels);
    tile.data.resize(length * static_cast<std::size_t>(tile.height));
    const auto skipped = static_cast<std::size_t>((column.read_begin - begin_.x) * channels);
    for (std::int64_t y = 0; y < tile.height; ++y) {
        const auto above = static_cast<std::size_t>(row.read_begin + y - first_row_);
        const auto* from = reinterpret_cast<const std::uint8_t*>(rows_.data()) + above * row_bytes_ + skipped;
        std::copy_n(from, length, tile.data.data() + static_cast<std::size_t>(y) * length);
    }
    return tile;
}

void ByteTiles::pull_rows(const AxisTile& row) {
    const auto above = static_cast<std::size_t>(std::min(row.read_begin, next_row_) - first_row_);
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(above * row_bytes_));
    first_row_ += static_cast<std::int64_t>(above);
    for (; next_row_ < row.read_end; ++next_row_) {
        const std::size_t end = rows_.size();
        rows_.resize(end + row_bytes_);
        source_->read_row(std::span(rows_).subspan(end));
        if (next_row_ < row.read_begin) { // it lies between two rows of tiles
            rows_.resize(end);
            ++first_row_;
        }
    }
}

} // namespace kizuna
