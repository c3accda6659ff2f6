#pragma once

#include "video/frame_sink.hpp"
#include "video/muxer.hpp"

#include <atomic>

namespace kizuna::video {

/// Writes frames to standard output as they come. Nothing is kept of them.
class StreamSink final : public FrameSink {
  public:
    StreamSink(
        const std::filesystem::path& input, const ImageInfo& like, const EncoderSettings& encoder,
        const MuxerSettings& muxer);

    [[nodiscard]] bool has_group(std::uint64_t /*group*/) const override { return false; }

    [[nodiscard]] std::uint64_t kept_frames() const override { return 0; }

    void write(const ResultFrame& frame) override;
    void finish(std::uint64_t frames) override;

    [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }

  private:
    class StandardOutput final : public OutputStream {
      public:
        void write(std::span<const std::byte> bytes) override;
        void seek(std::uint64_t position) override;

        [[nodiscard]] std::uint64_t position() const override { return position_; }

      private:
        std::uint64_t position_ = 0;
    };

    EncoderFrames frames_;
    StandardOutput out_;
    MediaInput source_;
    VideoEncoder encoder_;
    Muxer muxer_;
    std::atomic<std::uint64_t> bytes_ = 0;
};

} // namespace kizuna::video
