#include "base/log.hpp"
#include "codec/codecs.hpp"
#include "codec/jxl_library.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
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

/// Takes integers only: libjxl 0.7 writes lossless floats that do not come back the same.
class JxlFileEncoder final : public WholeEncoder {
  public:
    JxlFileEncoder(OutputStream& out, const ImageInfo& info, const EncodeOptions& options)
        : WholeEncoder(info)
        , out_(out)
        , quality_(options.quality.value_or(default_quality))
        , effort_(options.effort.value_or(default_effort))
        , lossless_(options.lossless || quality_ == 100) {
        static_cast<void>(jxl()); // a missing library is told before the work, not after
    }

  private:
    void encode(const Image& picture) override {
        const JxlRunner runner = make_jxl_runner();
        const std::unique_ptr<JxlEncoder, JxlEncoderDeleter> encoder(jxl().encoder_create(nullptr));
        if (!encoder) {
            throw Error(ErrorCode::out_of_memory, "no memory to encode the JPEG XL file");
        }
        check(jxl().encoder_set_runner(encoder.get(), jxl().runner, runner.get()));
        set_basic_info(encoder.get(), picture.info());
        set_colour(encoder.get(), picture.info());
        add_boxes(encoder.get(), picture.metadata());
        add_frame(encoder.get(), picture);
        jxl().encoder_close_input(encoder.get());
        write(encoder.get());
    }

    void set_basic_info(JxlEncoder* encoder, const ImageInfo& info) const {
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

    void add_frame(JxlEncoder* encoder, const Image& picture) const {
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
};

} // namespace

std::unique_ptr<RowSink> encode_jxl(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<JxlFileEncoder>(out, info, options);
}

} // namespace kizuna::codec
