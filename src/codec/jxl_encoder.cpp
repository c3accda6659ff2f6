#include "base/log.hpp"
#include "codec/codecs.hpp"
#include "codec/frame_delays.hpp"
#include "codec/jxl_library.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

constexpr int default_quality = 90;
constexpr int default_effort = 5;

/// libjxl's own mapping of 0 to 100 (JxlEncoderDistanceFromQuality, which 0.7 does not have yet), up to the
/// distance of 15 where 0.7 ends.
float distance_of(int quality) {
    const auto q = static_cast<float>(quality);
    const float distance =
        quality >= 30 ? 0.1F + (100 - q) * 0.09F : 53.0F / 3000 * q * q - 23.0F / 20 * q + 25;
    return quality == 100 ? 0 : std::min(distance, 15.0F);
}

void check(JxlEncoderStatus status) {
    if (status != JXL_ENC_SUCCESS) {
        throw Error(ErrorCode::internal, "libjxl cannot encode this picture");
    }
}

/// What a file needs that has several frames.
struct Times {
    std::uint32_t per_second;
    std::uint32_t plays;
};

/// One picture, or several. Takes integers only: libjxl 0.7 writes lossless floats that do not come back the
/// same.
class JxlWriter {
  public:
    /// A missing library is told here, before the work.
    JxlWriter(OutputStream& out, const EncodeOptions& options)
        : out_(out)
        , quality_(options.quality.value_or(default_quality))
        , effort_(options.effort.value_or(default_effort))
        , lossless_(options.lossless || quality_ == 100)
        , runner_(make_jxl_runner())
        , encoder_(jxl().encoder_create(nullptr)) {
        if (!encoder_) {
            throw Error(ErrorCode::out_of_memory, "no memory to encode the JPEG XL file");
        }
        check(jxl().encoder_set_runner(encoder_.get(), jxl().runner, runner_.get()));
    }

    void begin(const ImageInfo& info, const std::optional<Times>& times) {
        set_basic_info(encoder_.get(), info, times);
        set_colour(encoder_.get(), info);
        add_boxes(encoder_.get(), info.metadata);
    }

    void add(const Image& picture, std::uint32_t duration, bool is_last) {
        add_frame(encoder_.get(), picture, duration);
        if (is_last) {
            jxl().encoder_close_input(encoder_.get());
        }
        write(encoder_.get());
    }

  private:
    void set_basic_info(JxlEncoder* encoder, const ImageInfo& info, const std::optional<Times>& times) const {
        JxlBasicInfo basic;
        jxl().encoder_init_basic_info(&basic);
        basic.xsize = info.width;
        basic.ysize = info.height;
        basic.bits_per_sample = static_cast<std::uint32_t>(8 * bytes_per_sample(info.format.sample));
        basic.num_color_channels = static_cast<std::uint32_t>(info.format.colour_channels());
        if (info.format.has_alpha()) {
            basic.num_extra_channels = 1;
            basic.alpha_bits = basic.bits_per_sample;
        }
        if (times) {
            basic.have_animation = JXL_TRUE;
            basic.animation.tps_numerator = times->per_second;
            basic.animation.tps_denominator = 1;
            basic.animation.num_loops = times->plays;
        }
        basic.uses_original_profile = lossless_ ? JXL_TRUE : JXL_FALSE;
        check(jxl().encoder_set_basic_info(encoder, &basic));
    }

    static void set_colour(JxlEncoder* encoder, const ImageInfo& info) {
        const std::vector<std::byte>& icc = info.metadata.icc;
        if (!icc.empty()) {
            if (jxl().encoder_set_icc(encoder, as_u8(icc), icc.size()) == JXL_ENC_SUCCESS) {
                return;
            }
            log(LogLevel::warning, "JPEG XL does not take this ICC profile; the picture is written as sRGB");
        }
        JxlColorEncoding srgb;
        jxl().set_to_srgb(&srgb, info.format.colour_channels() == 1 ? JXL_TRUE : JXL_FALSE);
        check(jxl().encoder_set_colour(encoder, &srgb));
    }

    static void add_boxes(JxlEncoder* encoder, const Metadata& metadata) {
        if (metadata.exif.empty() && metadata.xmp.empty()) {
            return;
        }
        check(jxl().encoder_use_boxes(encoder));
        if (!metadata.exif.empty()) {
            std::vector<std::byte> box(4); // no bytes between here and the TIFF structure
            box.insert(box.end(), metadata.exif.begin(), metadata.exif.end());
            check(jxl().encoder_add_box(encoder, "Exif", as_u8(box), box.size(), JXL_FALSE));
        }
        if (!metadata.xmp.empty()) {
            check(
                jxl().encoder_add_box(encoder, "xml ", as_u8(metadata.xmp), metadata.xmp.size(), JXL_FALSE));
        }
    }

    void add_frame(JxlEncoder* encoder, const Image& picture, std::uint32_t duration) const {
        JxlEncoderFrameSettings* const settings = jxl().encoder_settings_create(encoder, nullptr);
        if (settings == nullptr) {
            throw Error(ErrorCode::out_of_memory, "no memory to encode the JPEG XL file");
        }
        check(jxl().encoder_set_option(settings, JXL_ENC_FRAME_SETTING_EFFORT, effort_));
        if (lossless_) {
            check(jxl().encoder_set_lossless(settings, JXL_TRUE));
        } else {
            check(jxl().encoder_set_distance(settings, distance_of(quality_)));
        }
        if (duration > 0) {
            JxlFrameHeader header;
            jxl().encoder_init_frame_header(&header);
            header.duration = duration;
            check(jxl().encoder_set_frame_header(settings, &header));
        }
        const JxlPixelFormat format = jxl_pixel_format(picture.format());
        check(jxl().encoder_add_frame(settings, &format, picture.pixels().data(), picture.pixels().size()));
    }

    void write(JxlEncoder* encoder) {
        std::vector<std::byte> buffer(std::size_t{64} << 10U);
        JxlEncoderStatus status = JXL_ENC_NEED_MORE_OUTPUT;
        while (status == JXL_ENC_NEED_MORE_OUTPUT) {
            std::uint8_t* next = as_writable_u8(buffer);
            std::size_t room = buffer.size();
            status = jxl().encoder_process(encoder, &next, &room);
            out_.write(std::span(buffer).first(buffer.size() - room));
        }
        check(status);
    }

    OutputStream& out_;
    int quality_;
    int effort_;
    bool lossless_;
    JxlRunner runner_;
    std::unique_ptr<JxlEncoder, JxlEncoderDeleter> encoder_; // uses it
};

class JxlFileEncoder final : public WholeEncoder {
  public:
    JxlFileEncoder(OutputStream& out, const ImageInfo& info, const EncodeOptions& options)
        : WholeEncoder(info)
        , writer_(out, options) {}

  private:
    void encode(const Image& picture) override {
        writer_.begin(picture.info(), std::nullopt);
        writer_.add(picture, 0, true);
    }

    JxlWriter writer_;
};

class JxlFrameSink final : public FrameSink {
  public:
    JxlFrameSink(
        OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options)
        : writer_(out, options) {
        const std::uint32_t per_second = common_timescale(animation, most_ticks);
        // A frame of no time would be one with the next.
        delays_ = count_delays(
            animation,
            {.format = "JPEG XL", .per_second = per_second, .most = most_ticks, .least_rounded = 1});
        std::replace(delays_.begin(), delays_.end(), 0U, 1U);
        writer_.begin(info, Times{per_second, animation.plays});
    }

    void write_frame(const Image& frame) override {
        writer_.add(frame, delays_.at(next_), next_ + 1 == delays_.size());
        ++next_;
    }

    void finish() override {} // with the last frame

  private:
    static constexpr std::uint32_t most_ticks = (1U << 30U) - 1; ///< that the header has room for

    JxlWriter writer_;
    std::vector<std::uint32_t> delays_;
    std::size_t next_ = 0;
};

} // namespace

std::unique_ptr<RowSink> encode_jxl(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<JxlFileEncoder>(out, info, options);
}

std::unique_ptr<FrameSink> animate_jxl(
    OutputStream& out, const ImageInfo& info, const Animation& animation, const EncodeOptions& options) {
    return std::make_unique<JxlFrameSink>(out, info, animation, options);
}

} // namespace kizuna::codec
