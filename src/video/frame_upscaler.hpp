#pragma once

#include "upscale/tile_memory.hpp"
#include "upscale/upscale_plan.hpp"

#include "kizuna/cancel.hpp"
#include "kizuna/image.hpp"
#include "kizuna/upscale_options.hpp"

#include <string>

namespace kizuna::video {

/// What makes large pictures of small ones: given by those above, who know how networks are opened.
class FrameUpscaler {
  public:
    FrameUpscaler() = default;
    FrameUpscaler(const FrameUpscaler&) = delete;
    FrameUpscaler& operator=(const FrameUpscaler&) = delete;
    virtual ~FrameUpscaler() = default;

    /// What the device says of tiles at this moment.
    [[nodiscard]] virtual TileLimits tile_limits() const = 0;

    [[nodiscard]] virtual UpscalePlan plan(
        std::uint32_t width, std::uint32_t height, const UpscaleOptions& options,
        const TileLimits& limits) const = 0;

    struct Work {
        std::uint64_t tiles = 0; ///< that were computed
        double engine_seconds = 0;
    };

    /// Tiles that `memory` has are not computed again.
    [[nodiscard]] virtual Image upscale(
        const Image& picture, const UpscaleOptions& options, const TileLimits& limits, TileMemory& memory,
        Work& work, const CancelToken& cancel) = 0;

    /// The network, what computes it, and the version of the program: what the same results need.
    [[nodiscard]] virtual std::string identity() const = 0;

    /// Whether tiles can be computed apart from each other at little cost: not on cards, which take many at
    /// once. Only then is `memory` used.
    [[nodiscard]] virtual bool has_small_tiles() const = 0;
};

} // namespace kizuna::video
