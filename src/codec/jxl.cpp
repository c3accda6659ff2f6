#include "base/byte_order.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/iso_boxes.hpp"
#include "codec/jxl_library.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

[[noreturn]] void throw_damaged() {
    throw Error(ErrorCode::corrupt, "the JPEG XL file is cut off or damaged");
}

void check(JxlDecoderStatus status) {
    if (status != JXL_DEC_SUCCESS) {
        throw_damaged();
    }
}

/// Metadata boxes arrive piece by piece, their length unknown where they are compressed.
class BoxReader {
  public:
    BoxReader(JxlDecoder* decoder, const DecodeLimits& limits)
        : decoder_(decoder)
        , limits_(limits) {}

    /// A box begins, and with it the one before ends.
    void begin(Metadata& metadata) {
        finish(metadata);
        JxlBoxType type;
        check(jxl().decoder_box_type(decoder_, type, JXL_TRUE));
        const std::string_view name(type, sizeof(type));
        if (name == "Exif" || name == "xml ") {
            is_exif_ = name == "Exif";
            is_wanted_ = true;
            grow();
        }
    }

    /// The buffer is full.
    void grow() {
        if (!is_wanted_) {
            throw_damaged();
        }
        const std::size_t unused = jxl().decoder_release_box_buffer(decoder_);
        const std::size_t used = bytes_.size() - unused;
        if (used > limits_.max_metadata_bytes) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format(
                    "the JPEG XL file has metadata of more than the {} bytes that are allowed",
                    limits_.max_metadata_bytes));
        }
        constexpr std::size_t first_bytes = 4096;
        bytes_.resize(std::max(first_bytes, used * 2));
        const auto rest = std::span(bytes_).subspan(used);
        check(jxl().decoder_set_box_buffer(decoder_, as_writable_u8(rest), rest.size()));
    }

    /// Keeps what has been read. Of several boxes of a kind, the first counts.
    void finish(Metadata& metadata) {
        if (!is_wanted_) {
            return;
        }
        bytes_.resize(bytes_.size() - jxl().decoder_release_box_buffer(decoder_));
        if (is_exif_) {
            drop_offset(bytes_);
        }
        std::vector<std::byte>& blob = is_exif_ ? metadata.exif : metadata.xmp;
        if (blob.empty()) {
            blob = std::move(bytes_);
        }
        bytes_.clear();
        is_wanted_ = false;
    }

  private:
    /// Before the TIFF structure stands how many bytes (big-endian) are between.
    static void drop_offset(std::vector<std::byte>& exif) {
        constexpr std::size_t field_bytes = 4;
        std::size_t skip = exif.size();
        if (exif.size() >= field_bytes) {
            const std::uint64_t offset = big_endian(std::span(exif).first(field_bytes));
            skip = static_cast<std::size_t>(std::min<std::uint64_t>(exif.size(), field_bytes + offset));
        }
        exif.erase(exif.begin(), exif.begin() + static_cast<std::ptrdiff_t>(skip));
        strip_exif_prefix(exif);
    }

    JxlDecoder* decoder_;
    const DecodeLimits& limits_;
    std::vector<std::byte> bytes_;
    bool is_wanted_ = false; ///< the box that is being read
    bool is_exif_ = false;
};

PixelFormat format_of(const JxlBasicInfo& basic) {
    const int alpha = basic.alpha_bits > 0 ? 1 : 0;
    SampleType sample = SampleType::u8;
    if (basic.exponent_bits_per_sample > 0 || basic.bits_per_sample > 16) {
        sample = SampleType::f32;
    } else if (basic.bits_per_sample > 8) {
        sample = SampleType::u16;
    }
    return {
        .channels = static_cast<std::uint8_t>((basic.num_color_channels == 1 ? 1 : 3) + alpha),
        .sample = sample};
}

/// Whether the file consists of boxes, not of the codestream alone.
bool is_container(std::span<const std::byte> file) {
    constexpr std::size_t type_at = 4;
    constexpr std::string_view signature = "JXL ";
    return file.size() >= type_at + signature.size() &&
           std::memcmp(file.data() + type_at, signature.data(), signature.size()) == 0;
}

/// Whether every box of a container ends where the next begins, or with the file.
bool has_whole_boxes(std::span<const std::byte> file) {
    while (!file.empty()) {
        const auto box = first_box(file);
        if (!box) {
            return false;
        }
        file = file.subspan(box->bytes);
    }
    return true;
}

bool is_srgb(const JxlColorEncoding& colour) {
    const bool primaries =
        colour.color_space == JXL_COLOR_SPACE_GRAY ||
        (colour.color_space == JXL_COLOR_SPACE_RGB && colour.primaries == JXL_PRIMARIES_SRGB);
    return primaries && colour.white_point == JXL_WHITE_POINT_D65 &&
           colour.transfer_function == JXL_TRANSFER_FUNCTION_SRGB;
}

/// A file with all that decoding it needs.
class JxlReader {
  public:
    explicit JxlReader(std::vector<std::byte> file)
        : file_(std::move(file))
        , runner_(make_jxl_runner())
        , decoder_(jxl().decoder_create(nullptr)) {
        if (!decoder_) {
            throw Error(ErrorCode::out_of_memory, "no memory to read the JPEG XL file");
        }
        check(jxl().decoder_set_runner(decoder_.get(), jxl().runner, runner_.get()));
        check(jxl().decoder_set_unpremultiply(decoder_.get(), JXL_TRUE));
        check(jxl().decoder_set_decompress_boxes(decoder_.get(), JXL_TRUE));
    }

    [[nodiscard]] JxlDecoder* get() const noexcept { return decoder_.get(); }

    /// From the beginning. The input is left open: of input that is closed and too short libjxl complains on
    /// stderr, where one that may go on is merely asked for more.
    void begin(int events) {
        jxl().decoder_rewind(decoder_.get());
        check(jxl().decoder_subscribe(decoder_.get(), events));
        check(jxl().decoder_set_input(decoder_.get(), as_u8(file_), file_.size()));
    }

    void begin_pixels() { begin(JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE); }

    /// From the beginning, for the boxes alone; false where there are none. While the input is open there
    /// could always be another box, so it is closed here, once nothing can be missing.
    [[nodiscard]] bool begin_boxes() {
        if (!is_container(file_)) {
            return false;
        }
        if (!has_whole_boxes(file_)) {
            throw_damaged();
        }
        begin(JXL_DEC_BOX);
        jxl().decoder_close_input(decoder_.get());
        return true;
    }

    /// The next frame, as it is seen, into a picture of its size.
    void decode_next(Image& picture) {
        JxlDecoderStatus status = JXL_DEC_ERROR;
        do {
            status = jxl().decoder_process(decoder_.get());
            if (status == JXL_DEC_COLOR_ENCODING) {
                prefer_colour(picture.format());
            } else if (status == JXL_DEC_NEED_IMAGE_OUT_BUFFER) {
                set_buffer(picture);
            } else if (status != JXL_DEC_FULL_IMAGE) {
                throw_damaged();
            }
        } while (status != JXL_DEC_FULL_IMAGE);
    }

    // For pictures stored in JPEG XL's own colour space: libjxl converts to the colours that the picture had,
    // where it can describe them without an ICC profile; else to sRGB, and not to linear light, its own
    // choice.
    void prefer_colour(PixelFormat pixels) {
        JxlColorEncoding colour;
        const JxlPixelFormat format = jxl_pixel_format(pixels);
        if (jxl().decoder_colour(decoder_.get(), &format, JXL_COLOR_PROFILE_TARGET_ORIGINAL, &colour) !=
            JXL_DEC_SUCCESS) {
            jxl().set_to_srgb(&colour, pixels.colour_channels() == 1 ? JXL_TRUE : JXL_FALSE);
        }
        // A preference that cannot be met leaves the data as they are; read_colour tells which.
        static_cast<void>(jxl().decoder_prefer_colour(decoder_.get(), &colour));
    }

  private:
    void set_buffer(Image& picture) {
        const JxlPixelFormat format = jxl_pixel_format(picture.format());
        std::size_t bytes = 0;
        check(jxl().decoder_image_size(decoder_.get(), &format, &bytes));
        if (bytes != picture.pixels().size()) {
            throw_damaged();
        }
        check(jxl().decoder_set_image_buffer(decoder_.get(), &format, picture.pixels().data(), bytes));
    }

    std::vector<std::byte> file_;
    JxlRunner runner_;
    std::unique_ptr<JxlDecoder, JxlDecoderDeleter> decoder_; // uses both
};

class JxlFrames final : public FrameSource {
  public:
    JxlFrames(std::unique_ptr<JxlReader> reader, const ImageInfo& info, Animation animation)
        : FrameSource(info, std::move(animation))
        , reader_(std::move(reader))
        , frame_(info) {
        reader_->begin_pixels();
    }

    const Image& next_frame() override {
        reader_->decode_next(frame_);
        return frame_;
    }

  private:
    std::unique_ptr<JxlReader> reader_;
    Image frame_;
};

class JxlFileDecoder final : public WholeDecoder {
  public:
    JxlFileDecoder(std::vector<std::byte> file, const DecodeLimits& limits)
        : WholeDecoder(ImageFormat::jxl)
        , reader_(std::make_unique<JxlReader>(std::move(file))) {
        read_headers(limits);
        read_boxes(limits);
        // The codestream's orientation is the one that counts, and libjxl applies it, keeping it to itself.
        // EXIF's still tells what its own density was meant for.
        if (swaps_sides(exif_orientation(info_.metadata.exif))) {
            swap_exif_density(info_.metadata.exif);
        }
        set_exif_orientation(info_.metadata.exif, 1);
    }

    std::unique_ptr<FrameSource> take_frames() override {
        return std::make_unique<JxlFrames>(std::move(reader_), info_, *animation());
    }

  private:
    // To the end of the codestream; pixels are passed over.
    void read_headers(const DecodeLimits& limits) {
        reader_->begin(JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FRAME);
        std::uint32_t frames = 0;
        while (true) {
            switch (jxl().decoder_process(reader_->get())) {
            case JXL_DEC_BASIC_INFO:
                read_basic_info(limits);
                break;
            case JXL_DEC_COLOR_ENCODING:
                reader_->prefer_colour(info_.format);
                read_colour(limits);
                break;
            case JXL_DEC_FRAME:
                ++frames;
                read_frame_header(limits);
                break;
            case JXL_DEC_SUCCESS:
                if (frames == 0) {
                    throw_damaged();
                }
                frame_count_ = frames;
                if (times_) {
                    found_.plays = times_->num_loops;
                    set_animation(std::move(found_));
                }
                return;
            default:
                throw_damaged();
            }
        }
    }

    // To the end of the file: metadata may stand behind the pixels.
    void read_boxes(const DecodeLimits& limits) {
        if (!reader_->begin_boxes()) {
            return;
        }
        BoxReader boxes(reader_->get(), limits);
        while (true) {
            switch (jxl().decoder_process(reader_->get())) {
            case JXL_DEC_BOX:
                boxes.begin(info_.metadata);
                break;
            case JXL_DEC_BOX_NEED_MORE_OUTPUT:
                boxes.grow();
                break;
            case JXL_DEC_SUCCESS:
                boxes.finish(info_.metadata);
                return;
            default:
                throw_damaged();
            }
        }
    }

    void read_frame_header(const DecodeLimits& limits) {
        JxlFrameHeader header;
        check(jxl().decoder_frame_header(reader_->get(), &header));
        if (times_) {
            found_.delays.push_back(
                frame_delay(std::uint64_t{header.duration} * times_->tps_denominator, times_->tps_numerator));
            check_frame_count(found_.delays.size(), limits);
        }
    }

    void read_basic_info(const DecodeLimits& limits) {
        JxlBasicInfo basic;
        check(jxl().decoder_basic_info(reader_->get(), &basic));
        check_dimensions(basic.xsize, basic.ysize, limits);
        info_.width = basic.xsize;
        info_.height = basic.ysize;
        info_.format = format_of(basic);
        if (basic.have_animation != 0) {
            times_ = basic.animation;
        }
        check_extra_channels(basic.num_extra_channels);
    }

    // Each costs memory like a colour, whatever the header says about the picture's size. The standard's
    // level 5, for general use, ends at 4.
    void check_extra_channels(std::uint32_t count) {
        constexpr std::uint32_t most = 16;
        if (count > most) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("the JPEG XL file has {} extra channels; {} are allowed", count, most));
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            JxlExtraChannelInfo extra;
            check(jxl().decoder_extra_channel_info(reader_->get(), i, &extra));
            if (extra.type == JXL_CHANNEL_BLACK) {
                throw Error(
                    ErrorCode::unsupported, "JPEG XL files in CMYK are not read; convert the picture to RGB");
            }
        }
    }

    void read_colour(const DecodeLimits& limits) {
        constexpr JxlColorProfileTarget target = JXL_COLOR_PROFILE_TARGET_DATA;
        const JxlPixelFormat format = jxl_pixel_format(info_.format);
        JxlColorEncoding colour;
        if (jxl().decoder_colour(reader_->get(), &format, target, &colour) == JXL_DEC_SUCCESS &&
            is_srgb(colour)) {
            return; // what a picture without a profile is taken for
        }
        std::size_t bytes = 0;
        if (jxl().decoder_icc_size(reader_->get(), &format, target, &bytes) != JXL_DEC_SUCCESS) {
            return;
        }
        if (bytes > limits.max_metadata_bytes) {
            throw Error(
                ErrorCode::limit_exceeded, fmt::format(
                                               "the JPEG XL file's ICC profile has {} bytes; {} are allowed",
                                               bytes, limits.max_metadata_bytes));
        }
        info_.metadata.icc.resize(bytes);
        check(jxl().decoder_icc(reader_->get(), &format, target, as_writable_u8(info_.metadata.icc), bytes));
    }

    void decode(Image& picture) override {
        reader_->begin_pixels();
        reader_->decode_next(picture);
        reader_.reset();
    }

    std::unique_ptr<JxlReader> reader_;
    Animation found_;
    std::optional<JxlAnimationHeader> times_; ///< of an animation
};

} // namespace

std::unique_ptr<Decoder> open_jxl(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<JxlFileDecoder>(read_whole_file(*in), limits);
}

} // namespace kizuna::codec
