#pragma once

#include "graph/network.hpp"
#include "tiling/tile_plan.hpp"

#include "kizuna/image.hpp"
#include "kizuna/upscale_options.hpp"

#include <cstdint>
#include <vector>

namespace kizuna {

class Session;

/// One run of the network over a picture: the tiles are all pairings of `columns` and `rows`.
struct PassPlan {
    std::uint32_t width = 0; ///< of the pass's input
    std::uint32_t height = 0;
    std::vector<AxisTile> columns;
    std::vector<AxisTile> rows;
    /// Where tiles share means of the whole picture: how many means those are, and the tiles from which each
    /// of them is taken, one after the other, before any result is computed.
    int means = 0;
    std::vector<AxisTile> mean_columns;
    std::vector<AxisTile> mean_rows;
    std::uint64_t samples_per_count = 1; ///< so many of those tiles are counted as one: they are smaller

    [[nodiscard]] std::uint64_t tile_count() const noexcept { return columns.size() * rows.size(); }

    /// Tiles that go through the network or a part of it, as progress counts them.
    [[nodiscard]] std::uint64_t run_count() const noexcept {
        const std::uint64_t samples = mean_columns.size() * mean_rows.size();
        const std::uint64_t counts = (samples + samples_per_count - 1) / samples_per_count;
        return tile_count() + static_cast<std::uint64_t>(means) * counts;
    }

    /// What the outermost tiles read beyond the picture.
    [[nodiscard]] Sides beyond() const;
};

/// What a picture is behind a network of this scale.
[[nodiscard]] ImageInfo enlarged(ImageInfo info, int scale);

/// Everything that follows from a picture's size, the network and the options, before a pixel is touched.
struct UpscalePlan {
    std::uint32_t target_width = 0;
    std::uint32_t target_height = 0;
    TileBlend blend = TileBlend::exact;
    std::int64_t overlap = 0; ///< what neighbouring tiles read both at the least
    std::vector<PassPlan> passes;

    /// After the last pass, before resampling to the target.
    std::uint32_t network_width = 0;
    std::uint32_t network_height = 0;
};

/// What a device says of tiles: Session::free_memory_bytes (0 = not known), best_tile_px, tile_step_px,
/// has_own_memory and bytes_per_pixel (0 = not known).
struct TileLimits {
    std::uint64_t free_memory_bytes = 0;
    std::int64_t best_tile_px = 0;
    std::int64_t tile_step_px = 1;
    bool has_own_memory = false;
    double bytes_per_pixel = 0;
};

/// What a session says of them.
[[nodiscard]] TileLimits limits_of(const Session& session);

/// `spec` is complete (scale and channels known); `graph` may be null. Throws Error{invalid_argument} for
/// options that contradict each other, the network or common sense, and Error{limit_exceeded} for a result
/// above `options.max_pixels`.
[[nodiscard]] UpscalePlan plan_upscale(
    const ModelSpec& spec, const Graph* graph, const TileLimits& limits, std::uint32_t width,
    std::uint32_t height, const UpscaleOptions& options);

/// What a plan keeps in memory beside the engine, at the most: of each pass a row of tiles, input and output,
/// the rows that are continued beyond the picture, and, where means of it are taken first, the picture, as
/// float.
[[nodiscard]] std::uint64_t working_bytes(const UpscalePlan& plan, const ModelSpec& spec);

} // namespace kizuna
