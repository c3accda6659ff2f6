#include "video/colour.hpp"

#include "base/checked.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

constexpr int full_range = 1;
constexpr int neutral = 1 << 16; // contrast and saturation of 1, as swscale counts

const AVPixFmtDescriptor& description_of(AVPixelFormat format) {
    const AVPixFmtDescriptor* const description = ffmpeg().av_pix_fmt_desc_get(format);
    if (description == nullptr) {
        throw Error(ErrorCode::unsupported, "the video's pixel format is not known to this FFmpeg");
    }
    return *description;
}

bool is_rgb(AVPixelFormat format) {
    return (description_of(format).flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

bool is_subsampled(AVPixelFormat format) {
    const AVPixFmtDescriptor& description = description_of(format);
    return description.log2_chroma_w > 0 || description.log2_chroma_h > 0;
}

/// What players take untagged pictures for.
AVColorSpace matrix_of_size(int width, int height) {
    constexpr int widest_sd = 1024;
    constexpr int highest_sd = 576;
    return width > widest_sd || height > highest_sd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

bool is_matrix_known(AVColorSpace matrix) {
    switch (matrix) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_SMPTE240M:
    case AVCOL_SPC_BT2020_NCL:
        return true;
    default:
        return false;
    }
}

/// Formats of the JPEG family say by their name that they have the full range.
bool has_full_range(AVPixelFormat format, AVColorRange range) {
    if (is_rgb(format)) {
        return true;
    }
    switch (format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
        return true;
    default:
        return range == AVCOL_RANGE_JPEG;
    }
}

/// Where the samples of colour lie between those of brightness, in 256ths of the latter's distance.
struct ChromaPosition {
    int x;
    int y;
};

ChromaPosition position_of(AVChromaLocation location) {
    switch (location) {
    case AVCHROMA_LOC_CENTER:
        return {128, 128};
    case AVCHROMA_LOC_TOPLEFT:
        return {0, 0};
    case AVCHROMA_LOC_TOP:
        return {128, 0};
    case AVCHROMA_LOC_BOTTOMLEFT:
        return {0, 256};
    case AVCHROMA_LOC_BOTTOM:
        return {128, 256};
    default: // MPEG-2's, H.264's and HEVC's own
        return {0, 128};
    }
}

void set(SwsContext& context, const char* option, int value) {
    check(ffmpeg().av_opt_set_int(&context, option, value, 0), "converting colours", ErrorCode::internal);
}

void set_position(SwsContext& context, char side, AVPixelFormat format, AVChromaLocation location) {
    const AVPixFmtDescriptor& description = description_of(format);
    const ChromaPosition position = position_of(location);
    if (description.log2_chroma_w == 1) {
        set(context, fmt::format("{}_h_chr_pos", side == 's' ? "src" : "dst").c_str(), position.x);
    }
    if (description.log2_chroma_h == 1) {
        set(context, fmt::format("{}_v_chr_pos", side == 's' ? "src" : "dst").c_str(), position.y);
    }
}

AVPixelFormat rgb_format(PixelFormat format) {
    return format.sample == SampleType::u8 ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGB48;
}

FramePtr make_picture(int width, int height, AVPixelFormat format) {
    FramePtr frame = make_frame();
    frame->width = width;
    frame->height = height;
    frame->format = format;
    check(ffmpeg().av_frame_get_buffer(frame.get(), 0), "a picture of the video");
    return frame;
}

} // namespace

bool is_deep(AVPixelFormat format) {
    const AVPixFmtDescriptor& description = description_of(format);
    return std::any_of(
        description.comp, description.comp + description.nb_components,
        [](const AVComponentDescriptor& component) { return component.depth > 8; });
}

bool has_alpha(AVPixelFormat format) {
    return (description_of(format).flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

ColourTraits traits_of(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    ColourTraits traits{
        frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc, frame.chroma_location};
    traits.range = has_full_range(format, frame.color_range) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (is_rgb(format)) {
        traits.matrix = AVCOL_SPC_RGB;
        return traits;
    }
    if (traits.matrix == AVCOL_SPC_UNSPECIFIED || traits.matrix == AVCOL_SPC_RESERVED) {
        traits.matrix = matrix_of_size(frame.width, frame.height);
    }
    if (!is_matrix_known(traits.matrix)) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the video's colours are stored by a matrix (number {} of ITU-T H.273) that cannot be "
                "converted; make it BT.709 or BT.2020 (non-constant luminance) first",
                static_cast<int>(traits.matrix)));
    }
    return traits;
}

ColourTraits traits_for(AVPixelFormat format, const ColourTraits& from) {
    ColourTraits traits = from;
    if (is_rgb(format)) {
        traits.matrix = AVCOL_SPC_RGB;
        traits.range = AVCOL_RANGE_JPEG;
        traits.chroma = AVCHROMA_LOC_UNSPECIFIED;
        return traits;
    }
    if (from.matrix == AVCOL_SPC_RGB) {
        traits.matrix = AVCOL_SPC_BT709;
        traits.range = AVCOL_RANGE_MPEG;
    }
    if (has_full_range(format, AVCOL_RANGE_UNSPECIFIED)) {
        traits.range = AVCOL_RANGE_JPEG;
    }
    if (!is_subsampled(format)) {
        traits.chroma = AVCHROMA_LOC_UNSPECIFIED;
    } else if (traits.chroma == AVCHROMA_LOC_UNSPECIFIED) {
        traits.chroma = AVCHROMA_LOC_LEFT;
    }
    return traits;
}

Converter::Converter(
    int width, int height, AVPixelFormat from, const ColourTraits& from_traits, AVPixelFormat to,
    const ColourTraits& to_traits)
    : context_(check_memory(ffmpeg().sws_alloc_context())) {
    const Ffmpeg& av = ffmpeg();
    if (av.sws_isSupportedInput(from) <= 0 || av.sws_isSupportedOutput(to) <= 0) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "this FFmpeg cannot convert {} to {}", description_of(from).name, description_of(to).name));
    }
    SwsContext& context = *context_;
    set(context, "srcw", width);
    set(context, "srch", height);
    set(context, "src_format", from);
    set(context, "dstw", width);
    set(context, "dsth", height);
    set(context, "dst_format", to);
    set(context, "sws_flags",
        SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT);
    set_position(context, 's', from, from_traits.chroma);
    set_position(context, 'd', to, to_traits.chroma);
    const int from_range = from_traits.range == AVCOL_RANGE_JPEG ? full_range : 0;
    const int to_range = to_traits.range == AVCOL_RANGE_JPEG ? full_range : 0;
    set(context, "src_range", from_range);
    set(context, "dst_range", to_range);
    check(av.sws_init_context(&context, nullptr, nullptr), "converting colours", ErrorCode::unsupported);
    // Refused, and not needed, where both are RGB.
    av.sws_setColorspaceDetails(
        &context, av.sws_getCoefficients(from_traits.matrix), from_range,
        av.sws_getCoefficients(to_traits.matrix), to_range, 0, neutral, neutral);
}

void Converter::convert(const AVFrame& from, AVFrame& to) const {
    check(
        ffmpeg().sws_scale(
            context_.get(), static_cast<const std::uint8_t* const*>(from.data), from.linesize, 0, from.height,
            static_cast<std::uint8_t* const*>(to.data), to.linesize),
        "converting colours", ErrorCode::internal);
}

FrameReader::FrameReader(const AVFrame& like, const ColourTraits& traits)
    : format_{3, is_deep(static_cast<AVPixelFormat>(like.format)) ? SampleType::u16 : SampleType::u8}
    , converter_(
          like.width, like.height, static_cast<AVPixelFormat>(like.format), traits, rgb_format(format_),
          {AVCOL_SPC_RGB, AVCOL_RANGE_JPEG})
    , rgb_(make_picture(like.width, like.height, rgb_format(format_))) {}

Image FrameReader::read(const AVFrame& frame) {
    converter_.convert(frame, *rgb_);
    ImageInfo info;
    info.width = checked_cast<std::uint32_t>(frame.width);
    info.height = checked_cast<std::uint32_t>(frame.height);
    info.format = format_;
    Image picture(info);
    for (std::uint32_t y = 0; y < info.height; ++y) {
        const auto* row = reinterpret_cast<const std::byte*>(
            rgb_->data[0] + static_cast<std::ptrdiff_t>(y) * rgb_->linesize[0]);
        std::copy_n(row, info.row_bytes(), picture.row(y).begin());
    }
    return picture;
}

FrameWriter::FrameWriter(const ImageInfo& like, AVPixelFormat format, const ColourTraits& traits)
    : like_(like)
    , format_(format)
    , traits_(traits)
    , converter_(
          checked_cast<int>(like.width), checked_cast<int>(like.height), rgb_format(like.format),
          {AVCOL_SPC_RGB, AVCOL_RANGE_JPEG}, format, traits)
    , rgb_(make_picture(
          checked_cast<int>(like.width), checked_cast<int>(like.height), rgb_format(like.format))) {}

FramePtr FrameWriter::write(const Image& picture) {
    for (std::uint32_t y = 0; y < like_.height; ++y) {
        auto* row =
            reinterpret_cast<std::byte*>(rgb_->data[0] + static_cast<std::ptrdiff_t>(y) * rgb_->linesize[0]);
        std::copy_n(picture.row(y).begin(), like_.row_bytes(), row);
    }
    FramePtr frame = make_picture(rgb_->width, rgb_->height, format_);
    converter_.convert(*rgb_, *frame);
    frame->colorspace = traits_.matrix;
    frame->color_range = traits_.range;
    frame->color_primaries = traits_.primaries;
    frame->color_trc = traits_.transfer;
    frame->chroma_location = traits_.chroma;
    return frame;
}

} // namespace kizuna::video
