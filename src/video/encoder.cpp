#include "video/encoder.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::video {

namespace {

/// For 2160p as for 540p: artefacts cannot be seen when the picture stands.
constexpr int default_crf = 16;
/// libvpx, libaom and SVT count to 63: about the same quality.
constexpr int default_crf_of_63 = 20;

/// libx264's preset where none is asked for is "medium"; these do without.
struct UsualEncoder {
    const char* name;
    int crf;
};

constexpr std::array usual_encoders{
    UsualEncoder{"libx264", default_crf},         UsualEncoder{"libx264rgb", default_crf},
    UsualEncoder{"libx265", default_crf},         UsualEncoder{"libvpx-vp9", default_crf_of_63},
    UsualEncoder{"libsvtav1", default_crf_of_63}, UsualEncoder{"libaom-av1", default_crf_of_63},
};
/// What programs that read Y4M commonly take.
constexpr std::array y4m_formats{
    AV_PIX_FMT_YUV420P,   AV_PIX_FMT_YUV422P,   AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV420P10,
    AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_NONE,
};
constexpr std::array for_most{"libx264", "libx265", "libsvtav1", "libaom-av1"};
constexpr std::array for_webm{"libvpx-vp9", "libsvtav1", "libaom-av1"};
/// Named where one is missing.
constexpr std::array known_encoders{
    "libx264",   "libx264rgb", "libx265",    "libsvtav1", "libaom-av1",        "libvpx-vp9",        "ffv1",
    "prores_ks", "h264_nvenc", "hevc_nvenc", "av1_nvenc", "h264_videotoolbox", "hevc_videotoolbox",
};

/// Of libx264 and libx265, which print what they think of others.
constexpr std::array x26x_presets{
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
};

void check_preset(const EncoderSettings& settings) {
    const bool is_x26x = settings.name.starts_with("libx264") || settings.name == "libx265";
    const bool is_known =
        std::find(x26x_presets.begin(), x26x_presets.end(), settings.preset) != x26x_presets.end();
    if (is_x26x && !is_known) {
        throw Error(
            ErrorCode::invalid_argument, fmt::format(
                                             "'{}' is not a preset that {} takes: {}", settings.preset,
                                             settings.name, fmt::join(x26x_presets, ", ")));
    }
}

std::string encoders_here() {
    std::vector<std::string_view> names;
    for (const char* name : known_encoders) {
        if (ffmpeg().avcodec_find_encoder_by_name(name) != nullptr) {
            names.emplace_back(name);
        }
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

const AVCodec& find_encoder(const std::string& name) {
    const AVCodec* const codec = ffmpeg().avcodec_find_encoder_by_name(name.c_str());
    if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("this FFmpeg has no video encoder {}; there are {}", name, encoders_here()));
    }
    return *codec;
}

std::string usual_encoder(bool webm) {
    const auto is_here = [](const char* name) {
        return ffmpeg().avcodec_find_encoder_by_name(name) != nullptr;
    };
    const auto first_of = [&](const auto& names) -> std::string {
        const auto found = std::find_if(names.begin(), names.end(), is_here);
        return found == names.end() ? names.front() : *found; // whose absence is then told
    };
    return webm ? first_of(for_webm) : first_of(for_most);
}

std::vector<AVPixelFormat> formats_of(const AVCodec& codec) {
    std::vector<AVPixelFormat> formats;
    for (const AVPixelFormat* format = codec.pix_fmts; format != nullptr && *format != AV_PIX_FMT_NONE;
         ++format) {
        if ((ffmpeg().av_pix_fmt_desc_get(*format)->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0) {
            formats.push_back(*format);
        }
    }
    return formats;
}

/// Lossless ones keep what comes in.
bool keeps_format(const AVCodec& codec) {
    return codec.id == AV_CODEC_ID_FFV1 || codec.id == AV_CODEC_ID_RAWVIDEO ||
           codec.id == AV_CODEC_ID_HUFFYUV || codec.id == AV_CODEC_ID_FFVHUFF ||
           codec.id == AV_CODEC_ID_UTVIDEO || codec.id == AV_CODEC_ID_PNG || codec.id == AV_CODEC_ID_PRORES;
}

AVPixelFormat choose_format(const AVCodec& codec, AVPixelFormat input) {
    std::vector<AVPixelFormat> formats = formats_of(codec);
    if (formats.empty()) {
        return input;
    }
    // What every player can show.
    const AVPixelFormat common = is_deep(input) ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
    const auto has = [&](AVPixelFormat format) {
        return std::find(formats.begin(), formats.end(), format) != formats.end();
    };
    if (!keeps_format(codec) && has(common)) {
        return common;
    }
    formats.push_back(AV_PIX_FMT_NONE);
    return ffmpeg().avcodec_find_best_pix_fmt_of_list(formats.data(), input, 0, nullptr);
}

AVPixelFormat format_named(const AVCodec& codec, const std::string& name) {
    const AVPixelFormat format = ffmpeg().av_get_pix_fmt(name.c_str());
    const std::vector<AVPixelFormat> formats = formats_of(codec);
    if (format != AV_PIX_FMT_NONE &&
        (formats.empty() || std::find(formats.begin(), formats.end(), format) != formats.end())) {
        return format;
    }
    std::vector<std::string_view> names;
    std::transform(formats.begin(), formats.end(), std::back_inserter(names), [](AVPixelFormat known) {
        return std::string_view(ffmpeg().av_get_pix_fmt_name(known));
    });
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format(
            "'{}' is not a pixel format that {} takes: {}", name, codec.name, fmt::join(names, ", ")));
}

bool has_option(const AVCodecContext& context, const char* name) {
    return context.priv_data != nullptr &&
           ffmpeg().av_opt_find(context.priv_data, name, nullptr, 0, 0) != nullptr;
}

std::optional<int> usual_crf(const std::string& name) {
    const auto* found = std::find_if(
        usual_encoders.begin(), usual_encoders.end(), [&](const auto& usual) { return name == usual.name; });
    return found == usual_encoders.end() ? std::nullopt : std::optional(found->crf);
}

} // namespace

void choose_encoder(const EncoderWish& wish, EncoderSettings& settings) {
    settings.name = wish.name.empty() ? usual_encoder(wish.for_webm) : wish.name;
    const AVCodec& codec = find_encoder(settings.name);
    if (wish.for_y4m && wish.pixel_format.empty()) {
        settings.format =
            ffmpeg().avcodec_find_best_pix_fmt_of_list(y4m_formats.data(), wish.input_format, 0, nullptr);
        return;
    }
    settings.format = wish.pixel_format.empty() ? choose_format(codec, wish.input_format)
                                                : format_named(codec, wish.pixel_format);
}

VideoEncoder::VideoEncoder(const EncoderSettings& settings, Taker taker)
    : taker_(std::move(taker)) {
    const AVCodec& codec = find_encoder(settings.name);
    context_.reset(check_memory(ffmpeg().avcodec_alloc_context3(&codec)));
    AVCodecContext& context = *context_;
    context.width = settings.width;
    context.height = settings.height;
    context.pix_fmt = settings.format;
    context.sample_aspect_ratio = settings.pixel_aspect;
    context.time_base = settings.time_base;
    context.framerate = settings.frame_rate;
    context.colorspace = settings.colours.matrix;
    context.color_range = settings.colours.range;
    context.color_primaries = settings.colours.primaries;
    context.color_trc = settings.colours.transfer;
    context.chroma_sample_location = settings.colours.chroma;
    context.thread_count = settings.threads;
    context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_options(settings);
    check(
        ffmpeg().avcodec_open2(&context, &codec, nullptr),
        fmt::format("the encoder {} cannot be opened with these settings", settings.name),
        ErrorCode::unsupported);
}

void VideoEncoder::set_options(const EncoderSettings& settings) {
    const Ffmpeg& av = ffmpeg();
    AVCodecContext& context = *context_;
    const std::optional<int> crf = settings.crf ? settings.crf : usual_crf(settings.name);
    if (crf) {
        // NVENC's word for it is another one.
        const char* const option = has_option(context, "crf") ? "crf" : "cq";
        if (!has_option(context, option)) {
            throw Error(ErrorCode::invalid_argument, fmt::format("the encoder {} has no crf", settings.name));
        }
        check(
            av.av_opt_set(context.priv_data, option, std::to_string(*crf).c_str(), 0),
            fmt::format("{} is not a crf that {} takes", *crf, settings.name), ErrorCode::invalid_argument);
        context.bit_rate = 0;
    }
    if (!settings.preset.empty()) {
        if (!has_option(context, "preset")) {
            throw Error(
                ErrorCode::invalid_argument, fmt::format("the encoder {} has no presets", settings.name));
        }
        check_preset(settings);
        check(
            av.av_opt_set(context.priv_data, "preset", settings.preset.c_str(), 0),
            fmt::format("'{}' is not a preset that {} takes", settings.preset, settings.name),
            ErrorCode::invalid_argument);
    }
    if (has_option(context, "x265-params")) { // it would print its statistics
        av.av_opt_set(context.priv_data, "x265-params", "log-level=error", 0);
    }
    if (settings.name == "libvpx-vp9") {
        av.av_opt_set_int(context.priv_data, "row-mt", 1, 0);
    }
}

void VideoEncoder::encode(AVFrame& frame, std::int64_t duration) {
    if (duration > 0) {
        durations_[frame.pts] = duration;
    }
    send(&frame);
}

void VideoEncoder::finish() {
    send(nullptr);
}

void VideoEncoder::send(const AVFrame* frame) {
    const Ffmpeg& av = ffmpeg();
    check(av.avcodec_send_frame(context_.get(), frame), "encoding", ErrorCode::engine_failed);
    while (true) {
        const int code = av.avcodec_receive_packet(context_.get(), packet_.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
            return;
        }
        check(code, "encoding", ErrorCode::engine_failed);
        const auto known = durations_.find(packet_->pts);
        if (known != durations_.end()) {
            packet_->duration = known->second;
            durations_.erase(known);
        }
        taker_(*packet_);
        av.av_packet_unref(packet_.get());
    }
}

} // namespace kizuna::video
