#include "video/decoder.hpp"

#include "base/log.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna::video {

VideoDecoder::VideoDecoder(const std::filesystem::path& path, const Options& options)
    : input_(path)
    , options_(options) {
    open_codec(options.max_pixels);
    for (unsigned i = 0; i < input_.format().nb_streams; ++i) {
        if (input_.format().streams[i] != &input_.video()) {
            input_.format().streams[i]->discard = AVDISCARD_ALL;
        }
    }
    if (options_.window.begin_us > 0) {
        input_.seek(input_.start_us() + options_.window.begin_us);
    }
}

void VideoDecoder::open_codec(std::uint64_t max_pixels) {
    const Ffmpeg& av = ffmpeg();
    const AVCodecParameters& parameters = *input_.video().codecpar;
    const AVCodec* const codec = av.avcodec_find_decoder(parameters.codec_id);
    if (codec == nullptr) {
        throw Error(
            ErrorCode::unsupported, fmt::format(
                                        "this FFmpeg cannot decode {}, which the video is encoded in",
                                        av.avcodec_get_name(parameters.codec_id)));
    }
    const std::uint64_t pixels = parameters.width > 0 && parameters.height > 0
                                     ? static_cast<std::uint64_t>(parameters.width) * parameters.height
                                     : 0;
    if (pixels > max_pixels) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "the pictures of {}×{} pixels are larger than the limit (max-pixels raises it)",
                parameters.width, parameters.height));
    }
    codec_.reset(check_memory(av.avcodec_alloc_context3(codec)));
    check(
        av.avcodec_parameters_to_context(codec_.get(), &parameters), "the video's decoder cannot be set up");
    codec_->max_pixels = static_cast<std::int64_t>(max_pixels);
    codec_->pkt_timebase = input_.video().time_base;
    codec_->thread_count = 0; // as many as there are cores: they mostly wait
    check(av.avcodec_open2(codec_.get(), codec, nullptr), "the video's decoder cannot be opened");
}

FramePtr VideoDecoder::next() {
    while (FramePtr frame = next_shown()) {
        give_time(*frame);
        const std::int64_t us = us_of(*frame);
        if (options_.window.ends_before(us)) {
            break;
        }
        if (us >= options_.window.begin_us) {
            return frame;
        }
    }
    report_damage();
    return nullptr;
}

// Deinterlaced where that is needed: from the first interlaced frame on.
FramePtr VideoDecoder::next_shown() {
    while (true) {
        FramePtr frame = make_frame();
        if (deinterlacer_ && deinterlacer_->receive(*frame)) {
            return frame;
        }
        if (deinterlacer_ && frames_ended_) {
            return nullptr;
        }
        FramePtr decoded = next_decoded();
        if (!decoded) {
            frames_ended_ = true;
            if (deinterlacer_) {
                deinterlacer_->send(nullptr);
                continue;
            }
            return nullptr;
        }
        const bool all = options_.deinterlace == Deinterlace::on;
        if (!deinterlacer_ &&
            (all || (is_interlaced(*decoded) && options_.deinterlace != Deinterlace::off))) {
            if (!all) {
                log(LogLevel::info, "the video is interlaced, and is deinterlaced first");
            }
            deinterlacer_.emplace(*decoded, time_base(), all);
        }
        if (!deinterlacer_) {
            return decoded;
        }
        deinterlacer_->send(decoded.get());
    }
}

FramePtr VideoDecoder::next_decoded() {
    FramePtr frame = make_frame();
    while (!receive(*frame)) {
        if (packets_ended_) {
            return nullptr;
        }
        feed();
    }
    if (width_ == 0) {
        width_ = frame->width;
        height_ = frame->height;
        format_ = frame->format;
    }
    check_same(*frame);
    frame->pts = frame->best_effort_timestamp;
    return frame;
}

bool VideoDecoder::receive(AVFrame& frame) {
    while (true) {
        const int code = ffmpeg().avcodec_receive_frame(codec_.get(), &frame);
        if (code == AVERROR(EAGAIN)) {
            return false;
        }
        if (code == AVERROR_EOF) {
            packets_ended_ = true;
            return false;
        }
        if (code == AVERROR(ENOMEM)) {
            check(code, "decoding");
        }
        if (code >= 0) {
            return true;
        }
        ++damaged_;
    }
}

void VideoDecoder::feed() {
    const Ffmpeg& av = ffmpeg();
    while (input_.read(*packet_)) {
        const bool is_ours = input_.is_video(*packet_);
        const int code = is_ours ? av.avcodec_send_packet(codec_.get(), packet_.get()) : 0;
        av.av_packet_unref(packet_.get());
        if (code == AVERROR(ENOMEM)) {
            check(code, "decoding");
        }
        if (code < 0) {
            ++damaged_;
        } else if (is_ours) {
            return;
        }
    }
    av.avcodec_send_packet(codec_.get(), nullptr); // now the frames that it has kept
}

void VideoDecoder::check_same(const AVFrame& frame) {
    if (frame.width == width_ && frame.height == height_ && frame.format == format_) {
        return;
    }
    const bool has_pts = frame.best_effort_timestamp != AV_NOPTS_VALUE;
    const std::int64_t us =
        has_pts ? ffmpeg().av_rescale_q(frame.best_effort_timestamp, time_base(), microseconds) -
                      input_.start_us()
                : 0;
    throw Error(
        ErrorCode::unsupported,
        fmt::format(
            "at {} the pictures change from {}×{} to {}×{}{}, and a video has one size: cut it there and "
            "upscale the parts",
            time_text(us), width_, height_, frame.width, frame.height,
            frame.format == format_ ? "" : " or how their colours are stored"));
}

// Later than the one before, whatever a damaged file says.
void VideoDecoder::give_time(AVFrame& frame) {
    if (frame.pts == AV_NOPTS_VALUE) {
        frame.pts = last_pts_ ? *last_pts_ + last_duration_ : 0;
    }
    if (last_pts_ && frame.pts <= *last_pts_) {
        frame.pts = *last_pts_ + 1;
    }
    last_pts_ = frame.pts;
    last_duration_ = std::max<std::int64_t>(duration_of(frame), 1);
}

std::int64_t VideoDecoder::us_of(const AVFrame& frame) const {
    return ffmpeg().av_rescale_q(frame.pts, time_base(), microseconds) - input_.start_us();
}

void VideoDecoder::report_damage() {
    if (damaged_ > 0) {
        log(LogLevel::warning,
            fmt::format("{} damaged parts of the video could not be decoded and were passed over", damaged_));
        damaged_ = 0;
    }
}

} // namespace kizuna::video
