#include "tiling/tile_plan.hpp"

#include "kizuna/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna {

namespace {

constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

constexpr std::int64_t round_down(std::int64_t value, std::int64_t multiple) {
    return value / multiple * multiple;
}

constexpr std::int64_t divide_up(std::int64_t value, std::int64_t by) {
    return (value + by - 1) / by;
}

void check(const AxisRequest& request, std::int64_t tile, std::int64_t overlap) {
    if (request.length < 1 || request.alignment < 1 || request.overlap < 0 || request.border < 0 ||
        request.margin < request.border) {
        throw Error(
            ErrorCode::invalid_argument, "a tile plan needs a length, an alignment, an overlap and a margin");
    }
    if (tile <= overlap || (request.fixed && tile != request.tile)) {
        throw Error(
            ErrorCode::invalid_argument, fmt::format(
                                             "tiles of {} pixels cannot overlap by {} in steps of {}; use "
                                             "larger tiles or a smaller overlap",
                                             request.tile, overlap, request.alignment));
    }
}

// What is read before the picture and at least beyond it.
std::int64_t fitting_margin(const AxisRequest& request) {
    const std::int64_t room = request.tile - request.length;
    return request.fixed && room >= 2 * request.border ? std::min(request.margin, room / 2) : request.margin;
}

void set_kept_parts(std::vector<AxisTile>& tiles, const AxisRequest& request) {
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        AxisTile& tile = tiles[i];
        if (request.blend == TileBlend::feather) {
            tile.keep_begin = std::max<std::int64_t>(tile.read_begin + request.border, 0);
            tile.keep_end = std::min(tile.read_end - request.border, request.length);
            continue;
        }
        tile.keep_begin = i == 0 ? 0 : tiles[i - 1].keep_end;
        tile.keep_end =
            i + 1 == tiles.size() ? request.length : (tiles[i + 1].read_begin + tile.read_end) / 2;
    }
    // Feathered tiles may be so short that the first or last lies in the margin.
    tiles.erase(
        std::remove_if(
            tiles.begin(), tiles.end(), [](const AxisTile& tile) { return tile.keep_length() <= 0; }),
        tiles.end());
}

// Rises from the near edge of the shared part to its far edge; 1 beyond.
double ramp(double position, double shared) {
    return position < shared ? position / shared : 1.0;
}

// `x` is the middle of an output pixel, in input pixels.
double feather_weight(const std::vector<AxisTile>& tiles, std::size_t index, double x) {
    const AxisTile& tile = tiles[index];
    double weight = 1;
    if (index > 0) {
        weight *= ramp(
            x - static_cast<double>(tile.keep_begin),
            static_cast<double>(tiles[index - 1].keep_end - tile.keep_begin));
    }
    if (index + 1 < tiles.size()) {
        weight *= ramp(
            static_cast<double>(tile.keep_end) - x,
            static_cast<double>(tile.keep_end - tiles[index + 1].keep_begin));
    }
    return weight;
}

} // namespace

std::vector<AxisTile> plan_axis(const AxisRequest& request) {
    const std::int64_t overlap = round_up(request.overlap, request.alignment);
    std::int64_t tile = round_down(request.tile, request.alignment);
    check(request, tile, overlap);
    const std::int64_t margin = fitting_margin(request);
    const std::int64_t padded =
        std::max(round_up(request.length + 2 * margin, request.alignment), request.fixed ? tile : 1);
    const std::int64_t count = padded <= tile ? 1 : divide_up(padded - overlap, tile - overlap);
    if (!request.fixed) {
        tile = round_up(divide_up(padded + overlap * (count - 1), count), request.alignment);
    }
    std::vector<AxisTile> tiles(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        AxisTile& one = tiles[static_cast<std::size_t>(i)];
        one.read_begin =
            round_down(std::min(i * (tile - overlap), padded - tile), request.alignment) - margin;
        one.read_end = one.read_begin + tile;
    }
    set_kept_parts(tiles, request);
    return tiles;
}

std::vector<AxisTile> spread_samples(
    const std::vector<AxisTile>& tiles, std::int64_t length, std::int64_t pitch, std::int64_t least,
    std::int64_t alignment) {
    const std::int64_t begin = tiles.front().read_begin;
    const std::int64_t total = tiles.back().read_end - begin;
    const std::int64_t sample = std::min(round_up(length, alignment), total);
    const std::int64_t room = total / sample;
    const std::int64_t count = std::clamp((total + pitch / 2) / pitch, std::min(least, room), room);
    std::vector<AxisTile> samples;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t middle = total * (2 * i + 1) / (2 * count);
        const std::int64_t at = begin + round_down(std::max<std::int64_t>(middle - sample / 2, 0), alignment);
        samples.push_back({at, at + sample, 0, 0});
    }
    return samples;
}

std::vector<float>
axis_weights(const std::vector<AxisTile>& tiles, std::size_t index, int scale, TileBlend blend) {
    const AxisTile& tile = tiles[index];
    std::vector<float> weights(static_cast<std::size_t>(tile.keep_length() * scale), 1.0F);
    if (blend == TileBlend::exact) {
        return weights;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double x = static_cast<double>(tile.keep_begin) + (static_cast<double>(i) + 0.5) / scale;
        double sum = 0;
        // Tiles are in order: those that cover x lie next to each other.
        for (std::size_t other = index + 1; other-- > 0 && x < static_cast<double>(tiles[other].keep_end);) {
            sum += feather_weight(tiles, other, x);
        }
        for (std::size_t other = index + 1;
             other < tiles.size() && x > static_cast<double>(tiles[other].keep_begin); ++other) {
            sum += feather_weight(tiles, other, x);
        }
        weights[i] = static_cast<float>(feather_weight(tiles, index, x) / sum);
    }
    return weights;
}

} // namespace kizuna
