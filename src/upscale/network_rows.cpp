#include "upscale/network_rows.hpp"

#include "upscale/input_tiles.hpp"
#include "upscale/picture_means.hpp"
#include "upscale/planes.hpp"
#include "upscale/tile_crew.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

class NetworkRows final : public RowSource {
  public:
    NetworkRows(
        std::unique_ptr<RowSource> source, SampleType precision, const OpenNetwork& open,
        const PassPlan& pass, const TileRunner::Options& options, ProgressCounter& counter,
        const CancelToken& cancel, PassMemory memory)
        : RowSource(enlarged(source->info(), open.spec.scale))
        , source_(std::move(source))
        , precision_(precision)
        , pass_(pass)
        , memory_(pass.means > 0 ? PassMemory{} : memory)
        , counter_(counter)
        , parallel_runs_(open.session.parallel_runs())
        , border_fill_(open.spec.border_fill)
        , runner_(open, options, counter, cancel)
        , scale_(open.spec.scale)
        , columns_(with_weights(pass.columns, scale_, open.spec.border_px, options.blend))
        , rows_(with_weights(pass.rows, scale_, open.spec.border_px, options.blend))
        , output_(
              info_.format.channels, longest_kept(pass.rows) * scale_, std::int64_t{pass.width} * scale_) {}

    void read_row(std::span<std::byte> row) override {
        if (!input_) {
            begin();
        }
        while (next_row_ == ready_end_) { // two rows of tiles that read beyond the picture may begin with it
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

    void begin() {
        if (pass_.means > 0) {
            kept_ = keep_picture(std::move(source_), precision_);
            values_ = take_means(kept_, pass_, border_fill_, runner_);
            source_ = rows_of_kept(kept_);
        }
        input_.emplace(tiles_of(std::move(source_), pass_, pass_.rows, border_fill_));
        const auto at_once =
            std::min<std::uint64_t>(static_cast<std::uint64_t>(parallel_runs_), pass_.tile_count());
        if (at_once > 1) {
            crew_.emplace(runner_, at_once);
        }
    }

    void run_row_of_tiles() {
        const WeightedAxis& row = rows_[next_tile_row_++];
        output_.begin_at(row.tile.keep_begin * scale_);
        for (const WeightedAxis& column : columns_) {
            const Tensor& result = crew_ ? result_by_crew() : result_of_next();
            ++next_tile_;
            add_tile(result, column, row, scale_, output_.begin(), output_.tensor());
        }
        if (crew_) {
            keep_crew_busy(); // while the rows are handed out
        }
        // What the next row of tiles also reaches is not finished yet.
        ready_end_ =
            (next_tile_row_ < rows_.size() ? rows_[next_tile_row_].tile.keep_begin : row.tile.keep_end) *
            scale_;
    }

    /// `tile_in_` becomes what this tile reads.
    void cut(std::size_t tile) {
        if (tile % columns_.size() == 0) {
            input_->move_to(rows_[tile / columns_.size()].tile);
        }
        input_->cut(columns_[tile % columns_.size()].tile, tile_in_);
    }

    /// Of `tile_in_`, where it has been computed for an earlier picture.
    [[nodiscard]] const Tensor* known_result(std::size_t tile) {
        return memory_.memory != nullptr ? memory_.memory->find(memory_.pass, tile, tile_in_) : nullptr;
    }

    const Tensor& result_of_next() {
        cut(next_tile_);
        if (const Tensor* const known = known_result(next_tile_)) {
            return *known;
        }
        PooledTileValues values = take_values(next_tile_);
        runner_.run(tile_in_, tile_out_, values_.empty() ? nullptr : &values); // none where none were kept
        if (memory_.memory != nullptr) {
            memory_.memory->keep(memory_.pass, next_tile_, tile_in_, tile_out_);
        }
        return tile_out_;
    }

    const Tensor& result_by_crew() {
        keep_crew_busy();
        TileCrew::Result result = crew_->next(counter_);
        if (memory_.memory != nullptr && result.is_new) {
            memory_.memory->keep(memory_.pass, next_tile_, result.in, result.out);
        }
        tile_out_ = std::move(result.out);
        return tile_out_;
    }

    void keep_crew_busy() {
        for (; next_started_ < pass_.tile_count() && crew_->has_room(); ++next_started_) {
            cut(next_started_);
            if (const Tensor* const known = known_result(next_started_)) {
                crew_->pass_through(std::move(tile_in_), *known);
            } else {
                crew_->start(std::move(tile_in_), take_values(next_started_));
            }
        }
    }

    /// What was kept of a tile is not needed longer than it takes.
    [[nodiscard]] PooledTileValues take_values(std::size_t tile) {
        return values_.empty() ? PooledTileValues{} : std::exchange(values_[tile], {});
    }

    std::unique_ptr<RowSource> source_;
    SampleType precision_;
    PassPlan pass_;
    PassMemory memory_;
    ProgressCounter& counter_;
    int parallel_runs_;
    BorderFill border_fill_;
    TileRunner runner_;
    int scale_;
    std::vector<WeightedAxis> columns_;
    std::vector<WeightedAxis> rows_;
    Image kept_;                           ///< the input, where it is needed more than once
    std::vector<PooledTileValues> values_; ///< of each tile, where they were kept
    std::size_t next_tile_ = 0;
    std::optional<InputTiles> input_;
    RowWindow output_;
    Tensor tile_in_;
    Tensor tile_out_;
    std::size_t next_tile_row_ = 0;
    std::int64_t next_row_ = 0;
    std::int64_t ready_end_ = 0;
    std::size_t next_started_ = 0;
    std::optional<TileCrew> crew_; ///< where devices are several; last: it is at work with the others
};

} // namespace

std::unique_ptr<RowSource> network_rows(
    std::unique_ptr<RowSource> source, SampleType precision, const OpenNetwork& open, const PassPlan& pass,
    const TileRunner::Options& options, ProgressCounter& counter, const CancelToken& cancel,
    PassMemory memory) {
    return std::make_unique<NetworkRows>(
        std::move(source), precision, open, pass, options, counter, cancel, memory);
}

} // namespace kizuna
