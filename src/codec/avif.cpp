#include "base/checked.hpp"
#include "base/system.hpp"
#include "codec/avif_library.hpp"
#include "codec/avif_timing.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/icc.hpp"
#include "codec/whole_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

ErrorCode code_of(avifResult result) {
    switch (result) {
    case AVIF_RESULT_OUT_OF_MEMORY:
        return ErrorCode::out_of_memory;
    case AVIF_RESULT_NO_CODEC_AVAILABLE:
    case AVIF_RESULT_UNSUPPORTED_DEPTH:
    case AVIF_RESULT_NOT_IMPLEMENTED:
        return ErrorCode::unsupported;
    default:
        return ErrorCode::corrupt;
    }
}

void check_decoded(avifResult result, const avifDecoder& decoder) {
    if (result != AVIF_RESULT_OK) {
        throw Error(
            code_of(result), fmt::format(
                                 "the AVIF file cannot be decoded: {}{}{}", avif().result_to_string(result),
                                 decoder.diag.error[0] == '\0' ? "" : ", ", decoder.diag.error));
    }
}

/// The EXIF orientation that shows the picture as irot (turned first, anti-clockwise) and imir (mirrored
/// then) do.
int orientation_of(const avifImage& image) {
    // By quarter turns: alone, then followed by exchanging top and bottom, then left and right.
    constexpr std::array<std::array<int, 3>, 4> orientations{{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}};
    const bool turned = (image.transformFlags & AVIF_TRANSFORM_IROT) != 0;
    const bool mirrored = (image.transformFlags & AVIF_TRANSFORM_IMIR) != 0;
    const std::size_t turns = turned ? image.irot.angle & 3U : 0;
    const std::size_t mirror = mirrored ? 1U + (image.imir.mode & 1U) : 0;
    return orientations.at(turns).at(mirror);
}

/// HEIF: the boxes say how the picture is shown; an orientation in the EXIF data is to be ignored.
void replace_orientation(std::vector<std::byte>& exif, int orientation) {
    if (exif_orientation(exif) != orientation) {
        exif = with_exif_orientation(std::move(exif), orientation);
    }
}

Metadata read_metadata(const avifImage& image, const DecodeLimits& limits) {
    Metadata metadata;
    metadata.icc = metadata_blob(image.icc.data, image.icc.size, limits, "ICC profile");
    if (metadata.icc.empty() && image.yuvFormat != AVIF_PIXEL_FORMAT_YUV400) {
        metadata.icc = profile_of_cicp(image.colorPrimaries, image.transferCharacteristics);
    }
    metadata.exif = metadata_blob(image.exif.data, image.exif.size, limits, "EXIF block");
    metadata.xmp = metadata_blob(image.xmp.data, image.xmp.size, limits, "XMP packet");
    strip_exif_prefix(metadata.exif);
    replace_orientation(metadata.exif, orientation_of(image));
    return metadata;
}

/// One plane of a decoded picture.
struct Plane {
    const std::uint8_t* data;
    std::size_t row_bytes;
    std::uint32_t depth;
    bool full_range = true;

    [[nodiscard]] unsigned at(std::size_t x, std::size_t y) const {
        const std::uint8_t* const row = data + y * row_bytes;
        return depth == 8 ? row[x] : reinterpret_cast<const std::uint16_t*>(row)[x];
    }
};

/// What a stored value means as a full-range sample of `to_bits`, for every value that a plane can hold.
std::vector<std::uint16_t> range_table(const Plane& plane, unsigned to_bits) {
    const unsigned codes = 1U << plane.depth;
    const double black = plane.full_range ? 0 : 16U << (plane.depth - 8);
    const double white = plane.full_range ? codes - 1 : 235U << (plane.depth - 8);
    const double most = (1U << to_bits) - 1;
    std::vector<std::uint16_t> table(std::size_t{1} << (plane.depth == 8 ? 8U : 16U));
    for (std::size_t code = 0; code < table.size(); ++code) {
        const double value = (static_cast<double>(code) - black) / (white - black);
        table[code] = static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0, 1.0) * most));
    }
    return table;
}

/// Puts a plane into channel `channel` of a picture.
template <typename Sample>
void spread_plane(const Plane& plane, Image& picture, std::size_t channel) {
    const std::vector<std::uint16_t> table = range_table(plane, 8 * sizeof(Sample));
    const std::size_t channels = picture.format().channels;
    for (std::uint32_t y = 0; y < picture.height(); ++y) {
        auto* const row = reinterpret_cast<Sample*>(picture.row(y).data());
        for (std::size_t x = 0; x < picture.width(); ++x) {
            row[x * channels + channel] = static_cast<Sample>(table[plane.at(x, y)]);
        }
    }
}

void spread_plane(const Plane& plane, Image& picture, std::size_t channel) {
    if (plane.data == nullptr) {
        throw Error(ErrorCode::corrupt, "the AVIF file lacks a part of its picture");
    }
    if (picture.format().sample == SampleType::u8) {
        spread_plane<std::uint8_t>(plane, picture, channel);
    } else {
        spread_plane<std::uint16_t>(plane, picture, channel);
    }
}

void decode_grey(const avifImage& image, Image& picture) {
    spread_plane(
        {.data = image.yuvPlanes[AVIF_CHAN_Y],
         .row_bytes = image.yuvRowBytes[AVIF_CHAN_Y],
         .depth = image.depth,
         .full_range = image.yuvRange == AVIF_RANGE_FULL},
        picture, 0);
    if (picture.format().has_alpha()) {
        spread_plane(
            {.data = image.alphaPlane, .row_bytes = image.alphaRowBytes, .depth = image.depth}, picture, 1);
    }
}

// Grey with premultiplied alpha is left to libavif, which divides it in RGB only.
PixelFormat format_of(const avifDecoder& decoder, const avifImage& image) {
    const bool alpha = decoder.alphaPresent != 0;
    const bool grey =
        image.yuvFormat == AVIF_PIXEL_FORMAT_YUV400 && !(alpha && image.alphaPremultiplied != 0);
    return {
        .channels = static_cast<std::uint8_t>((grey ? 1 : 3) + (alpha ? 1 : 0)),
        .sample = image.depth == 8 ? SampleType::u8 : SampleType::u16};
}

/// The next image of the file into a picture of the size and format that the header says.
void decode_next(avifDecoder& decoder, Image& picture) {
    check_decoded(avif().decoder_next_image(&decoder), decoder);
    const avifImage& image = *decoder.image;
    // What the container promised may differ from what the AV1 data turn out to hold.
    const bool same_alpha = (image.alphaPlane != nullptr) == picture.format().has_alpha();
    if (image.width != picture.width() || image.height != picture.height() || !same_alpha ||
        format_of(decoder, image) != picture.format() || image.yuvPlanes[AVIF_CHAN_Y] == nullptr) {
        throw Error(ErrorCode::corrupt, "the AVIF file's picture is not the one that its header describes");
    }
    if (picture.format().colour_channels() == 1) {
        decode_grey(image, picture);
    } else {
        avifRGBImage rgb = avif_rgb_view(image, picture.format());
        rgb.pixels = as_writable_u8(picture.pixels());
        rgb.rowBytes = checked_cast<std::uint32_t>(picture.info().row_bytes());
        check_decoded(avif().yuv_to_rgb(&image, &rgb), decoder);
    }
}

using DecoderHandle = std::unique_ptr<avifDecoder, AvifDecoderDeleter>;

class AvifFrames final : public FrameSource {
  public:
    AvifFrames(std::vector<std::byte> file, DecoderHandle decoder, const ImageInfo& info, Animation animation)
        : FrameSource(info, std::move(animation))
        , file_(std::move(file))
        , decoder_(std::move(decoder))
        , frame_(info) {}

    const Image& next_frame() override {
        decode_next(*decoder_, frame_);
        return frame_;
    }

  private:
    std::vector<std::byte> file_;
    DecoderHandle decoder_; // points into file_
    Image frame_;
};

class AvifDecoder final : public WholeDecoder {
  public:
    AvifDecoder(std::vector<std::byte> file, const DecodeLimits& limits)
        : WholeDecoder(ImageFormat::avif)
        , file_(std::move(file))
        , decoder_(avif().decoder_create()) {
        if (!decoder_) {
            throw Error(ErrorCode::out_of_memory, "no memory to read the AVIF file");
        }
        set_options();
        check_decoded(avif().decoder_set_memory(decoder_.get(), as_u8(file_), file_.size()), *decoder_);
        check_decoded(avif().decoder_parse(decoder_.get()), *decoder_);
        const avifImage& image = *decoder_->image;
        check_dimensions(image.width, image.height, limits);
        decoder_->imageSizeLimit =
            image.width * image.height; // for AV1 data that are larger than the header says
        info_.width = image.width;
        info_.height = image.height;
        info_.format = format_of(*decoder_, image);
        info_.metadata = read_metadata(image, limits);
        read_animation(limits);
    }

    std::unique_ptr<FrameSource> take_frames() override {
        return std::make_unique<AvifFrames>(std::move(file_), std::move(decoder_), info_, *animation());
    }

  private:
    // libavif 0.11 does not know how often a sequence is to be shown.
    void read_animation(const DecodeLimits& limits) {
        const int frames = std::max(decoder_->imageCount, 1);
        check_frame_count(static_cast<std::uint64_t>(frames), limits);
        check_avif_timing(file_, static_cast<std::uint64_t>(frames));
        Animation found;
        for (int i = 0; i < frames; ++i) {
            avifImageTiming timing{};
            check_decoded(
                avif().decoder_timing(decoder_.get(), static_cast<std::uint32_t>(i), &timing), *decoder_);
            found.delays.push_back(frame_delay(timing.durationInTimescales, timing.timescale));
        }
        set_animation(std::move(found));
    }

    void set_options() {
        decoder_->maxThreads = available_cpus();
        // Widely spread encoders leave out boxes that the standard asks for; that takes nothing from their
        // pictures.
        decoder_->strictFlags = AVIF_STRICT_DISABLED;
        decoder_->imageDimensionLimit = 0; // AV1's own is 65536
    }

    void decode(Image& picture) override {
        decode_next(*decoder_, picture);
        decoder_.reset();
    }

    std::vector<std::byte> file_;
    DecoderHandle decoder_; // points into file_
};

} // namespace

std::unique_ptr<Decoder> open_avif(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<AvifDecoder>(read_whole_file(*in), limits);
}

} // namespace kizuna::codec
