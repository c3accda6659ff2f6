#include "upscale/planes.hpp"

#include <algorithm>

namespace kizuna {

namespace {

std::int64_t plane_count(const Tensor& tensor) {
    return tensor.shape.n * tensor.shape.c;
}

const float* row_of(const Tensor& tensor, std::int64_t plane, std::int64_t y) {
    return tensor.data.data() + (plane * tensor.shape.h + y) * tensor.shape.w;
}

float* row_of(Tensor& tensor, std::int64_t plane, std::int64_t y) {
    return tensor.data.data() + (plane * tensor.shape.h + y) * tensor.shape.w;
}

// Where pixel (x, y) of a turned tile of this size was before.
Position before_turn(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height, int way) {
    const std::int64_t across = flips_columns(way) ? width - 1 - x : x;
    const std::int64_t down = flips_rows(way) ? height - 1 - y : y;
    return transposes(way) ? Position{down, across} : Position{across, down};
}

} // namespace

void crop(const Tensor& from, Position from_begin, const AxisTile& column, const AxisTile& row, Tensor& to) {
    to.shape = {from.shape.n, from.shape.c, row.read_length(), column.read_length()};
    to.data.resize(element_count(to.shape));
    for (std::int64_t plane = 0; plane < plane_count(from); ++plane) {
        for (std::int64_t y = 0; y < to.shape.h; ++y) {
            const float* source = row_of(from, plane, row.read_begin + y - from_begin.y);
            std::copy_n(source + (column.read_begin - from_begin.x), to.shape.w, row_of(to, plane, y));
        }
    }
}

std::vector<WeightedAxis>
with_weights(const std::vector<AxisTile>& tiles, int scale, std::int64_t border, TileBlend blend) {
    std::vector<WeightedAxis> weighted;
    weighted.reserve(tiles.size());
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const std::int64_t result_begin = tiles[i].read_begin + border;
        weighted.push_back(
            {tiles[i], (tiles[i].keep_begin - result_begin) * scale, axis_weights(tiles, i, scale, blend)});
    }
    return weighted;
}

void add_tile(
    const Tensor& result, const WeightedAxis& column, const WeightedAxis& row, int scale,
    std::int64_t target_begin_y, Tensor& target) {
    const std::int64_t to_x = column.tile.keep_begin * scale;
    const std::int64_t to_y = row.tile.keep_begin * scale - target_begin_y;
    for (std::int64_t plane = 0; plane < plane_count(result); ++plane) {
        for (std::size_t i = 0; i < row.weights.size(); ++i) {
            const auto y = static_cast<std::int64_t>(i);
            const float* from = row_of(result, plane, row.skip + y) + column.skip;
            float* to = row_of(target, plane, to_y + y) + to_x;
            for (std::size_t x = 0; x < column.weights.size(); ++x) {
                to[x] += from[x] * (column.weights[x] * row.weights[i]);
            }
        }
    }
}

void turn(const Tensor& from, int way, Tensor& to) {
    to.shape = from.shape;
    if (transposes(way)) {
        std::swap(to.shape.h, to.shape.w);
    }
    to.data.resize(from.data.size());
    for (std::int64_t plane = 0; plane < plane_count(to); ++plane) {
        for (std::int64_t y = 0; y < to.shape.h; ++y) {
            float* target = row_of(to, plane, y);
            for (std::int64_t x = 0; x < to.shape.w; ++x) {
                const Position source = before_turn(x, y, to.shape.w, to.shape.h, way);
                target[x] = row_of(from, plane, source.y)[source.x];
            }
        }
    }
}

void add_turned_back(const Tensor& from, int way, float factor, Tensor& target) {
    for (std::int64_t plane = 0; plane < plane_count(from); ++plane) {
        for (std::int64_t y = 0; y < from.shape.h; ++y) {
            const float* source = row_of(from, plane, y);
            for (std::int64_t x = 0; x < from.shape.w; ++x) {
                const Position back = before_turn(x, y, from.shape.w, from.shape.h, way);
                row_of(target, plane, back.y)[back.x] += factor * source[x];
            }
        }
    }
}

} // namespace kizuna
