#pragma once

#include "video/ffmpeg.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace kizuna::video {

/// A part of a video, in microseconds from its beginning; the whole by default.
struct Window {
    std::int64_t begin_us = 0;
    std::optional<std::int64_t> length_us;

    [[nodiscard]] bool is_whole() const { return begin_us == 0 && !length_us; }

    [[nodiscard]] bool ends_before(std::int64_t us) const { return length_us && us >= begin_us + *length_us; }
};

/// A media file, open for reading its packets. It is a file of this machine: nothing that it names elsewhere
/// is fetched. One thread at a time.
class MediaInput {
  public:
    /// Throws Error{not_found}, {io}, {corrupt} for what is no media file, {unsupported} where it has no
    /// moving pictures.
    explicit MediaInput(const std::filesystem::path& path);

    [[nodiscard]] AVFormatContext& format() const { return *format_; }

    /// The stream of moving pictures.
    [[nodiscard]] AVStream& video() const { return *format_->streams[video_]; }

    [[nodiscard]] bool is_video(const AVPacket& packet) const { return packet.stream_index == video_; }

    /// When the file begins, which is not 0 in recordings of broadcasts.
    [[nodiscard]] std::int64_t start_us() const;

    /// 0 where the file does not tell.
    [[nodiscard]] double duration_seconds() const;

    /// The mean of a variable one; 0/1 where it is not known.
    [[nodiscard]] AVRational frame_rate() const;

    /// Goes to a place from which all that is shown from then on can be decoded. Times are the file's.
    void seek(std::int64_t us);

    /// False at the end. What is damaged beyond reading ends it, too, with a warning.
    [[nodiscard]] bool read(AVPacket& packet);

  private:
    struct Closer {
        void operator()(AVFormatContext* context) const noexcept { ffmpeg().avformat_close_input(&context); }
    };

    std::filesystem::path path_;
    std::unique_ptr<AVFormatContext, Closer> format_;
    int video_ = -1;
};

/// "00:03:20.5".
[[nodiscard]] std::string time_text(std::int64_t us);

} // namespace kizuna::video
