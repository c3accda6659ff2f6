#include "base/log.hpp"
#include "codec/apng.hpp"
#include "codec/c_library.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/png_chunks.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <png.h>

namespace kizuna::codec {
namespace {

constexpr double inches_per_metre = 1 / 0.0254;
// On enlarged pictures level 4 takes a third of level 6's time and gives 0.8 % more bytes; level 3 as long as
// 4, 11 % more.
constexpr int default_zlib_level = 4;
// Chosen per row. On enlarged photographs and drawings this came out as small as all five filters, up to a
// third faster.
constexpr int filters = PNG_FILTER_SUB | PNG_FILTER_UP | PNG_FILTER_PAETH;
// libpng writes an IDAT chunk whenever this buffer is full; its own 8 kB makes a chunk for every few rows.
constexpr std::size_t idat_bytes = std::size_t{1} << 18U;

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
    auto& way_back = *static_cast<WayBack*>(png_get_error_ptr(png));
    way_back.keep(ErrorCode::corrupt, message);
    way_back.jump();
}

void on_warning(png_structp, png_const_charp message) {
    log(LogLevel::debug, message);
}

/// What libpng calls back: the stream, and the way back with what the stream threw.
struct Source {
    WayBack way_back;
    std::unique_ptr<InputStream> in;

    bool read(png_bytep data, std::size_t length) noexcept {
        try {
            if (in->read(std::as_writable_bytes(std::span(data, length))) == length) {
                return true;
            }
            throw Error(ErrorCode::corrupt, "the PNG file is cut off");
        } catch (...) {
            way_back.keep_current();
            return false;
        }
    }
};

void read_bytes(png_structp png, png_bytep data, std::size_t length) {
    if (!static_cast<Source*>(png_get_io_ptr(png))->read(data, length)) {
        png_error(png, "reading failed");
    }
}

struct Sink {
    WayBack way_back;
    OutputStream* out = nullptr;

    bool write(png_const_bytep data, std::size_t length) noexcept {
        try {
            out->write(std::as_bytes(std::span(data, length)));
            return true;
        } catch (...) {
            way_back.keep_current();
            return false;
        }
    }
};

void write_bytes(png_structp png, png_bytep data, std::size_t length) {
    if (!static_cast<Sink*>(png_get_io_ptr(png))->write(data, length)) {
        png_error(png, "writing failed");
    }
}

void flush_nothing(png_structp) {}

class ReadStruct {
  public:
    explicit ReadStruct(WayBack& way_back)
        : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &way_back, on_error, on_warning))
        , info(png != nullptr ? png_create_info_struct(png) : nullptr) {
        if (info == nullptr) {
            png_destroy_read_struct(&png, nullptr, nullptr);
            throw Error(ErrorCode::out_of_memory, "no memory to open a PNG file");
        }
    }

    ReadStruct(const ReadStruct&) = delete;
    ReadStruct& operator=(const ReadStruct&) = delete;

    ~ReadStruct() { png_destroy_read_struct(&png, &info, nullptr); }

    png_structp png;
    png_infop info;
};

class WriteStruct {
  public:
    explicit WriteStruct(WayBack& way_back)
        : png(png_create_write_struct(PNG_LIBPNG_VER_STRING, &way_back, on_error, on_warning))
        , info(png != nullptr ? png_create_info_struct(png) : nullptr) {
        if (info == nullptr) {
            png_destroy_write_struct(&png, nullptr);
            throw Error(ErrorCode::out_of_memory, "no memory to write a PNG file");
        }
    }

    WriteStruct(const WriteStruct&) = delete;
    WriteStruct& operator=(const WriteStruct&) = delete;

    ~WriteStruct() { png_destroy_write_struct(&png, &info); }

    png_structp png;
    png_infop info;
};

class PngDecoder final : public Decoder {
  public:
    PngDecoder(std::unique_ptr<InputStream> in, const DecodeLimits& limits)
        : Decoder(ImageFormat::png)
        , source_{{}, std::move(in)}
        , struct_(source_.way_back)
        , limits_(limits) {
        PngChunks chunks = scan_png_chunks(*source_.in, limits);
        source_.in->seek(0);
        read_header(limits);
        info_.metadata.exif = std::move(chunks.exif);
        strip_exif_prefix(info_.metadata.exif);
        info_.metadata.xmp = std::move(chunks.xmp);
        read_icc();
        read_density();
        set_transforms();
        if (chunks.is_animation) {
            const std::uint64_t here = source_.in->position();
            apng_ = read_apng(*source_.in, info_.width, info_.height, limits);
            source_.in->seek(here);
            set_animation(apng_.animation);
        }
    }

    std::unique_ptr<FrameSource> take_frames() override {
        ImageInfo info = info_;
        if (apng_.shows_through && !info.format.has_alpha()) {
            ++info.format.channels;
        }
        return apng_frames(std::move(source_.in), std::move(apng_), info, limits_);
    }

    void read_row(std::span<std::byte> row) override {
        prepare_rows();
        if (passes_ > 1) {
            read_interlaced();
            std::memcpy(row.data(), interlaced_.row(next_row_++).data(), row.size());
            return;
        }
        source_.way_back.run(
            [&] { png_read_row(struct_.png, reinterpret_cast<png_bytep>(row.data()), nullptr); });
    }

  private:
    void read_header(const DecodeLimits& limits) {
        source_.way_back.run([&] {
            png_set_read_fn(struct_.png, &source_, read_bytes);
            // Ours are checked below; libpng's own of a million per side would refuse long strips.
            png_set_user_limits(struct_.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
            png_set_chunk_malloc_max(struct_.png, limits.max_metadata_bytes);
            ignore_most_chunks();
            png_read_info(struct_.png, struct_.info);
        });
        info_.width = png_get_image_width(struct_.png, struct_.info);
        info_.height = png_get_image_height(struct_.png, struct_.info);
        check_dimensions(info_.width, info_.height, limits);
    }

    /// Of the chunks that are not pixels libpng need only parse these two.
    void ignore_most_chunks() const {
        png_set_keep_unknown_chunks(struct_.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
        constexpr std::array<png_byte, 10> wanted{'i', 'C', 'C', 'P', 0, 'p', 'H', 'Y', 's', 0};
        png_set_keep_unknown_chunks(struct_.png, PNG_HANDLE_CHUNK_AS_DEFAULT, wanted.data(), 2);
    }

    void read_icc() {
        png_charp name = nullptr;
        int compression = 0;
        png_bytep profile = nullptr;
        png_uint_32 length = 0;
        if (png_get_iCCP(struct_.png, struct_.info, &name, &compression, &profile, &length) != 0) {
            const auto bytes = std::as_bytes(std::span(profile, length));
            info_.metadata.icc.assign(bytes.begin(), bytes.end());
        }
    }

    void read_density() {
        png_uint_32 x = 0;
        png_uint_32 y = 0;
        int unit = PNG_RESOLUTION_UNKNOWN;
        const bool there = png_get_pHYs(struct_.png, struct_.info, &x, &y, &unit) != 0;
        if (there && unit == PNG_RESOLUTION_METER && x > 0 && y > 0) {
            info_.metadata.density = Density{x / inches_per_metre, y / inches_per_metre};
        }
    }

    /// Asks libpng for the samples that open_decoder promises.
    void set_transforms() {
        png_structp png = struct_.png;
        source_.way_back.run([&] {
            png_set_expand(png); // palettes, less than 8 bits, tRNS
            if constexpr (std::endian::native == std::endian::little) {
                png_set_swap(png);
            }
            passes_ = png_set_interlace_handling(png);
        });
        const int colours = png_get_color_type(png, struct_.info);
        const bool alpha =
            (colours & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, struct_.info, PNG_INFO_tRNS) != 0;
        const bool rgb = (colours & PNG_COLOR_MASK_COLOR) != 0;
        info_.format.channels = static_cast<std::uint8_t>((rgb ? 3 : 1) + (alpha ? 1 : 0));
        info_.format.sample = png_get_bit_depth(png, struct_.info) == 16 ? SampleType::u16 : SampleType::u8;
    }

    /// Here libpng takes memory for rows, which whoever only asks what is in the file does not need.
    void prepare_rows() {
        if (prepared_) {
            return;
        }
        prepared_ = true;
        source_.way_back.run([&] { png_read_update_info(struct_.png, struct_.info); });
        if (png_get_rowbytes(struct_.png, struct_.info) != info_.row_bytes()) {
            throw Error(ErrorCode::internal, "libpng's rows are not as long as expected");
        }
    }

    /// The whole picture, as its last row is complete only after the last pass.
    void read_interlaced() {
        if (!interlaced_.empty()) {
            return;
        }
        Image image(ImageInfo{info_.width, info_.height, info_.format, {}});
        source_.way_back.run([&] {
            for (int pass = 0; pass < passes_; ++pass) {
                for (std::uint32_t y = 0; y < info_.height; ++y) {
                    png_read_row(struct_.png, reinterpret_cast<png_bytep>(image.row(y).data()), nullptr);
                }
            }
        });
        interlaced_ = std::move(image);
    }

    Source source_;
    ReadStruct struct_;
    DecodeLimits limits_;
    Apng apng_;
    bool prepared_ = false;
    int passes_ = 1;
    Image interlaced_;
    std::uint32_t next_row_ = 0;
};

int colour_type(PixelFormat format) {
    return (format.colour_channels() == 3 ? PNG_COLOR_MASK_COLOR : 0) |
           (format.has_alpha() ? PNG_COLOR_MASK_ALPHA : 0);
}

png_uint_32 per_metre(double dpi) {
    return static_cast<png_uint_32>(std::lround(std::clamp(dpi * inches_per_metre, 1.0, 2e9)));
}

class PngEncoder final : public RowSink {
  public:
    PngEncoder(OutputStream& out, const ImageInfo& info, const EncodeOptions& options)
        : sink_{{}, &out}
        , struct_(sink_.way_back) {
        set_up(info, options.effort.value_or(default_zlib_level));
        set_density(info.metadata.density);
        set_icc(info.metadata.icc);
        sink_.way_back.run([&] { png_write_info(struct_.png, struct_.info); });
        write_chunk("eXIf", info.metadata.exif);
        if (!info.metadata.xmp.empty()) {
            write_chunk("iTXt", xmp_chunk_body(info.metadata.xmp));
        }
        if (info.format.sample == SampleType::u16 && std::endian::native == std::endian::little) {
            png_set_swap(struct_.png);
        }
    }

    void write_row(std::span<const std::byte> row) override {
        sink_.way_back.run(
            [&] { png_write_row(struct_.png, reinterpret_cast<png_const_bytep>(row.data())); });
    }

    void finish() override {
        sink_.way_back.run([&] { png_write_end(struct_.png, nullptr); });
    }

  private:
    void set_up(const ImageInfo& info, int level) {
        sink_.way_back.run([&] {
            png_set_write_fn(struct_.png, &sink_, write_bytes, flush_nothing);
            png_set_user_limits(struct_.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
            png_set_compression_level(struct_.png, level);
            png_set_compression_buffer_size(struct_.png, idat_bytes);
            png_set_filter(struct_.png, PNG_FILTER_TYPE_BASE, level == 0 ? PNG_FILTER_NONE : filters);
            png_set_benign_errors(struct_.png, 1); // a profile that libpng finds odd is left out, not fatal
            png_set_IHDR(
                struct_.png, struct_.info, info.width, info.height,
                static_cast<int>(8 * bytes_per_sample(info.format.sample)), colour_type(info.format),
                PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        });
    }

    void set_density(const std::optional<Density>& density) {
        if (density && density->x_dpi > 0 && density->y_dpi > 0) {
            sink_.way_back.run([&] {
                png_set_pHYs(
                    struct_.png, struct_.info, per_metre(density->x_dpi), per_metre(density->y_dpi),
                    PNG_RESOLUTION_METER);
            });
        }
    }

    void set_icc(const std::vector<std::byte>& icc) {
        if (icc.empty()) {
            return;
        }
        sink_.way_back.run([&] {
            png_set_iCCP(
                struct_.png, struct_.info, "ICC profile", PNG_COMPRESSION_TYPE_BASE,
                reinterpret_cast<png_const_bytep>(icc.data()), static_cast<png_uint_32>(icc.size()));
        });
        if (png_get_valid(struct_.png, struct_.info, PNG_INFO_iCCP) == 0) {
            log(LogLevel::warning, "the ICC profile does not fit this PNG picture and is left out");
        }
    }

    void write_chunk(const char* type, const std::vector<std::byte>& body) {
        if (body.size() > PNG_UINT_31_MAX) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("{} bytes of metadata do not fit into a PNG chunk", body.size()));
        }
        if (!body.empty()) {
            sink_.way_back.run([&] {
                png_write_chunk(
                    struct_.png, reinterpret_cast<png_const_bytep>(type),
                    reinterpret_cast<png_const_bytep>(body.data()), body.size());
            });
        }
    }

    Sink sink_;
    WriteStruct struct_;
};

} // namespace

std::unique_ptr<Decoder> open_png(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<PngDecoder>(std::move(in), limits);
}

std::unique_ptr<RowSink> encode_png(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<PngEncoder>(out, info, options);
}

} // namespace kizuna::codec
