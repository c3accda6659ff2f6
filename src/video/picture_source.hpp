#pragma once

#include "video/colour.hpp"
#include "video/decoder.hpp"
#include "video/steadier.hpp"

#include "kizuna/cancel.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace kizuna::video {

/// A frame as the network gets it.
struct SourceFrame {
    std::uint64_t number = 0;
    std::int64_t pts = 0;
    std::int64_t duration = 0;
    std::shared_ptr<const AVFrame> original;
    std::shared_ptr<const Image> picture; ///< the same one as before, where it looks the same
};

/// The frames of a video that are to be upscaled, in order, as pictures.
class PictureSource {
  public:
    struct Options {
        VideoDecoder::Options decoder;
        std::uint64_t group_frames = 1;
        int still_tolerance = 0;
        bool temporal = false;
    };

    /// `is_kept` is asked of each group of frames, once, in order: those that are kept are left out.
    PictureSource(
        const std::filesystem::path& path, const Options& options, std::function<bool(std::uint64_t)> is_kept,
        CancelToken cancel);

    /// Nothing at the end.
    [[nodiscard]] std::optional<SourceFrame> next();

    /// All frames of the video so far, those that are left out included.
    [[nodiscard]] std::uint64_t frames() const { return next_; }

  private:
    void begin_group(std::uint64_t group);
    [[nodiscard]] std::shared_ptr<const Image> picture_of(const AVFrame& frame);

    VideoDecoder decoder_;
    Options options_;
    std::function<bool(std::uint64_t)> is_kept_;
    CancelToken cancel_;
    std::optional<FrameReader> reader_;
    Steadier steadier_;
    std::uint64_t next_ = 0;
    bool group_is_kept_ = false;
    bool next_group_is_kept_ = false;
    std::shared_ptr<const Image> last_;
};

} // namespace kizuna::video
