#pragma once

#include "video/encoder.hpp"

#include "kizuna/image.hpp"

#include <cstdint>
#include <memory>

namespace kizuna::video {

/// A picture of the result, when it is shown, and what else its frame carried.
struct ResultFrame {
    std::uint64_t number = 0;
    std::int64_t pts = 0;
    std::int64_t duration = 0;            ///< 0: not known
    std::shared_ptr<const Image> picture; ///< the same one as before, where nothing has changed
    std::shared_ptr<const AVFrame> original;
};

/// Takes the frames of the result, in order, but for those that it has. One thread at a time.
class FrameSink {
  public:
    FrameSink() = default;
    FrameSink(const FrameSink&) = delete;
    FrameSink& operator=(const FrameSink&) = delete;
    virtual ~FrameSink() = default;

    /// Whether a group of frames is kept from before an interruption. May be asked from another thread, of
    /// groups of which nothing has been written yet.
    [[nodiscard]] virtual bool has_group(std::uint64_t group) const = 0;
    /// How many frames that makes. To be asked before the first is written.
    [[nodiscard]] virtual std::uint64_t kept_frames() const = 0;

    virtual void write(const ResultFrame& frame) = 0;
    /// After the last frame, of so many.
    virtual void finish(std::uint64_t frames) = 0;

    /// Encoded so far; thread-safe.
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
};

/// Makes frames for an encoder of pictures; one that comes again is converted once.
class EncoderFrames {
  public:
    EncoderFrames(const ImageInfo& like, const EncoderSettings& settings);

    [[nodiscard]] FramePtr make(const ResultFrame& frame);

  private:
    FrameWriter writer_;
    AVRational pixel_aspect_;
    std::shared_ptr<const Image> last_;
    FramePtr converted_;
};

} // namespace kizuna::video
