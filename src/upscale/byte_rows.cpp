#include "upscale/byte_rows.hpp"

#include "base/cancel.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"
#include "upscale/byte_tiles.hpp"
#include "upscale/continued_rows.hpp"
#include "upscale/workers.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

namespace {

using Clock = std::chrono::steady_clock;

constexpr float most_level = 255;

Tensor as_planes(const ByteTile& tile) {
    Tensor planes{{1, tile.channels, tile.height, tile.width}, std::vector<float>(tile.data.size())};
    const auto channels = static_cast<std::size_t>(tile.channels);
    const std::size_t size = tile.data.size() / channels;
    for (std::size_t i = 0; i < tile.data.size(); ++i) {
        planes.data[i % channels * size + i / channels] = static_cast<float>(tile.data[i]) / most_level;
    }
    return planes;
}

/// Clipped and rounded half up, as pictures are.
ByteTile as_bytes(const Tensor& planes) {
    ByteTile tile{
        planes.shape.w, planes.shape.h, planes.shape.c, std::vector<std::uint8_t>(planes.data.size())};
    const auto channels = static_cast<std::size_t>(tile.channels);
    const std::size_t size = tile.data.size() / channels;
    for (std::size_t i = 0; i < tile.data.size(); ++i) {
        const float value = std::clamp(planes.data[i % channels * size + i / channels], 0.0F, 1.0F);
        tile.data[i] =
            static_cast<std::uint8_t>(value * most_level + 0.5F); // NOLINT(bugprone-incorrect-roundings)
    }
    return tile;
}

std::int64_t longest_kept(const std::vector<AxisTile>& tiles) {
    std::int64_t longest = 0;
    for (const AxisTile& tile : tiles) {
        longest = std::max(longest, tile.keep_length());
    }
    return longest;
}

/// A tile that has been through the device, or that could not be.
struct Computed {
    std::optional<ByteTile> result;
    Clock::time_point begin;
    Clock::time_point end;
};

class ByteRows final : public RowSource {
  public:
    ByteRows(
        std::unique_ptr<RowSource> source, const OpenNetwork& open, const UpscalePlan& plan,
        ProgressCounter& counter, const CancelToken& cancel)
        : RowSource(enlarged(source->info(), open.spec.scale))
        , open_(open)
        , pass_(plan.passes.front())
        , counter_(counter)
        , cancel_(cancel)
        , floats_(open, {.blend = plan.blend, .overlap = plan.overlap, .tta = false}, counter, cancel)
        , input_(
              continued(std::move(source), pass_.beyond(), open.spec.border_fill),
              {pass_.columns.front().read_begin, pass_.rows.front().read_begin})
        , band_(info_.row_bytes() * static_cast<std::size_t>(longest_kept(pass_.rows) * open.spec.scale))
        , workers_(std::min<std::uint64_t>(
              static_cast<std::uint64_t>(open.session.parallel_runs()), pass_.tile_count())) {}

    void read_row(std::span<std::byte> row) override {
        while (next_row_ == ready_end_) {
            collect_row_of_tiles();
        }
        const auto above = static_cast<std::size_t>(next_row_++ - band_begin_);
        std::copy_n(band_.begin() + static_cast<std::ptrdiff_t>(above * row.size()), row.size(), row.begin());
    }

  private:
    /// In and out: a tile that fails is needed again.
    struct UnderWay {
        std::shared_ptr<const ByteTile> tile;
        std::future<Computed> result;
    };

    [[nodiscard]] const AxisTile& column(std::size_t tile) const {
        return pass_.columns[tile % pass_.columns.size()];
    }

    [[nodiscard]] const AxisTile& row(std::size_t tile) const {
        return pass_.rows[tile / pass_.columns.size()];
    }

    // One more than there are workers: it is ready when one of them is.
    void keep_busy() {
        while (next_launched_ < pass_.tile_count() && under_way_.size() <= workers_.count()) {
            auto tile =
                std::make_shared<const ByteTile>(input_.cut(column(next_launched_), row(next_launched_)));
            ++next_launched_;
            under_way_.push_back({tile, workers_.start<Computed>([this, tile] { return compute(*tile); })});
        }
    }

    // On a worker's thread.
    [[nodiscard]] Computed compute(const ByteTile& tile) const {
        throw_if_cancelled(cancel_);
        if (tile.width * tile.height > open_.tile_pixel_limit.load()) {
            return {};
        }
        std::optional<Turnstile::Turn> at_the_device;
        if (open_.urgency != nullptr) {
            at_the_device.emplace(open_.urgency->turnstile.enter(
                open_.urgency->priority, cancel_, open_.session.parallel_runs()));
        }
        const TraceScope scope(
            "tile", tracing() ? fmt::format("{}×{}", tile.width, tile.height) : std::string());
        Computed computed{.begin = Clock::now()};
        ByteTile result;
        try {
            if (open_.session.run_bytes(tile, result, cancel_)) {
                computed.result = std::move(result);
            }
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) {
                throw;
            }
            log(LogLevel::debug,
                fmt::format("a tile failed as bytes, trying it as floats: {}", error.what()));
        }
        computed.end = Clock::now();
        return computed;
    }

    void collect_row_of_tiles() {
        const std::size_t first = next_collected_;
        band_begin_ = row(first).keep_begin * open_.spec.scale;
        for (; next_collected_ < first + pass_.columns.size(); ++next_collected_) {
            keep_busy();
            UnderWay oldest = std::move(under_way_.front());
            under_way_.pop_front();
            paste(result_of(oldest), column(next_collected_), row(next_collected_));
        }
        keep_busy(); // while the rows are handed out
        ready_end_ = row(first).keep_end * open_.spec.scale;
    }

    ByteTile result_of(UnderWay& tile) {
        Computed computed = tile.result.get();
        if (computed.result && has_the_right_shape(*tile.tile, *computed.result)) {
            counter_.engine_seconds += seconds_of_its_own(computed);
            counter_.count_tile();
            return std::move(*computed.result);
        }
        ++counter_.notes.repeats;
        Tensor result;
        floats_.run(as_planes(*tile.tile), result); // with all that TileRunner knows of devices that fail
        return as_bytes(result);
    }

    [[nodiscard]] bool has_the_right_shape(const ByteTile& in, const ByteTile& out) const {
        const std::int64_t consumed = 2 * std::int64_t{open_.spec.border_px};
        return out.width == (in.width - consumed) * open_.spec.scale &&
               out.height == (in.height - consumed) * open_.spec.scale && out.channels == in.channels;
    }

    // Tiles that were computed at the same time have taken that time together.
    double seconds_of_its_own(const Computed& computed) {
        const Clock::time_point begin = std::max(computed.begin, counted_until_);
        counted_until_ = std::max(counted_until_, computed.end);
        return std::max(0.0, std::chrono::duration<double>(computed.end - begin).count());
    }

    void paste(const ByteTile& result, const AxisTile& across, const AxisTile& down) {
        const std::int64_t scale = open_.spec.scale;
        const std::int64_t border = open_.spec.border_px;
        const auto pixel = static_cast<std::size_t>(result.channels);
        const auto skip_x =
            static_cast<std::size_t>((across.keep_begin - across.read_begin - border) * scale);
        const auto skip_y = static_cast<std::size_t>((down.keep_begin - down.read_begin - border) * scale);
        const auto length = static_cast<std::size_t>(across.keep_length() * scale) * pixel;
        const auto to_x = static_cast<std::size_t>(across.keep_begin * scale) * pixel;
        const auto width = static_cast<std::size_t>(result.width) * pixel;
        for (std::size_t y = 0; y < static_cast<std::size_t>(down.keep_length() * scale); ++y) {
            const std::uint8_t* from = result.data.data() + (skip_y + y) * width + skip_x * pixel;
            std::copy_n(
                reinterpret_cast<const std::byte*>(from), length,
                band_.begin() + static_cast<std::ptrdiff_t>(y * info_.row_bytes() + to_x));
        }
    }

    OpenNetwork open_;
    PassPlan pass_;
    ProgressCounter& counter_;
    CancelToken cancel_;
    TileRunner floats_;
    ByteTiles input_;
    std::vector<std::byte> band_; ///< of the result, as high as a row of tiles
    std::int64_t band_begin_ = 0;
    std::size_t next_launched_ = 0;
    std::size_t next_collected_ = 0;
    std::int64_t next_row_ = 0;
    std::int64_t ready_end_ = 0;
    Clock::time_point counted_until_;
    std::deque<UnderWay> under_way_;
    Workers workers_; ///< last: what they are at uses the others
};

} // namespace

bool goes_as_bytes(const ImageInfo& picture, const OpenNetwork& open, const UpscalePlan& plan, bool tta) {
    if (plan.passes.size() != 1 || plan.network_width != plan.target_width ||
        plan.network_height != plan.target_height) {
        return false;
    }
    const PassPlan& pass = plan.passes.front();
    const bool only_kept_parts = plan.blend == TileBlend::exact || pass.tile_count() == 1;
    return picture.format.sample == SampleType::u8 && picture.format.channels == open.spec.channels && !tta &&
           pass.means == 0 && only_kept_parts && open.session.takes_bytes();
}

std::unique_ptr<RowSource> byte_rows(
    std::unique_ptr<RowSource> source, const OpenNetwork& open, const UpscalePlan& plan,
    ProgressCounter& counter, const CancelToken& cancel) {
    return std::make_unique<ByteRows>(std::move(source), open, plan, counter, cancel);
}

} // namespace kizuna
