#include "base/checked.hpp"
#include "base/log.hpp"
#include "base/system.hpp"
#include "codec/avif_library.hpp"
#include "codec/codecs.hpp"
#include "codec/frame_delays.hpp"
#include "codec/whole_picture.hpp"

#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

constexpr int default_quality = 80;
constexpr int default_effort = 4;
constexpr int full_colour_quality = 90; ///< from here on, colour keeps every pixel

struct Settings {
    bool lossless = false;
    int quality = default_quality;
    int speed = AVIF_SPEED_FASTEST - default_effort;
};

Settings settings_of(const EncodeOptions& options) {
    Settings settings;
    settings.quality = options.quality.value_or(default_quality);
    settings.lossless = options.lossless || settings.quality == 100;
    settings.speed = AVIF_SPEED_FASTEST - options.effort.value_or(default_effort);
    return settings;
}

/// 0 to 100 on the encoder's scale of 63 (worst) to 0.
int quantizer_of(int quality) {
    return ((100 - quality) * AVIF_QUANTIZER_WORST_QUALITY + 50) / 100;
}

avifPixelFormat layout_of(const PixelFormat& format, const Settings& settings) {
    if (format.colour_channels() == 1) {
        return AVIF_PIXEL_FORMAT_YUV400;
    }
    return settings.lossless || settings.quality >= full_colour_quality ? AVIF_PIXEL_FORMAT_YUV444
                                                                        : AVIF_PIXEL_FORMAT_YUV420;
}

/// libavif refuses to write EXIF data that are none.
bool is_tiff(std::span<const std::byte> exif) {
    const auto begins_with = [&](std::string_view magic) {
        return exif.size() >= magic.size() && std::memcmp(exif.data(), magic.data(), magic.size()) == 0;
    };
    using namespace std::string_view_literals;
    return begins_with("II*\0"sv) || begins_with("MM\0*"sv);
}

void set_blob(avifRWData& target, std::span<const std::byte> blob) {
    if (!blob.empty()) {
        avif().data_set(&target, as_u8(blob), blob.size());
    }
}

/// One picture, or several. Samples of 16 bits become 12, the most that AV1 knows.
class AvifWriter {
  public:
    /// A missing library is told here, before the work.
    explicit AvifWriter(const EncodeOptions& options)
        : settings_(settings_of(options))
        , encoder_(avif().encoder_create()) {
        if (!encoder_) {
            throw Error(ErrorCode::out_of_memory, "no memory to encode the AVIF file");
        }
        encoder_->maxThreads = available_cpus();
        encoder_->speed = settings_.speed;
        encoder_->autoTiling = AVIF_TRUE;
        encoder_->minQuantizer = settings_.lossless ? 0 : quantizer_of(settings_.quality);
        encoder_->maxQuantizer = encoder_->minQuantizer;
        encoder_->minQuantizerAlpha = 0; // alpha is small, and its damage shows at every edge
        encoder_->maxQuantizerAlpha = 0;
    }

    void set_timescale(std::uint32_t per_second) { encoder_->timescale = per_second; }

    void
    add(const Image& picture, const Metadata& metadata, std::uint32_t duration, avifAddImageFlags flags) {
        const auto image = make_image(picture, metadata);
        check_encoded(
            avif().encoder_add_image(encoder_.get(), image.get(), duration, flags), encoder_->diag.error);
    }

    void finish(OutputStream& out) {
        avifRWData file = AVIF_DATA_EMPTY;
        const avifResult result = avif().encoder_finish(encoder_.get(), &file);
        const std::unique_ptr<avifRWData, decltype(avif().data_free)> freed(&file, avif().data_free);
        check_encoded(result, encoder_->diag.error);
        out.write({reinterpret_cast<const std::byte*>(file.data), file.size});
    }

  private:
    [[nodiscard]] std::unique_ptr<avifImage, AvifImageDeleter>
    make_image(const Image& picture, const Metadata& metadata) const {
        const PixelFormat format = picture.format();
        std::unique_ptr<avifImage, AvifImageDeleter> image(avif().image_create(
            picture.width(), picture.height(), format.sample == SampleType::u8 ? 8 : 12,
            layout_of(format, settings_)));
        if (!image) {
            throw Error(ErrorCode::out_of_memory, "no memory to encode the AVIF file");
        }
        image->yuvRange = AVIF_RANGE_FULL;
        image->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
        image->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
        // Lossless: the planes are green, blue and red themselves.
        const bool identity = settings_.lossless && format.colour_channels() == 3;
        image->matrixCoefficients =
            identity ? AVIF_MATRIX_COEFFICIENTS_IDENTITY : AVIF_MATRIX_COEFFICIENTS_BT601;
        add_metadata(*image, metadata);
        fill_planes(*image, picture);
        return image;
    }

    static void add_metadata(avifImage& image, const Metadata& metadata) {
        if (!metadata.icc.empty()) {
            avif().image_set_icc(&image, as_u8(metadata.icc), metadata.icc.size());
            image.colorPrimaries = AVIF_COLOR_PRIMARIES_UNSPECIFIED;
            image.transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_UNSPECIFIED;
        }
        // Not by avifImageSetMetadataExif, which would add irot and imir for an orientation.
        if (is_tiff(metadata.exif)) {
            set_blob(image.exif, metadata.exif);
        }
        set_blob(image.xmp, metadata.xmp);
    }

    static void fill_planes(avifImage& image, const Image& picture) {
        const PixelFormat format = picture.format();
        if (format.colour_channels() == 3) {
            avifRGBImage rgb = avif_rgb_view(image, format);
            rgb.pixels = const_cast<std::uint8_t*>(as_u8(picture.pixels())); // only read
            rgb.rowBytes = checked_cast<std::uint32_t>(picture.info().row_bytes());
            check_encoded(avif().rgb_to_yuv(&image, &rgb), "");
            return;
        }
        const avifPlanesFlags planes = format.has_alpha() ? AVIF_PLANES_ALL : AVIF_PLANES_YUV;
        check_encoded(avif().image_allocate_planes(&image, planes), "");
        take_plane(picture, 0, image.yuvPlanes[AVIF_CHAN_Y], image.yuvRowBytes[AVIF_CHAN_Y]);
        if (format.has_alpha()) {
            take_plane(picture, 1, image.alphaPlane, image.alphaRowBytes);
        }
    }

    /// Channel `channel` of a grey picture as a plane.
    static void
    take_plane(const Image& picture, std::size_t channel, std::uint8_t* plane, std::size_t row_bytes) {
        const std::size_t channels = picture.format().channels;
        for (std::uint32_t y = 0; y < picture.height(); ++y) {
            std::uint8_t* const to = plane + y * row_bytes;
            const std::byte* const from = picture.row(y).data();
            for (std::size_t x = 0; x < picture.width(); ++x) {
                const std::size_t at = x * channels + channel;
                if (picture.format().sample == SampleType::u8) {
                    to[x] = std::to_integer<std::uint8_t>(from[at]);
                } else {
                    const std::uint32_t sample = reinterpret_cast<const std::uint16_t*>(from)[at];
                    reinterpret_cast<std::uint16_t*>(to)[x] =
                        static_cast<std::uint16_t>((sample * 4095U + 32767U) / 65535U);
                }
            }
        }
    }

    static void check_encoded(avifResult result, const char* detail) {
        if (result == AVIF_RESULT_NO_CODEC_AVAILABLE) {
            throw Error(
                ErrorCode::unsupported, "this libavif was built without an AV1 encoder; choose PNG or WebP");
        }
        if (result != AVIF_RESULT_OK) {
            throw Error(
                result == AVIF_RESULT_OUT_OF_MEMORY ? ErrorCode::out_of_memory : ErrorCode::internal,
                fmt::format(
                    "the AVIF file cannot be encoded: {} {}", avif().result_to_string(result), detail));
        }
    }

    Settings settings_;
    std::unique_ptr<avifEncoder, AvifEncoderDeleter> encoder_;
};

void warn_of_lost_bits(const ImageInfo& info) {
    if (info.format.sample == SampleType::u16) {
        log(LogLevel::warning, "AVIF stores at most 12 bits per channel; the lowest 4 of 16 are lost");
    }
}

class AvifEncoder final : public WholeEncoder {
  public:
    AvifEncoder(OutputStream& out, const ImageInfo& info, const EncodeOptions& options)
        : WholeEncoder(info)
        , out_(out)
        , writer_(options) {
        warn_of_lost_bits(info);
    }

  private:
    void encode(const Image& picture) override {
        writer_.add(picture, picture.metadata(), 1, AVIF_ADD_IMAGE_FLAG_SINGLE);
        writer_.finish(out_);
    }

    OutputStream& out_;
    AvifWriter writer_;
};

/// The encoder keeps the encoded frames until the end.
class AvifFrameSink final : public FrameSink {
  public:
    AvifFrameSink(
        OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options)
        : out_(out)
        , metadata_(info.metadata)
        , writer_(options) {
        const std::uint32_t timescale = common_timescale(animation, most_timescale);
        writer_.set_timescale(timescale);
        delays_ = count_delays(
            animation,
            {.format = "AVIF", .per_second = timescale, .most = most_timescale, .least_rounded = 1});
        warn_of_lost_bits(info);
        if (animation.plays != 0) {
            log(LogLevel::info, "this libavif cannot say how often an animation is to be shown; it loops");
        }
    }

    void write_frame(const Image& frame) override {
        writer_.add(frame, metadata_, delays_.at(next_++), AVIF_ADD_IMAGE_FLAG_NONE);
    }

    void finish() override { writer_.finish(out_); }

  private:
    static constexpr std::uint32_t most_timescale = 1U << 24U; ///< far beyond any screen's

    OutputStream& out_;
    Metadata metadata_;
    AvifWriter writer_;
    std::vector<std::uint32_t> delays_;
    std::size_t next_ = 0;
};

} // namespace

std::unique_ptr<RowSink> encode_avif(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<AvifEncoder>(out, info, options);
}

std::unique_ptr<FrameSink> animate_avif(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options) {
    return std::make_unique<AvifFrameSink>(out, info, animation, options);
}

} // namespace kizuna::codec
