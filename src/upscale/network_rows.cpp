#include "upscale/network_rows.hpp"

#include "upscale/continued_rows.hpp"
#include "upscale/planes.hpp"

#include <algorithm>
#include <utility>

namespace kizuna {

namespace {

/// Rows of a picture as planes, of which a window is kept: rows are appended below and dropped above.
class RowWindow {
  public:
    RowWindow(std::int64_t channels, std::int64_t capacity, std::int64_t width, std::int64_t begin = 0)
        : capacity_(capacity)
        , begin_(begin)
        , tensor_{{1, channels, capacity, width}, {}} {
        tensor_.data.resize(element_count(tensor_.shape));
    }

    /// The picture's row that the window begins with.
    [[nodiscard]] std::int64_t begin() const { return begin_; }

    /// Moves the window down so that it begins at `y`; rows that come into it are zero.
    void begin_at(std::int64_t y) {
        const std::int64_t dropped = std::min(y - begin_, capacity_);
        begin_ = y;
        const std::int64_t row = tensor_.shape.w;
        for (std::int64_t plane = 0; plane < tensor_.shape.c; ++plane) {
            const auto top = tensor_.data.begin() + plane * capacity_ * row;
            const auto bottom = top + capacity_ * row;
            std::fill(std::move(top + dropped * row, bottom, top), bottom, 0.0F);
        }
    }

    /// Spreads an interleaved row over the planes.
    void store(std::int64_t y, std::span<const float> interleaved) {
        const std::int64_t channels = tensor_.shape.c;
        for (std::int64_t c = 0; c < channels; ++c) {
            float* plane = plane_row(c, y);
            for (std::int64_t x = 0; x < tensor_.shape.w; ++x) {
                plane[x] = interleaved[x * channels + c];
            }
        }
    }

    void load(std::int64_t y, std::span<float> interleaved) {
        const std::int64_t channels = tensor_.shape.c;
        for (std::int64_t c = 0; c < channels; ++c) {
            const float* plane = plane_row(c, y);
            for (std::int64_t x = 0; x < tensor_.shape.w; ++x) {
                interleaved[x * channels + c] = plane[x];
            }
        }
    }

    [[nodiscard]] Tensor& tensor() { return tensor_; }

  private:
    float* plane_row(std::int64_t plane, std::int64_t y) {
        return tensor_.data.data() + (plane * capacity_ + y - begin_) * tensor_.shape.w;
    }

    std::int64_t capacity_;
    std::int64_t begin_;
    Tensor tensor_;
};

ImageInfo scaled(ImageInfo info, int scale) {
    info.width *= scale;
    info.height *= scale;
    return info;
}

class NetworkRows final : public RowSource {
  public:
    NetworkRows(
        std::unique_ptr<RowSource> source, const OpenNetwork& open, const PassPlan& pass,
        const TileRunner::Options& options, ProgressCounter& counter, const CancelToken& cancel)
        : RowSource(scaled(source->info(), open.spec.scale))
        , source_(continued(std::move(source), pass.beyond(), open.spec.border_fill))
        , runner_(open, options, counter, cancel)
        , scale_(open.spec.scale)
        , columns_(with_weights(pass.columns, scale_, open.spec.border_px, options.blend))
        , rows_(with_weights(pass.rows, scale_, open.spec.border_px, options.blend))
        , input_begin_{pass.columns.front().read_begin, pass.rows.front().read_begin}
        , input_rows_(input_begin_.y)
        , input_(
              info_.format.channels, pass.rows.front().read_length(), source_->info().width, input_begin_.y)
        , output_(info_.format.channels, longest_kept(pass.rows) * scale_, std::int64_t{pass.width} * scale_)
        , input_row_(source_->info().row_bytes()) {}

    void read_row(std::span<std::byte> row) override {
        if (next_row_ == ready_end_) {
            run_row_of_tiles();
        }
        output_.load(next_row_++, as_floats(row));
    }

  private:
    static std::int64_t longest_kept(const std::vector<AxisTile>& tiles) {
        std::int64_t longest = 0;
        for (const AxisTile& tile : tiles) {
            longest = std::max(longest, tile.keep_length());
        }
        return longest;
    }

    void run_row_of_tiles() {
        const WeightedAxis& row = rows_[next_tile_row_++];
        pull_input(row.tile);
        output_.begin_at(row.tile.keep_begin * scale_);
        for (const WeightedAxis& column : columns_) {
            crop(input_.tensor(), {input_begin_.x, input_.begin()}, column.tile, row.tile, tile_in_);
            runner_.run(tile_in_, tile_out_);
            add_tile(tile_out_, column, row, scale_, output_.begin(), output_.tensor());
        }
        // What the next row of tiles also reaches is not finished yet.
        ready_end_ =
            (next_tile_row_ < rows_.size() ? rows_[next_tile_row_].tile.keep_begin : row.tile.keep_end) *
            scale_;
    }

    void pull_input(const AxisTile& tile) {
        input_.begin_at(tile.read_begin);
        for (; input_rows_ < tile.read_end; ++input_rows_) {
            source_->read_row(input_row_);
            input_.store(input_rows_, as_floats(std::span<const std::byte>(input_row_)));
        }
    }

    std::unique_ptr<RowSource> source_;
    TileRunner runner_;
    int scale_;
    std::vector<WeightedAxis> columns_;
    std::vector<WeightedAxis> rows_;
    Position input_begin_; ///< of the continued picture
    std::int64_t input_rows_;
    RowWindow input_;
    RowWindow output_;
    std::vector<std::byte> input_row_;
    Tensor tile_in_;
    Tensor tile_out_;
    std::size_t next_tile_row_ = 0;
    std::int64_t next_row_ = 0;
    std::int64_t ready_end_ = 0;
};

} // namespace

std::unique_ptr<RowSource> network_rows(
    std::unique_ptr<RowSource> source, const OpenNetwork& open, const PassPlan& pass,
    const TileRunner::Options& options, ProgressCounter& counter, const CancelToken& cancel) {
    return std::make_unique<NetworkRows>(std::move(source), open, pass, options, counter, cancel);
}

} // namespace kizuna
