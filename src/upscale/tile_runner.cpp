#include "upscale/tile_runner.hpp"

#include "base/cancel.hpp"
#include "base/log.hpp"
#include "upscale/planes.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>

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

Shape output_shape(const Shape& in, const ModelSpec& spec) {
    const std::int64_t consumed = 2 * std::int64_t{spec.border_px};
    return {in.n, spec.channels, (in.h - consumed) * spec.scale, (in.w - consumed) * spec.scale};
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

void check_values(const Tensor& out, const ModelSpec& spec) {
    // NaN and infinity both make 0·x something else than 0; a sum of those is one branch for the whole tile.
    float poison = 0;
    for (const float value : out.data) {
        poison += 0.0F * value;
    }
    if (!(poison == 0.0F)) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the network {} gave values that are not numbers (NaN or infinity); the file may be "
                "damaged, or the device miscalculates: try another provider",
                spec.name));
    }
}

} // namespace

void ProgressCounter::count_tile() {
    ++progress_.tiles_done;
    progress_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (callback_) {
        callback_(progress_);
    }
}

void TileRunner::run(const Tensor& in, Tensor& out) {
    const int channels = open_.spec.channels;
    if (in.shape.c == channels) {
        run_turned(in, out);
    } else if (channels == 3) {
        grey_to_rgb(in, network_in_);
        run_turned(network_in_, network_out_);
        rgb_to_grey(network_out_, out);
    } else {
        // A grey network sees red, green and blue as three pictures: a batch has the same layout as channels.
        network_in_.data = in.data;
        network_in_.shape = {in.shape.c, 1, in.shape.h, in.shape.w};
        run_turned(network_in_, out);
        out.shape = {1, in.shape.c, out.shape.h, out.shape.w};
    }
}

void TileRunner::run_turned(const Tensor& in, Tensor& out) {
    if (!options_.tta) {
        run_whole_or_cut(in, out);
        counter_.count_tile();
        return;
    }
    out.shape = output_shape(in.shape, open_.spec);
    out.data.assign(element_count(out.shape), 0.0F);
    for (int way = 0; way < turns; ++way) {
        turn(in, way, turned_in_);
        run_whole_or_cut(turned_in_, turned_out_);
        add_turned_back(turned_out_, way, 1.0F / turns, out);
        counter_.count_tile();
    }
}

void TileRunner::run_whole_or_cut(const Tensor& in, Tensor& out) {
    if (pixels_of(in.shape) <= open_.tile_pixel_limit.load()) {
        try {
            run_session(in, out);
            return;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::out_of_memory || open_.spec.fixed_input) {
                throw;
            }
            log(LogLevel::info, fmt::format(
                                    "out of memory with a tile of {}×{} pixels; going on with smaller ones",
                                    in.shape.w, in.shape.h));
            lower(open_.tile_pixel_limit, pixels_of(in.shape) - 1);
        }
    }
    run_cut(in, out);
}

void TileRunner::run_session(const Tensor& in, Tensor& out) {
    throw_if_cancelled(cancel_);
    const auto start = std::chrono::steady_clock::now();
    open_.session.run(in, out, cancel_);
    counter_.engine_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    check_shape(in.shape, out.shape, open_.spec);
    check_values(out, open_.spec);
}

// The same result from smaller tiles: half as long on the longer side, halo or overlap on top. The "picture"
// is what the tile has a result for; around it lies what the network consumes.
void TileRunner::run_cut(const Tensor& in, Tensor& out) {
    const ModelSpec& spec = open_.spec;
    const bool wide = in.shape.w >= in.shape.h;
    const std::int64_t longer = std::max(in.shape.w, in.shape.h);
    const std::int64_t border = spec.border_px;
    const std::int64_t overlap = options_.blend == TileBlend::exact
                                     ? options_.overlap
                                     : std::min(options_.overlap, longer / 4 + 2 * border);
    const std::int64_t half = (longer + overlap + 1) / 2 + std::int64_t{2} * spec.alignment_px;
    if (half < smallest_cut_side || half >= longer) {
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format("the device has no memory even for a tile of {}×{} pixels", in.shape.w, in.shape.h));
    }
    const auto plan = [&](std::int64_t length, bool cut) {
        const AxisRequest request{
            .length = length - 2 * border,
            .tile = cut ? half : length,
            .overlap = cut ? overlap : 0,
            .margin = border,
            .border = border,
            .alignment = spec.alignment_px,
            .blend = options_.blend};
        return with_weights(plan_axis(request), spec.scale, border, options_.blend);
    };
    const auto columns = plan(in.shape.w, wide);
    const auto rows = plan(in.shape.h, !wide);
    out.shape = output_shape(in.shape, spec);
    out.data.assign(element_count(out.shape), 0.0F);
    Tensor part;
    Tensor result;
    for (const WeightedAxis& row : rows) {
        for (const WeightedAxis& column : columns) {
            crop(in, {-border, -border}, column.tile, row.tile, part);
            run_whole_or_cut(part, result);
            add_tile(result, column, row, spec.scale, 0, out);
        }
    }
}

} // namespace kizuna
