#pragma once

#include "kizuna/image.hpp"

#include <cstddef>
#include <list>

namespace kizuna {

/// Frames of an animation with what has become of them: animations hold their drawings and go to and fro, and
/// what comes again need not be computed again. Those last used are kept, as long as they fit.
class RepeatedFrames {
  public:
    explicit RepeatedFrames(std::size_t most_bytes) noexcept
        : most_bytes_(most_bytes) {}

    /// What became of a frame with the same pixels; nullptr where none is kept. Good until the next keep().
    [[nodiscard]] const Image* find(const Image& frame);

    /// At least the last one is kept, however large.
    const Image& keep(const Image& frame, Image result);

  private:
    struct Kept {
        std::size_t hash;
        Image frame;
        Image result;

        [[nodiscard]] std::size_t bytes() const noexcept {
            return frame.pixels().size() + result.pixels().size();
        }
    };

    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::list<Kept> kept_; ///< the last used first
};

} // namespace kizuna
