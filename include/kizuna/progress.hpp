#pragma once

#include <cstdint>
#include <functional>

namespace kizuna {

/// How far one picture has come. Counted in tiles through the network; all passes, TTA turns and frames are
/// included in `tiles_total`, which stays the same for a picture unless memory runs out and the tiles get
/// smaller. Frames that repeat count as done when it is their turn.
struct Progress {
    std::uint64_t tiles_done = 0;
    std::uint64_t tiles_total = 0;
    std::uint64_t frames_done = 0; ///< of an animation
    std::uint64_t frames_total = 1;
    double seconds = 0; ///< since the picture was begun

    /// 0 to 1.
    [[nodiscard]] double fraction() const noexcept {
        return tiles_total == 0 ? 0.0 : static_cast<double>(tiles_done) / static_cast<double>(tiles_total);
    }
};

/// Called after every tile, on the thread that called the upscaler. It must not throw, and should return
/// quickly.
using ProgressCallback = std::function<void(const Progress&)>;

} // namespace kizuna
