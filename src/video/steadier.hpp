#pragma once

#include "kizuna/image.hpp"

#include <deque>
#include <memory>

namespace kizuna::video {

/// Steadies what stands still: grain, and the flicker that a network makes of it. A pixel becomes the mean
/// over the last frames in which its neighbourhood has not moved; what moves stays as it is, so nothing
/// smears. Each result depends on the frame and the `history` before it, and on nothing else.
class Steadier {
  public:
    /// Frames before one that it depends on.
    static constexpr std::size_t history = 5;

    /// The next frame, which is only remembered.
    void remember(std::shared_ptr<const Image> picture);

    /// The last one that was remembered, steadied. Pictures have one size and format, of integers.
    [[nodiscard]] Image steadied() const;

  private:
    std::deque<std::shared_ptr<const Image>> pictures_; ///< the newest first
};

} // namespace kizuna::video
