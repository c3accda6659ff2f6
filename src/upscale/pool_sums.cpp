#include "upscale/pool_sums.hpp"

#include "upscale/planes.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace kizuna {

namespace {

/// Several sums side by side, as the processor adds several numbers at once.
double sum_of(const float* values, std::int64_t count) {
    constexpr std::int64_t lanes = 8;
    std::array<double, lanes> sums{};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            sums[static_cast<std::size_t>(lane)] += values[i + lane];
        }
    }
    return std::accumulate(values + i, values + count, std::accumulate(sums.begin(), sums.end(), 0.0));
}

Span flipped(const Span& span, std::int64_t length) {
    return {length - span.end, length - span.begin};
}

} // namespace

std::vector<PooledTile> share_out(const std::vector<AxisTile>& tiles, const Growth& side) {
    const std::int64_t origin = tiles.front().read_begin;
    const auto begin_of = [&](const AxisTile& tile) {
        return (tile.read_begin - origin) / side.alignment * side.positions;
    };
    const auto end_of = [&](const AxisTile& tile) { return begin_of(tile) + side.of(tile.read_length()); };
    std::vector<PooledTile> shares;
    std::int64_t counted_to = 0;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const std::int64_t begin = begin_of(tiles[i]);
        std::int64_t end = end_of(tiles[i]);
        const std::int64_t from = std::max(counted_to, begin);
        if (i + 1 < tiles.size()) {
            end = std::min(end, (begin_of(tiles[i + 1]) + end) / 2);
        }
        shares.push_back({begin, {from - begin, std::max(from, end) - begin}});
        counted_to = std::max(from, end);
    }
    return shares;
}

PoolWindow turned(const PoolWindow& window, std::int64_t width, std::int64_t height, int way) {
    PoolWindow result = window;
    if (transposes(way)) {
        std::swap(result.x, result.y);
        std::swap(width, height);
    }
    if (flips_columns(way)) {
        result.x = flipped(result.x, width);
    }
    if (flips_rows(way)) {
        result.y = flipped(result.y, height);
    }
    return result;
}

void PoolSum::add(const Tensor& pooled, const PoolWindow& window) {
    shape_ = {pooled.shape.n, pooled.shape.c, 1, 1};
    sums_.resize(element_count(shape_));
    const float* plane = pooled.data.data();
    for (double& sum : sums_) {
        for (std::int64_t y = window.y.begin; y < window.y.end; ++y) {
            sum += sum_of(plane + y * pooled.shape.w + window.x.begin, window.x.length());
        }
        plane += pooled.shape.h * pooled.shape.w;
    }
    count_ += static_cast<double>(window.x.length() * window.y.length());
}

Tensor PoolSum::mean() const {
    Tensor mean{shape_, std::vector<float>(sums_.size())};
    std::transform(sums_.begin(), sums_.end(), mean.data.begin(), [this](double sum) {
        return static_cast<float>(sum / count_);
    });
    return mean;
}

} // namespace kizuna
