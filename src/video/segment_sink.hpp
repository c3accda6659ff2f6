#pragma once

#include "video/frame_sink.hpp"
#include "video/muxer.hpp"
#include "video/work_folder.hpp"

#include "kizuna/cancel.hpp"

#include <atomic>
#include <filesystem>
#include <optional>
#include <vector>

namespace kizuna::video {

/// How a video file is put together from its segments.
struct Assembly {
    std::filesystem::path input;
    std::filesystem::path output;
    MuxerSettings muxer;
    bool overwrite = false;
    CancelToken cancel;
};

/// Encodes frames in segments, each of its own, that are kept in a work folder; the video file appears when
/// all are there.
class SegmentSink final : public FrameSink {
  public:
    /// `like`: the pictures' size and format. `folder` must outlive this.
    SegmentSink(
        WorkFolder& folder, const ImageInfo& like, EncoderSettings encoder, int segment_frames,
        Assembly assembly);

    [[nodiscard]] bool has_group(std::uint64_t group) const override;
    [[nodiscard]] std::uint64_t kept_frames() const override;
    void write(const ResultFrame& frame) override;
    void finish(std::uint64_t frames) override;

    [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }

  private:
    void begin_segment(std::uint64_t number);
    void end_segment();
    void assemble(std::uint64_t segments);
    void check_whole(std::uint64_t frames) const;

    WorkFolder& folder_;
    EncoderFrames frames_;
    EncoderSettings settings_;
    std::uint64_t segment_frames_;
    Assembly assembly_;
    Segments kept_; ///< from before; not changed until the end
    std::atomic<std::uint64_t> bytes_ = 0;
    std::uint64_t finished_bytes_ = 0;
    std::optional<std::uint64_t> current_;
    std::uint32_t frames_in_current_ = 0;
    std::optional<SegmentWriter> writer_;
    std::optional<VideoEncoder> encoder_;
};

} // namespace kizuna::video
