#include "upscale/tile_runner.hpp"

#include "base/cancel.hpp"
#include "base/checked.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"
#include "upscale/planes.hpp"
#include "upscale/result_check.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// Tiles are not cut below this side: a device that has no memory for it has none for us.
constexpr std::int64_t smallest_cut_side = 16;

constexpr std::int64_t pixels_of(const Shape& shape) {
    return shape.n * shape.h * shape.w;
}

// Threads may learn of different limits at once; the lowest stays.
void lower(std::atomic<std::int64_t>& limit, std::int64_t to) {
    std::int64_t current = limit.load();
    while (to < current && !limit.compare_exchange_weak(current, to)) {
    }
}

// Grey for a colour network: the same picture in all three channels.
void grey_to_rgb(const Tensor& grey, Tensor& rgb) {
    rgb.shape = grey.shape;
    rgb.shape.c = 3;
    rgb.data.clear();
    for (int c = 0; c < 3; ++c) {
        rgb.data.insert(rgb.data.end(), grey.data.begin(), grey.data.end());
    }
}

// Back to grey by ITU-R BT.709's luma, on the encoded values as usual for pictures.
void rgb_to_grey(const Tensor& rgb, Tensor& grey) {
    constexpr float red = 0.2126F;
    constexpr float green = 0.7152F;
    constexpr float blue = 0.0722F;
    grey.shape = rgb.shape;
    grey.shape.c = 1;
    const std::size_t plane = element_count(grey.shape);
    grey.data.resize(plane);
    for (std::size_t i = 0; i < plane; ++i) {
        grey.data[i] = red * rgb.data[i] + green * rgb.data[plane + i] + blue * rgb.data[2 * plane + i];
    }
}

void check_shape(const Shape& in, const Shape& out, const ModelSpec& spec) {
    const Shape expected = output_shape(in, spec);
    if (out != expected) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the network {} gave {} for an input of {}, where {} was expected; it is not a network "
                "that upscales by {}",
                spec.name, to_string(out), to_string(in), to_string(expected), spec.scale));
    }
}

/// What of a tile counts that is a part of another, of which `window` counts.
Span within(const Span& window, const PooledTile& part) {
    return {
        std::max(window.begin - part.begin, part.counted.begin),
        std::min(window.end - part.begin, part.counted.end)};
}

} // namespace

void ProgressCounter::count_tile() {
    ++progress_.tiles_done;
    progress_.seconds = watch_.seconds();
    if (callback_) {
        callback_(progress_);
    }
}

void ProgressCounter::add(const ProgressCounter& other) {
    engine_seconds += other.engine_seconds;
    notes.repeats += other.notes.repeats;
    for (std::uint64_t tile = 0; tile < other.progress_.tiles_done; ++tile) {
        count_tile();
    }
}

// Red, green and blue become a batch of three for a grey network: that has the same layout as channels.
const Tensor& TileRunner::fit_channels(const Tensor& in) {
    if (in.shape.c == open_.spec.channels) {
        return in;
    }
    if (open_.spec.channels == 3) {
        grey_to_rgb(in, network_in_);
    } else {
        network_in_.data = in.data;
        network_in_.shape = {in.shape.c, 1, in.shape.h, in.shape.w};
    }
    return network_in_;
}

void TileRunner::run(const Tensor& in, Tensor& out, PooledTileValues* values) {
    const Tensor& fitting = fit_channels(in);
    if (in.shape.c == open_.spec.channels) {
        run_turned(in, out, values);
    } else if (open_.spec.channels == 3) {
        run_turned(fitting, network_out_, values);
        rgb_to_grey(network_out_, out);
    } else {
        run_turned(fitting, out, values);
        out.shape = {1, in.shape.c, out.shape.h, out.shape.w};
    }
}

void TileRunner::run_turned(const Tensor& in, Tensor& out, PooledTileValues* values) {
    const auto known = [&](int way) {
        return Known{means_.at(way), values != nullptr ? &values->at(way) : nullptr};
    };
    if (!options_.tta) {
        run_whole_or_cut(in, known(0), out);
        counter_.count_tile();
        return;
    }
    out.shape = output_shape(in.shape, open_.spec);
    out.data.assign(element_count(out.shape), 0.0F);
    for (int way = 0; way < turns; ++way) {
        turn(in, way, turned_in_);
        run_whole_or_cut(turned_in_, known(way), turned_out_);
        add_turned_back(turned_out_, way, 1.0F / turns, out);
        counter_.count_tile();
    }
}

// Tiles may be cut that have no means yet: their own are what the network would have given them.
void TileRunner::run_whole_or_cut(const Tensor& in, const Known& known, Tensor& out) {
    const std::size_t whole_network = open_.pooled != nullptr ? open_.pooled->pools().size() : 0;
    if (fits(in, whole_network, known, out)) {
        check_shape(in.shape, out.shape, open_.spec);
    } else if (open_.pooled != nullptr && known.means.empty()) {
        run_cut(in, own_means(in), out);
    } else {
        run_cut(in, known.means, out);
    }
}

// Whether there is memory for it in one piece; then `out` is its result.
bool TileRunner::fits(const Tensor& in, std::size_t stage, const Known& known, Tensor& out) {
    const StageToRun to_run = stage_to_run(stage, known);
    while (pixels_of(in.shape) <= open_.tile_pixel_limit.load()) {
        try {
            run_session(to_run, in, out);
            return true;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::out_of_memory) {
                throw;
            }
            make_room(to_run.session, in.shape, error);
        }
    }
    return false;
}

// By smaller tiles, or on another device where there can be none.
void TileRunner::make_room(Session& session, const Shape& shape, const Error& error) {
    if (!half_of(shape) && session.leave_device(error.what())) {
        open_.tile_pixel_limit = std::numeric_limits<std::int64_t>::max();
        return;
    }
    if (open_.spec.fixed_input) {
        throw error;
    }
    log(LogLevel::info,
        fmt::format(
            "out of memory with a tile of {}×{} pixels; going on with smaller ones", shape.w, shape.h));
    lower(open_.tile_pixel_limit, pixels_of(shape) - 1);
}

// That which goes on from what is pooled, if all that it needs was kept.
const PooledNetwork::OpenStage& TileRunner::stage_from(std::size_t stage, const Known& known) const {
    if (known.pooled != nullptr && stage > 0) {
        const auto& resumed = open_.pooled->stage(stage, StageStart::pooled);
        const auto is_known = [&](const StageInput& input) {
            const auto pool = static_cast<std::size_t>(input.pool);
            return input.is_mean || (pool < known.pooled->size() && !(*known.pooled)[pool].data.empty());
        };
        if (std::all_of(resumed.given.begin(), resumed.given.end(), is_known)) {
            return resumed;
        }
    }
    return open_.pooled->stage(stage, StageStart::picture);
}

std::vector<Tensor> TileRunner::inputs_of(const PooledNetwork::OpenStage& stage, const Known& known) {
    std::vector<Tensor> given;
    for (const StageInput& input : stage.given) {
        const bool is_mean = input.is_mean || known.pooled == nullptr;
        given.push_back((is_mean ? known.means : *known.pooled).at(static_cast<std::size_t>(input.pool)));
    }
    return given;
}

TileRunner::StageToRun TileRunner::stage_to_run(std::size_t stage, const Known& known) const {
    if (open_.pooled == nullptr || (stage == open_.pooled->pools().size() && known.means.empty())) {
        return {open_.session, {}};
    }
    const PooledNetwork::OpenStage& part = stage_from(stage, known);
    return {*part.session, inputs_of(part, known)};
}

void TileRunner::run_session(const StageToRun& stage, const Tensor& in, Tensor& out) {
    throw_if_cancelled(cancel_);
    std::optional<Turnstile::Turn> at_the_device;
    if (open_.urgency != nullptr) {
        at_the_device.emplace(
            open_.urgency->turnstile.enter(open_.urgency->priority, cancel_, stage.session.parallel_runs()));
    }
    const TraceScope scope("tile", tracing() ? fmt::format("{}×{}", in.shape.w, in.shape.h) : std::string());
    const Stopwatch watch;
    stage.session.run(in, stage.given, out, cancel_, counter_.notes);
    counter_.engine_seconds += watch.seconds();
}

// How long the parts are along the longer side, halo or overlap on top. Empty where it cannot be cut.
std::optional<std::int64_t> TileRunner::half_of(const Shape& in) const {
    const std::int64_t longer = std::max(in.w, in.h);
    const std::int64_t half =
        (longer + overlap_of_parts(in) + 1) / 2 + std::int64_t{2} * open_.spec.alignment_px;
    const bool can_be = !open_.spec.fixed_input && half >= smallest_cut_side && half < longer;
    return can_be ? std::optional(half) : std::nullopt;
}

std::int64_t TileRunner::overlap_of_parts(const Shape& in) const {
    const std::int64_t longer = std::max(in.w, in.h);
    return options_.blend == TileBlend::exact
               ? options_.overlap
               : std::min(options_.overlap, longer / 4 + 2 * std::int64_t{open_.spec.border_px});
}

// The "picture" is what the tile has a result for; around it lies what the network consumes.
TileRunner::Cut TileRunner::cut(const Shape& in) const {
    const ModelSpec& spec = open_.spec;
    const bool wide = in.w >= in.h;
    const std::int64_t border = spec.border_px;
    const auto half = half_of(in);
    if (!half) {
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format("the device has no memory even for a tile of {}×{} pixels", in.w, in.h));
    }
    const auto plan = [&](std::int64_t length, bool halved) {
        return plan_axis(
            {.length = length - 2 * border,
             .tile = halved ? *half : length,
             .overlap = halved ? overlap_of_parts(in) : 0,
             .margin = border,
             .border = border,
             .alignment = spec.alignment_px,
             .blend = options_.blend});
    };
    return {plan(in.w, wide), plan(in.h, !wide), {-border, -border}};
}

void TileRunner::run_cut(const Tensor& in, const Means& means, Tensor& out) {
    const ModelSpec& spec = open_.spec;
    const Cut parts = cut(in.shape);
    const auto columns = with_weights(parts.columns, spec.scale, spec.border_px, options_.blend);
    const auto rows = with_weights(parts.rows, spec.scale, spec.border_px, options_.blend);
    out.shape = output_shape(in.shape, spec);
    out.data.assign(element_count(out.shape), 0.0F);
    Tensor part;
    Tensor result;
    for (const WeightedAxis& row : rows) {
        for (const WeightedAxis& column : columns) {
            crop(in, parts.begin, column.tile, row.tile, part);
            run_whole_or_cut(part, {means}, result);
            add_tile(result, column, row, spec.scale, 0, out);
        }
    }
}

std::uint64_t
TileRunner::pooled_bytes(const std::vector<AxisTile>& columns, const std::vector<AxisTile>& rows) const {
    constexpr int colours = 3;
    const int pictures = (options_.tta ? turns : 1) * (colours / open_.spec.channels);
    std::uint64_t bytes = 0;
    for (const Pool& pool : open_.pooled->pools()) {
        const auto length = [&](const std::vector<AxisTile>& tiles) {
            return std::accumulate(
                tiles.begin(), tiles.end(), std::int64_t{0}, [&](std::int64_t sum, const AxisTile& tile) {
                    return sum + pool.side.of(tile.read_length());
                });
        };
        const Shape all{pictures, pool.channels, length(rows), length(columns)};
        bytes = checked_add<std::uint64_t>(bytes, element_count(all) * sizeof(float));
    }
    return bytes;
}

const Growth& TileRunner::begin_mean() {
    sums_ = {};
    return open_.pooled->pools().at(means_[0].size()).side;
}

void TileRunner::add_to_mean(
    const Tensor& in, const PoolWindow& window, bool counts, PooledTileValues* values) {
    const Tensor& fitting = fit_channels(in);
    const Growth& side = open_.pooled->pools().at(means_[0].size()).side;
    for (int way = 0; way < (options_.tta ? turns : 1); ++way) {
        turn(fitting, way, turned_in_);
        const PoolWindow counted = turned(window, side.of(in.shape.w), side.of(in.shape.h), way);
        sum_whole_or_cut(
            turned_in_, means_.at(way), counted, sums_.at(way),
            values != nullptr ? &values->at(way) : nullptr);
        if (counts) {
            counter_.count_tile();
        }
    }
}

void TileRunner::end_mean() {
    for (int way = 0; way < (options_.tta ? turns : 1); ++way) {
        means_.at(way).push_back(sums_.at(way).mean());
    }
}

// The next mean after these, of the part of `in` that counts. `kept`, if there is one, gets what is pooled.
void TileRunner::sum_whole_or_cut(
    const Tensor& in, const Means& means, const PoolWindow& window, PoolSum& sum, std::vector<Tensor>* kept) {
    Tensor pooled;
    if (!fits(in, means.size(), {means, kept}, pooled)) {
        sum_cut(in, means, window, sum);
        return;
    }
    const Pool& pool = open_.pooled->pools().at(means.size());
    const Shape expected{in.shape.n, pool.channels, pool.side.of(in.shape.h), pool.side.of(in.shape.w)};
    if (pooled.shape != expected) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "a part of the network {} gave {} for an input of {}, where {} was expected", open_.spec.name,
                to_string(pooled.shape), to_string(in.shape), to_string(expected)));
    }
    sum.add(pooled, window);
    if (kept != nullptr) {
        kept->resize(open_.pooled->pools().size());
        kept->at(means.size()) = std::move(pooled);
    }
}

void TileRunner::sum_cut(const Tensor& in, const Means& means, const PoolWindow& window, PoolSum& sum) {
    const Growth& side = open_.pooled->pools().at(means.size()).side;
    const Cut parts = cut(in.shape);
    const auto columns = share_out(parts.columns, side);
    const auto rows = share_out(parts.rows, side);
    Tensor part;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            const PoolWindow counted{within(window.x, columns[column]), within(window.y, rows[row])};
            if (counted.x.length() > 0 && counted.y.length() > 0) {
                crop(in, parts.begin, parts.columns[column], parts.rows[row], part);
                sum_whole_or_cut(part, means, counted, sum, nullptr);
            }
        }
    }
}

TileRunner::Means TileRunner::own_means(const Tensor& in) {
    Means means;
    for (const Pool& pool : open_.pooled->pools()) {
        PoolSum sum;
        const PoolWindow all{{0, pool.side.of(in.shape.w)}, {0, pool.side.of(in.shape.h)}};
        sum_whole_or_cut(in, means, all, sum, nullptr);
        means.push_back(sum.mean());
    }
    return means;
}

} // namespace kizuna
