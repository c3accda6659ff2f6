#pragma once

#include "video/deinterlacer.hpp"
#include "video/media_input.hpp"

#include "kizuna/video_options.hpp"

#include <optional>

namespace kizuna::video {

/// Decodes the moving pictures of a file, in the order in which they are shown. Each frame has a time (pts,
/// in time_base()) later than the one before it; damaged ones are passed over, with a warning. All frames
/// have one size and one format.
class VideoDecoder {
  public:
    struct Options {
        Window window;
        Deinterlace deinterlace = Deinterlace::automatic;
        std::uint64_t max_pixels = default_max_pixels;
    };

    /// Throws as MediaInput, and Error{limit_exceeded}, {unsupported}.
    VideoDecoder(const std::filesystem::path& path, const Options& options);

    /// nullptr at the end. Throws Error{unsupported} where the size changes.
    [[nodiscard]] FramePtr next();

    [[nodiscard]] const MediaInput& input() const { return input_; }

    [[nodiscard]] AVRational time_base() const { return input_.video().time_base; }

  private:
    void open_codec(std::uint64_t max_pixels);
    [[nodiscard]] FramePtr next_shown();
    [[nodiscard]] FramePtr next_decoded();
    [[nodiscard]] bool receive(AVFrame& frame);
    void feed();
    void check_same(const AVFrame& frame);
    void give_time(AVFrame& frame);
    [[nodiscard]] std::int64_t us_of(const AVFrame& frame) const;
    void report_damage();

    MediaInput input_;
    Options options_;
    CodecPtr codec_;
    PacketPtr packet_ = make_packet();
    std::optional<Deinterlacer> deinterlacer_;
    bool packets_ended_ = false;
    bool frames_ended_ = false;
    std::uint64_t damaged_ = 0;
    int width_ = 0;
    int height_ = 0;
    int format_ = -1;
    std::optional<std::int64_t> last_pts_;
    std::int64_t last_duration_ = 1;
};

} // namespace kizuna::video
