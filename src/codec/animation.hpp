#pragma once

#include "kizuna/image.hpp"

#include <cstdint>
#include <vector>

// Pictures whose frames follow one another in time. Whatever a file stores (parts of frames, differences,
// what becomes of a frame when its time is over), here a frame is the whole picture as it is seen.
namespace kizuna {

/// How long a frame is shown, in seconds: a fraction in its lowest terms. 0: as short as the viewer can.
struct FrameDelay {
    std::uint32_t numerator = 0;
    std::uint32_t denominator = 1;

    [[nodiscard]] double seconds() const noexcept {
        return static_cast<double>(numerator) / static_cast<double>(denominator);
    }

    friend bool operator==(const FrameDelay&, const FrameDelay&) = default;
};

/// numerator / denominator seconds. What does not fit into 32 bits is rounded to microseconds, or to the
/// longest delay that there is; a denominator of 0 counts as no delay.
[[nodiscard]] FrameDelay frame_delay(std::uint64_t numerator, std::uint64_t denominator) noexcept;

struct Animation {
    std::uint32_t plays = 0;        ///< how often it is shown; 0: for ever
    std::vector<FrameDelay> delays; ///< one for each frame

    [[nodiscard]] double seconds() const noexcept;
};

/// Gives the frames of an animation, from the first to the last, once. Not thread-safe.
class FrameSource {
  public:
    FrameSource() = default;
    FrameSource(const FrameSource&) = delete;
    FrameSource& operator=(const FrameSource&) = delete;
    virtual ~FrameSource() = default;

    /// Of every frame.
    [[nodiscard]] const ImageInfo& info() const noexcept { return info_; }

    [[nodiscard]] const Animation& animation() const noexcept { return animation_; }

    /// The next frame, good until the next call. Called at most as often as there are delays. Throws
    /// Error{corrupt} for frames that are damaged.
    [[nodiscard]] virtual const Image& next_frame() = 0;

  protected:
    FrameSource(ImageInfo info, Animation animation)
        : info_(std::move(info))
        , animation_(std::move(animation)) {}

    ImageInfo info_;
    Animation animation_;
};

/// Takes the frames of an animation. Not thread-safe.
class FrameSink {
  public:
    FrameSink() = default;
    FrameSink(const FrameSink&) = delete;
    FrameSink& operator=(const FrameSink&) = delete;
    virtual ~FrameSink() = default;

    /// The next frame, of the size and format that the sink was opened with. Called exactly as often as there
    /// are delays.
    virtual void write_frame(const Image& frame) = 0;

    /// After the last frame: writes what is left.
    virtual void finish() = 0;
};

} // namespace kizuna
