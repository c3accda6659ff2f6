#include "video/plan.hpp"

#include "base/checked.hpp"
#include "video/picture_bytes.hpp"
#include "video/steadier.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

/// Tiles of which frames share those that stand still: a quarter more work than the largest ones where
/// everything moves, and far less where little does.
constexpr int shared_tile_px = 256;

struct Container {
    std::string_view extension;
    const char* name; ///< FFmpeg's
};

constexpr std::array containers{
    Container{".mkv", "matroska"}, Container{".mp4", "mp4"},   Container{".m4v", "mp4"},
    Container{".mov", "mov"},      Container{".webm", "webm"}, Container{".nut", "nut"},
};

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::invalid_argument, message);
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

std::string container_of(const std::filesystem::path& output) {
    const std::string extension = lower_case(output.extension().string());
    const auto* found = std::find_if(containers.begin(), containers.end(), [&](const Container& known) {
        return known.extension == extension;
    });
    if (found == containers.end()) {
        refuse(fmt::format(
            "{} has no ending that says what it is to be: .mkv, .mp4, .mov, .webm or .nut; or a sequence, "
            "like "
            "frames/%06d.png, or - for standard output",
            output.string()));
    }
    return found->name;
}

std::string container_of_pipe(const std::string& format) {
    if (format == "y4m") {
        return "yuv4mpegpipe";
    }
    if (format != "nut") {
        refuse(fmt::format("'{}' cannot be sent to a pipe; y4m and nut can", format));
    }
    return "nut";
}

std::int64_t as_microseconds(double seconds, std::string_view what) {
    constexpr double longest = 1e9; // thirty years
    if (!(seconds >= 0) || seconds > longest) {
        refuse(fmt::format("{} of {} seconds is not possible", what, seconds));
    }
    return std::llround(seconds * AV_TIME_BASE);
}

Window window_of(const VideoOptions& options) {
    Window window;
    window.begin_us = as_microseconds(options.begin_seconds, "a beginning");
    if (options.length_seconds != 0) {
        window.length_us = as_microseconds(options.length_seconds, "a length");
    }
    return window;
}

void check_options(const VideoOptions& options) {
    constexpr int most_tolerance = 255;
    if (options.still_tolerance < 0 || options.still_tolerance > most_tolerance) {
        refuse("the tolerance for still pictures is a number of levels from 0 to 255");
    }
    // What a frame is steadied by has to lie in the group before it.
    if (options.segment_frames <= static_cast<int>(Steadier::history)) {
        refuse(fmt::format("a segment needs at least {} frames", Steadier::history + 1));
    }
}

std::uint64_t guess_frames(const MediaInput& input, const Window& window) {
    const AVRational rate = input.frame_rate();
    if (window.is_whole() && input.video().nb_frames > 0) {
        return static_cast<std::uint64_t>(input.video().nb_frames);
    }
    double seconds = input.duration_seconds() - static_cast<double>(window.begin_us) / AV_TIME_BASE;
    if (window.length_us) {
        seconds = std::min(seconds, static_cast<double>(*window.length_us) / AV_TIME_BASE);
    }
    return rate.num > 0 && rate.den > 0 && seconds > 0
               ? static_cast<std::uint64_t>(std::llround(seconds * rate.num / rate.den))
               : 0;
}

template <typename T>
std::optional<T> side_data_of(const AVFrame& frame, AVFrameSideDataType type) {
    const AVFrameSideData* const data = ffmpeg().av_frame_get_side_data(&frame, type);
    if (data == nullptr || data->size < sizeof(T)) {
        return std::nullopt;
    }
    return *reinterpret_cast<const T*>(data->data);
}

/// Pixels are as wide as before, unless the size asked for stretches the picture.
AVRational pixel_aspect(AVRational before, const ImageInfo& from, std::uint32_t width, std::uint32_t height) {
    const double across = static_cast<double>(width) / from.width;
    const double down = static_cast<double>(height) / from.height;
    constexpr double rounding = 0.01; // of sides to whole, even numbers
    const bool is_known = before.num > 0 && before.den > 0;
    if (std::abs(across / down - 1) < rounding) {
        return is_known ? before : AVRational{0, 1};
    }
    const AVRational known = is_known ? before : AVRational{1, 1};
    constexpr int most = 65'535; // that H.264 can hold
    const double aspect = static_cast<double>(known.num) / known.den * down / across;
    return ffmpeg().av_d2q(aspect, most);
}

/// Sides are even where colour is stored for two pixels at once.
void set_size(VideoPlan& plan, const UpscalePlan& wanted) {
    const AVPixFmtDescriptor& format = *ffmpeg().av_pix_fmt_desc_get(plan.encoder.format);
    const bool is_stored = plan.kind != VideoPlan::Kind::sequence;
    const auto fitting = [&](std::uint32_t side, int log2_step) {
        const std::uint32_t step = is_stored ? 1U << static_cast<unsigned>(log2_step) : 1U;
        return (side + step - 1) / step * step;
    };
    const std::uint32_t width = fitting(wanted.target_width, format.log2_chroma_w);
    const std::uint32_t height = fitting(wanted.target_height, format.log2_chroma_h);
    if (width != wanted.target_width || height != wanted.target_height) {
        plan.upscale.scale = 0;
        plan.upscale.fit = false;
        plan.upscale.width_px = width;
        plan.upscale.height_px = height;
    }
    plan.result.width = width;
    plan.result.height = height;
}

void choose_output(VideoPlan& plan, const std::filesystem::path& output, const VideoOptions& options) {
    if (output == "-") {
        plan.kind = VideoPlan::Kind::stream;
        plan.muxer.container = container_of_pipe(options.pipe_format);
        plan.muxer.drop_streams = true;
        plan.muxer.pictures_only = plan.muxer.container != "nut";
        return;
    }
    plan.muxer.drop_streams = options.drop_streams;
    plan.sequence = SequenceName::parse(output);
    if (plan.sequence) {
        plan.kind = VideoPlan::Kind::sequence;
    } else {
        plan.muxer.container = container_of(output);
    }
}

void choose_encoding(
    VideoPlan& plan, const AVFrame& first, const MediaInput& input, const VideoOptions& options) {
    EncoderWish wish;
    wish.name = options.encoder;
    wish.pixel_format = options.pixel_format;
    wish.for_webm = plan.muxer.container == "webm";
    wish.for_y4m = plan.muxer.container == "yuv4mpegpipe";
    wish.input_format = static_cast<AVPixelFormat>(first.format);
    if (wish.name.empty() && plan.kind == VideoPlan::Kind::stream) {
        wish.name = wish.for_y4m ? "wrapped_avframe" : "rawvideo";
    }
    EncoderSettings& encoder = plan.encoder;
    choose_encoder(wish, encoder);
    encoder.crf = options.crf;
    encoder.preset = options.preset;
    encoder.time_base = input.video().time_base;
    encoder.frame_rate = input.frame_rate();
    encoder.colours = traits_for(encoder.format, traits_of(first));
}

void check_sequence_options(const VideoOptions& options) {
    if (!options.encoder.empty() || options.crf || !options.preset.empty() || !options.pixel_format.empty()) {
        refuse("pictures of a sequence are written as their ending says; encoders are for videos");
    }
}

std::string text_of(AVRational value) {
    return fmt::format("{}/{}", value.num, value.den);
}

FramePtr first_frame(VideoDecoder& decoder, const Window& window) {
    FramePtr first = decoder.next();
    if (!first && window.is_whole()) {
        throw Error(ErrorCode::corrupt, "no picture of the video can be decoded");
    }
    if (!first) {
        refuse(fmt::format("the video has no picture from {} on", time_text(window.begin_us)));
    }
    return first;
}

/// How large pictures become, and in which tiles.
void plan_pictures(VideoPlan& plan, const FrameUpscaler& upscaler, const VideoOptions& options) {
    plan.upscale = options.upscale;
    if (plan.upscale.tile_px == 0 && upscaler.has_small_tiles()) {
        plan.upscale.tile_px = shared_tile_px;
    }
    plan.tile_limits = upscaler.tile_limits();
    plan.result = plan.input;
    set_size(plan, upscaler.plan(plan.input.width, plan.input.height, plan.upscale, plan.tile_limits));
    plan.picture_width = plan.result.width;
    if (options.compare) {
        plan.result.width = checked_mul<std::uint32_t>(plan.result.width, 2);
    }
}

/// What the encoder and the container are told of the pictures.
void describe_pictures(VideoPlan& plan, AVFrame& first, const MediaInput& input) {
    plan.encoder.pixel_aspect = pixel_aspect(
        ffmpeg().av_guess_sample_aspect_ratio(&input.format(), &input.video(), &first), plan.input,
        plan.picture_width, plan.result.height);
    plan.encoder.width = checked_cast<int>(plan.result.width);
    plan.encoder.height = checked_cast<int>(plan.result.height);
    plan.muxer.hdr.mastering =
        side_data_of<AVMasteringDisplayMetadata>(first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    plan.muxer.hdr.light = side_data_of<AVContentLightMetadata>(first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
}

} // namespace

VideoPlan plan_video(
    const FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    const VideoOptions& options) {
    check_options(options);
    VideoPlan plan;
    choose_output(plan, output, options);
    plan.decoder = {window_of(options), options.deinterlace, options.upscale.max_pixels};
    plan.muxer.window = plan.decoder.window;
    VideoDecoder decoder(input, plan.decoder);
    const FramePtr first = first_frame(decoder, plan.decoder.window);
    plan.input.width = checked_cast<std::uint32_t>(first->width);
    plan.input.height = checked_cast<std::uint32_t>(first->height);
    plan.input.format = {
        3, is_deep(static_cast<AVPixelFormat>(first->format)) ? SampleType::u16 : SampleType::u8};
    plan.frames = guess_frames(decoder.input(), plan.decoder.window);
    if (plan.kind == VideoPlan::Kind::sequence) {
        check_sequence_options(options);
        plan.encoder.format = AV_PIX_FMT_RGB24;
        plan_pictures(plan, upscaler, options);
        check_picture(plan.result.width, plan.result.height, output);
        return plan;
    }
    choose_encoding(plan, *first, decoder.input(), options);
    plan_pictures(plan, upscaler, options);
    describe_pictures(plan, *first, decoder.input());
    const VideoEncoder opened(plan.encoder, [](AVPacket&) {});
    check_container(decoder.input(), opened.context().codec_id, plan.muxer);
    return plan;
}

Json describe_work(
    const FrameUpscaler& upscaler, const std::filesystem::path& input, const VideoPlan& plan,
    const VideoOptions& options) {
    const EncoderSettings& encoder = plan.encoder;
    const UpscaleOptions& upscale = plan.upscale;
    const ColourTraits& colours = encoder.colours;
    return {
        {"input", identity_of_file(input)},
        {"network", upscaler.identity()},
        {"size", fmt::format("{}x{}", plan.result.width, plan.result.height)},
        {"tiles", fmt::format(
                      "{} px, overlap {}, blend {}, tta {}, syncgap {}", upscale.tile_px, upscale.overlap_px,
                      static_cast<int>(upscale.blend), upscale.tta, upscale.syncgap)},
        {"part", fmt::format("{}+{}", options.begin_seconds, options.length_seconds)},
        {"deinterlace", static_cast<int>(options.deinterlace)},
        {"still_tolerance", options.still_tolerance},
        {"temporal", options.temporal},
        {"compare", options.compare},
        {"segment_frames", options.segment_frames},
        {"container", plan.muxer.container},
        {"encoder", encoder.name},
        {"crf", encoder.crf ? Json(*encoder.crf) : Json()},
        {"preset", encoder.preset},
        {"pixel_format", std::string(ffmpeg().av_get_pix_fmt_name(encoder.format))},
        {"frame_rate", text_of(encoder.frame_rate)},
        {"time_base", text_of(encoder.time_base)},
        {"colours", fmt::format(
                        "{} {} {} {} {}", static_cast<int>(colours.matrix), static_cast<int>(colours.range),
                        static_cast<int>(colours.primaries), static_cast<int>(colours.transfer),
                        static_cast<int>(colours.chroma))},
        {"ffmpeg", fmt::format("{:x} {:x}", ffmpeg().avcodec_version(), ffmpeg().swscale_version())},
    };
}

} // namespace kizuna::video
