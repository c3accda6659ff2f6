#include "codec/codec.hpp"

#include "base/log.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/icc.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace kizuna {
namespace {

using OpenDecoder = std::unique_ptr<Decoder> (*)(std::unique_ptr<InputStream>, const DecodeLimits&);
using OpenEncoder = std::unique_ptr<RowSink> (*)(OutputStream&, const ImageInfo&, const EncodeOptions&);
using OpenAnimationEncoder =
    std::unique_ptr<FrameSink> (*)(OutputStream&, const ImageInfo&, const Animation&, const EncodeOptions&);
using Sniff = bool (*)(std::span<const std::byte> head);
using Storable = PixelFormat (*)(PixelFormat wanted);

struct Range {
    int low = 0;
    int high = -1; // low > high: the format has no such option

    [[nodiscard]] bool exists() const { return low <= high; }
};

/// All that the facade knows of a format.
struct Format {
    ImageFormat format;
    std::array<std::string_view, 2> names; // the first one is the format's name, the second an alias
    std::string_view title;                // for people
    Sniff sniff;
    OpenDecoder open;
    OpenEncoder encode;
    OpenAnimationEncoder animate; // nullptr: it holds none
    Storable storable;
    std::uint32_t max_side;
    Range quality;
    Range effort;
    bool takes_lossless;          // the option has a meaning, or the format is never anything else
    bool density_in_exif = false; // the format has no place of its own for it
};

bool starts_with(std::span<const std::byte> head, std::string_view magic, std::size_t at = 0) {
    return head.size() >= at + magic.size() && std::memcmp(head.data() + at, magic.data(), magic.size()) == 0;
}

using namespace std::string_view_literals; // magic numbers hold zero bytes

bool is_png(std::span<const std::byte> head) {
    return starts_with(head, "\x89PNG\r\n\x1a\n"sv);
}

bool is_jpeg(std::span<const std::byte> head) {
    return starts_with(head, "\xff\xd8\xff"sv);
}

bool is_webp(std::span<const std::byte> head) {
    return starts_with(head, "RIFF"sv) && starts_with(head, "WEBP"sv, 8);
}

bool is_avif(std::span<const std::byte> head) {
    if (!starts_with(head, "ftyp"sv, 4)) {
        return false;
    }
    // The major brand, then (after the minor version) the compatible ones, as far as we can see.
    for (std::size_t at = 8; at + 4 <= head.size(); at += 4) {
        if (starts_with(head, "avif"sv, at) || starts_with(head, "avis"sv, at)) {
            return true;
        }
    }
    return false;
}

bool is_jxl(std::span<const std::byte> head) {
    return starts_with(head, "\xff\x0a"sv) || starts_with(head, "\0\0\0\x0cJXL \r\n\x87\n"sv);
}

bool is_tiff(std::span<const std::byte> head) {
    return starts_with(head, "II*\0"sv) || starts_with(head, "MM\0*"sv) || starts_with(head, "II+\0"sv) ||
           starts_with(head, "MM\0+"sv);
}

bool is_bmp(std::span<const std::byte> head) {
    // "BM" alone begins many texts: the header's size, one of the known ones, must follow.
    constexpr std::array header_sizes{12, 16, 40, 52, 56, 64, 108, 124};
    return starts_with(head, "BM"sv) && starts_with(head, "\0\0\0"sv, 15) &&
           std::find(header_sizes.begin(), header_sizes.end(), std::to_integer<int>(head[14])) !=
               header_sizes.end();
}

bool is_gif(std::span<const std::byte> head) {
    return starts_with(head, "GIF87a"sv) || starts_with(head, "GIF89a"sv);
}

/// What a PNG file holds is told by its chunks.
bool is_nothing(std::span<const std::byte> /*head*/) {
    return false;
}

std::uint8_t without_alpha(std::uint8_t channels) {
    return channels == 2 ? 1 : channels == 4 ? 3 : channels;
}

std::uint8_t without_grey(std::uint8_t channels) {
    return channels == 1 ? 3 : channels == 2 ? 4 : channels;
}

SampleType integer(SampleType sample) {
    return sample == SampleType::f32 ? SampleType::u16 : sample;
}

PixelFormat anything(PixelFormat wanted) {
    return wanted;
}

PixelFormat integers(PixelFormat wanted) {
    return {wanted.channels, integer(wanted.sample)};
}

PixelFormat opaque_8_bit(PixelFormat wanted) {
    return {without_alpha(wanted.channels), SampleType::u8};
}

PixelFormat colour_8_bit(PixelFormat wanted) {
    return {without_grey(wanted.channels), SampleType::u8};
}

constexpr std::uint32_t signed_32_bit = std::numeric_limits<std::int32_t>::max();
constexpr Range none{};

// clang-format off
constexpr std::array formats{
    Format{ImageFormat::png, {"png"}, "PNG", is_png, codec::open_png, codec::encode_png,
           nullptr, integers, signed_32_bit, none, {0, 9}, true},
    Format{ImageFormat::jpeg, {"jpeg", "jpg"}, "JPEG", is_jpeg, codec::open_jpeg, codec::encode_jpeg,
           nullptr, opaque_8_bit, 65500, {1, 100}, none, false}, // libjpeg's JPEG_MAX_DIMENSION
    Format{ImageFormat::webp, {"webp"}, "WebP", is_webp, codec::open_webp, codec::encode_webp,
           codec::animate_webp, colour_8_bit, 16383, {0, 100}, {0, 6}, true, true},
    Format{ImageFormat::avif, {"avif"}, "AVIF", is_avif, codec::open_avif, codec::encode_avif,
           codec::animate_avif, integers, 65535, {0, 100}, {0, 10}, true, true},
    Format{ImageFormat::jxl, {"jxl"}, "JPEG XL", is_jxl, codec::open_jxl, codec::encode_jxl,
           codec::animate_jxl, integers, 1U << 30U, {0, 100}, {1, 9}, true, true},
    Format{ImageFormat::tiff, {"tiff", "tif"}, "TIFF", is_tiff, codec::open_tiff, codec::encode_tiff,
           nullptr, anything, signed_32_bit, none, none, true},
    Format{ImageFormat::bmp, {"bmp"}, "BMP", is_bmp, codec::open_bmp, codec::encode_bmp,
           nullptr, colour_8_bit, signed_32_bit, none, none, true},
    Format{ImageFormat::gif, {"gif"}, "GIF", is_gif, codec::open_gif, codec::encode_gif,
           codec::animate_gif, colour_8_bit, 65535, none, none, false},
    Format{ImageFormat::apng, {"apng"}, "APNG", is_nothing, codec::open_png, codec::encode_png,
           codec::animate_apng, integers, signed_32_bit, none, {0, 9}, true},
};

// clang-format on

const Format& row_of(ImageFormat format) noexcept {
    return formats[static_cast<std::size_t>(format)];
}

void check_range(const Format& format, std::string_view what, std::optional<int> value, Range range) {
    if (!value || (range.exists() && *value >= range.low && *value <= range.high)) {
        return;
    }
    const std::string problem = range.exists()
                                    ? fmt::format(
                                          "{} {} is out of range: {} takes {} to {}", what, *value,
                                          format.title, range.low, range.high)
                                    : fmt::format("{} has no {} setting; leave it out", format.title, what);
    throw Error(ErrorCode::invalid_argument, problem);
}

/// The titles of the formats that `wanted` holds for.
template <typename Wanted>
std::string titles(const Wanted& wanted) {
    std::string list;
    for (const Format& format : formats) {
        if (wanted(format)) {
            list += list.empty() ? "" : ", ";
            list += format.title;
        }
    }
    return list;
}

void check_encodable(const Format& format, const ImageInfo& info) {
    if (info.width == 0 || info.height == 0 || format.storable(info.format) != info.format) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "{} cannot hold a picture of {}x{} with {} channels of {} bits", format.title, info.width,
                info.height, info.format.channels, 8 * bytes_per_sample(info.format.sample)));
    }
    if (std::max(info.width, info.height) > format.max_side) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "{}x{} is too large for {}, which ends at {} pixels per side; PNG and TIFF can hold it",
                info.width, info.height, format.title, format.max_side));
    }
}

/// A picture that was grey keeps its profile until it is known whether the format has grey.
void drop_misfit_profile(const Format& format, ImageInfo& info) {
    if (info.format.colour_channels() == 3 && codec::is_grey_profile(info.metadata.icc)) {
        info.metadata.icc.clear();
        log(LogLevel::warning,
            fmt::format(
                "the ICC profile is one for grey; the {} file has RGB, and it is left out", format.title));
    }
}

/// What is to be written, when all has been checked.
ImageInfo prepare(const Format& format, const ImageInfo& info, const EncodeOptions& options) {
    check_encodable(format, info);
    check_encode_options(format.format, options);
    ImageInfo stored = info;
    drop_misfit_profile(format, stored);
    Metadata& metadata = stored.metadata;
    if (format.density_in_exif && metadata.density) {
        metadata.exif = codec::with_exif_density(std::move(metadata.exif), *metadata.density);
    }
    codec::set_exif_dimensions(metadata.exif, info.width, info.height);
    return stored;
}

} // namespace

std::string_view to_string(ImageFormat format) noexcept {
    return row_of(format).names.front();
}

std::optional<ImageFormat> image_format_from_name(std::string_view name) noexcept {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    for (const Format& format : formats) {
        for (const std::string_view known : format.names) {
            if (!name.empty() && std::equal(name.begin(), name.end(), known.begin(), known.end(), same)) {
                return format.format;
            }
        }
    }
    return std::nullopt;
}

std::optional<ImageFormat> sniff_image_format(std::span<const std::byte> head) noexcept {
    for (const Format& format : formats) {
        if (format.sniff(head.first(std::min(head.size(), sniff_bytes)))) {
            return format.format;
        }
    }
    return std::nullopt;
}

void Decoder::complete_density() {
    if (!info_.metadata.density) {
        info_.metadata.density = codec::exif_density(info_.metadata.exif);
    }
}

std::unique_ptr<FrameSource> Decoder::take_frames() {
    throw Error(ErrorCode::internal, "the file holds no animation");
}

void Decoder::set_animation(Animation animation) {
    frame_count_ = std::max(1U, static_cast<std::uint32_t>(animation.delays.size()));
    if (frame_count_ > 1) {
        animation_ = std::move(animation);
        format_ = format_ == ImageFormat::png ? ImageFormat::apng : format_;
    }
}

std::unique_ptr<Decoder> open_decoder(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    std::array<std::byte, sniff_bytes> head{};
    in->seek(0);
    const std::size_t got = in->read(head);
    in->seek(0);
    if (got == 0) {
        throw Error(ErrorCode::corrupt, "the file is empty");
    }
    const std::optional<ImageFormat> format = sniff_image_format(std::span(head).first(got));
    if (!format) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "this is not a picture of a kind that can be read ({})",
                titles([](const Format& known) { return known.sniff != is_nothing; })));
    }
    auto decoder = row_of(*format).open(std::move(in), limits);
    decoder->complete_density();
    return decoder;
}

PixelFormat storable_format(ImageFormat format, PixelFormat wanted) noexcept {
    return row_of(format).storable(wanted);
}

std::uint32_t max_side(ImageFormat format) noexcept {
    return row_of(format).max_side;
}

void check_encode_options(ImageFormat format, const EncodeOptions& options) {
    const Format& row = row_of(format);
    check_range(row, "quality", options.quality, row.quality);
    check_range(row, "effort", options.effort, row.effort);
    if (options.lossless && !row.takes_lossless) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} cannot be lossless; PNG, WebP, AVIF, JPEG XL and TIFF can", row.title));
    }
}

std::unique_ptr<RowSink>
open_encoder(ImageFormat format, OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    const Format& row = row_of(format);
    return row.encode(out, prepare(row, info, options), options);
}

bool can_animate(ImageFormat format) noexcept {
    return row_of(format).animate != nullptr;
}

std::string animated_formats() {
    return titles([](const Format& format) { return format.animate != nullptr; });
}

std::unique_ptr<FrameSink> open_animation_encoder(
    ImageFormat format, OutputStream& out, const ImageInfo& info, const Animation& animation,
    const EncodeOptions& options) {
    const Format& row = row_of(format);
    if (row.animate == nullptr) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("{} holds no animations; {} do", row.title, animated_formats()));
    }
    return row.animate(out, prepare(row, info, options), animation, options);
}

namespace codec {

void check_dimensions(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
    if (width == 0 || height == 0) {
        throw Error(
            ErrorCode::corrupt, fmt::format("the header says {}x{}, an empty picture", width, height));
    }
    if (width > std::numeric_limits<std::uint32_t>::max() || height > limits.max_pixels / width) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format(
                                           "{}x{} is more than the limit of {} pixels (max-pixels raises it)",
                                           width, height, limits.max_pixels));
    }
}

void check_frame_count(std::uint64_t frames, const DecodeLimits& limits) {
    if (frames > limits.max_frames) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("the animation has more than the {} frames that are allowed", limits.max_frames));
    }
}

} // namespace codec
} // namespace kizuna
