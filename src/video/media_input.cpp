#include "video/media_input.hpp"

#include "base/log.hpp"

#include <limits>

#include <fmt/format.h>

namespace kizuna::video {

MediaInput::MediaInput(const std::filesystem::path& path)
    : path_(path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        throw Error(ErrorCode::not_found, fmt::format("there is no file {}", path.string()));
    }
    if (std::filesystem::is_directory(path, ignored)) {
        throw Error(ErrorCode::io, fmt::format("{} is a folder and no video", path.string()));
    }
    const Ffmpeg& av = ffmpeg();
    // By its protocol, so that a colon in a name means nothing; and no other one, whatever a playlist names.
    const std::string url = "file:" + path.string();
    AVDictionary* options = nullptr;
    av.av_dict_set(&options, "protocol_whitelist", "file", 0);
    AVFormatContext* context = nullptr;
    const int opened = av.avformat_open_input(&context, url.c_str(), nullptr, &options);
    av.av_dict_free(&options);
    check(opened, fmt::format("{} cannot be read as a video", path.string()));
    format_.reset(context);
    check(
        av.avformat_find_stream_info(context, nullptr),
        fmt::format("{} cannot be read as a video", path.string()));
    video_ = av.av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (video_ < 0 || (video().disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
        throw Error(ErrorCode::unsupported, fmt::format("{} has no moving pictures", path.string()));
    }
}

std::int64_t MediaInput::start_us() const {
    return format_->start_time == AV_NOPTS_VALUE ? 0 : format_->start_time;
}

double MediaInput::duration_seconds() const {
    if (format_->duration != AV_NOPTS_VALUE && format_->duration > 0) {
        return static_cast<double>(format_->duration) / AV_TIME_BASE;
    }
    return 0;
}

AVRational MediaInput::frame_rate() const {
    const AVRational mean = video().avg_frame_rate;
    return mean.num > 0 && mean.den > 0 ? mean
                                        : ffmpeg().av_guess_frame_rate(format_.get(), &video(), nullptr);
}

void MediaInput::seek(std::int64_t us) {
    check(
        ffmpeg().avformat_seek_file(
            format_.get(), -1, std::numeric_limits<std::int64_t>::min(), us, us, AVSEEK_FLAG_BACKWARD),
        fmt::format("{} cannot be read from {} on", path_.string(), time_text(us - start_us())),
        ErrorCode::unsupported);
}

bool MediaInput::read(AVPacket& packet) {
    const int code = ffmpeg().av_read_frame(format_.get(), &packet);
    if (code == AVERROR(EIO)) {
        check(code, fmt::format("cannot read {}", path_.string()));
    }
    if (code < 0 && code != AVERROR_EOF) {
        log(LogLevel::warning,
            fmt::format("{} is damaged; what follows is left out ({})", path_.string(), reason_of(code)));
    }
    return code >= 0;
}

std::string time_text(std::int64_t us) {
    const double seconds = static_cast<double>(us) / AV_TIME_BASE;
    const auto minutes = static_cast<std::int64_t>(seconds / 60);
    return fmt::format(
        "{:02}:{:02}:{:04.1f}", minutes / 60, minutes % 60, seconds - static_cast<double>(minutes * 60));
}

} // namespace kizuna::video
