#include "base/log.hpp"
#include "codec/c_library.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/icc.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio> // jpeglib.h needs FILE
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
// clang-format off
#include <jpeglib.h> // first: the numbers in jerror.h depend on it
#include <jerror.h>

// clang-format on

namespace kizuna::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view exif_prefix = "Exif\0\0"sv;
constexpr std::string_view xmp_prefix = "http://ns.adobe.com/xap/1.0/\0"sv;
constexpr std::size_t max_marker_bytes = 65533;
constexpr int exif_and_xmp_marker = JPEG_APP0 + 1;
constexpr int icc_marker = JPEG_APP0 + 2;
constexpr std::size_t stream_buffer_bytes = std::size_t{1} << 16U;

// Encoders write about ten scans; hundreds over a large picture are only there to keep a decoder busy.
constexpr int max_scans = 200;

constexpr int default_quality = 95;
// From here on the chroma samples are worth keeping at full resolution.
constexpr int full_chroma_quality = 90;
// Tables fitted to the picture save 3 to 10 % but need its coefficients in memory, up to 6 bytes per pixel.
// Above this size (200 MB) the standard's tables are used and rows stream.
constexpr std::uint64_t max_pixels_for_fitted_tables = 32U << 20U;

/// libjpeg's error manager with our way back behind it.
struct ErrorManager {
    jpeg_error_mgr manager{}; // must be first: libjpeg knows only of this
    WayBack way_back;
};

WayBack& way_back_of(j_common_ptr library) {
    return reinterpret_cast<ErrorManager*>(library->err)->way_back;
}

ErrorCode code_of(int message) {
    switch (message) {
    case JERR_OUT_OF_MEMORY:
        return ErrorCode::out_of_memory;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
        return ErrorCode::unsupported;
    default:
        return ErrorCode::corrupt;
    }
}

[[noreturn]] void fail(j_common_ptr library) {
    std::array<char, JMSG_LENGTH_MAX> message{};
    library->err->format_message(library, message.data());
    way_back_of(library).keep(code_of(library->err->msg_code), message.data());
    way_back_of(library).jump();
}

/// True for the warnings after which libjpeg makes up pixels.
bool loses_pixels(int message) {
    constexpr std::array warnings{JWRN_ARITH_BAD_CODE, JWRN_BOGUS_PROGRESSION, JWRN_HIT_MARKER,
                                  JWRN_HUFF_BAD_CODE,  JWRN_JPEG_EOF,          JWRN_MUST_RESYNC};
    return std::find(warnings.begin(), warnings.end(), message) != warnings.end();
}

void on_message(j_common_ptr library, int level) {
    if (level < 0 && loses_pixels(library->err->msg_code)) {
        fail(library);
    }
}

void print_nothing(j_common_ptr) {}

void set_error_handlers(ErrorManager& errors) {
    jpeg_std_error(&errors.manager);
    errors.manager.error_exit = fail;
    errors.manager.emit_message = on_message;
    errors.manager.output_message = print_nothing;
}

/// Where libjpeg reads from.
struct Source {
    jpeg_source_mgr manager{}; // must be first
    std::unique_ptr<InputStream> in;
    std::vector<std::byte> buffer = std::vector<std::byte>(stream_buffer_bytes);
};

boolean fill_input(j_decompress_ptr library) {
    auto& source = *reinterpret_cast<Source*>(library->src);
    std::size_t got = 0;
    bool failed = false;
    try {
        got = source.in->read(source.buffer);
    } catch (...) {
        way_back_of(reinterpret_cast<j_common_ptr>(library)).keep_current();
        failed = true;
    }
    if (failed || got == 0) {
        library->err->msg_code = JWRN_JPEG_EOF;
        fail(reinterpret_cast<j_common_ptr>(library));
    }
    source.manager.next_input_byte = reinterpret_cast<const JOCTET*>(source.buffer.data());
    source.manager.bytes_in_buffer = got;
    return TRUE;
}

void skip_input(j_decompress_ptr library, long bytes) {
    auto& source = *reinterpret_cast<Source*>(library->src);
    auto left = static_cast<std::size_t>(std::max(bytes, 0L));
    while (left > source.manager.bytes_in_buffer) {
        left -= source.manager.bytes_in_buffer;
        fill_input(library);
    }
    source.manager.next_input_byte += left;
    source.manager.bytes_in_buffer -= left;
}

void do_nothing(j_decompress_ptr) {}

void limit_scans(j_common_ptr library) {
    if (reinterpret_cast<j_decompress_ptr>(library)->input_scan_number > max_scans) {
        way_back_of(library).keep(ErrorCode::limit_exceeded, "the JPEG file has more than 200 scans");
        way_back_of(library).jump();
    }
}

/// The library's state for one file, given back at the end whatever happens.
struct Decompressor {
    Decompressor() {
        library.err = &errors.manager;
        set_error_handlers(errors);
        errors.way_back.run([&] { jpeg_create_decompress(&library); });
    }

    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    ~Decompressor() { jpeg_destroy_decompress(&library); }

    ErrorManager errors;
    jpeg_decompress_struct library{};
};

class JpegDecoder final : public Decoder {
  public:
    JpegDecoder(std::unique_ptr<InputStream> in, const DecodeLimits& limits)
        : Decoder(ImageFormat::jpeg) {
        source_.in = std::move(in);
        read_header();
        check_dimensions(library_.image_width, library_.image_height, limits);
        info_.width = library_.image_width;
        info_.height = library_.image_height;
        set_colours();
        read_markers(limits);
        read_density();
        if (library_.out_color_space == JCS_CMYK) {
            ink_row_.resize(std::size_t{info_.width} * 4);
            to_rgb_ = cmyk_to_srgb(info_.metadata.icc, SampleType::u8);
            info_.metadata.icc.clear();
        }
    }

    void read_row(std::span<std::byte> row) override {
        std::byte* into = to_rgb_ ? ink_row_.data() : row.data();
        auto* line = reinterpret_cast<JSAMPROW>(into);
        decompressor_.errors.way_back.run([&] {
            if (!started_) {
                jpeg_start_decompress(&library_);
                started_ = true;
            }
            jpeg_read_scanlines(&library_, &line, 1);
        });
        if (to_rgb_) {
            // Adobe's programs store how much of the paper is left; the marker tells of them.
            if (library_.saw_Adobe_marker) {
                std::transform(
                    ink_row_.begin(), ink_row_.end(), ink_row_.begin(), [](std::byte b) { return ~b; });
            }
            to_rgb_->convert(ink_row_, row);
        }
    }

  private:
    void read_header() {
        source_.manager.init_source = do_nothing;
        source_.manager.fill_input_buffer = fill_input;
        source_.manager.skip_input_data = skip_input;
        source_.manager.resync_to_restart = jpeg_resync_to_restart;
        source_.manager.term_source = do_nothing;
        progress_.progress_monitor = limit_scans;
        library_.src = &source_.manager;
        library_.progress = &progress_;
        decompressor_.errors.way_back.run([&] {
            jpeg_save_markers(&library_, exif_and_xmp_marker, 0xFFFF);
            jpeg_save_markers(&library_, icc_marker, 0xFFFF);
            jpeg_read_header(&library_, TRUE);
        });
    }

    void set_colours() {
        switch (library_.jpeg_color_space) {
        case JCS_GRAYSCALE:
            library_.out_color_space = JCS_GRAYSCALE;
            info_.format.channels = 1;
            break;
        case JCS_YCbCr:
        case JCS_RGB:
            library_.out_color_space = JCS_RGB;
            break;
        case JCS_CMYK:
        case JCS_YCCK:
            library_.out_color_space = JCS_CMYK;
            break;
        default:
            throw Error(
                ErrorCode::unsupported,
                fmt::format(
                    "this JPEG file has {} colour components of unknown meaning", library_.num_components));
        }
    }

    void read_markers(const DecodeLimits& limits) {
        for (jpeg_saved_marker_ptr marker = library_.marker_list; marker != nullptr; marker = marker->next) {
            if (marker->marker == exif_and_xmp_marker) {
                const auto body = std::as_bytes(std::span(marker->data, marker->data_length));
                keep_if_prefixed(body, exif_prefix, info_.metadata.exif);
                keep_if_prefixed(body, xmp_prefix, info_.metadata.xmp);
            }
        }
        JOCTET* profile = nullptr;
        unsigned int length = 0;
        boolean found = FALSE;
        decompressor_.errors.way_back.run(
            [&] { found = jpeg_read_icc_profile(&library_, &profile, &length); });
        const std::unique_ptr<JOCTET, decltype(&std::free)> owned(profile, std::free);
        if (found && length > limits.max_metadata_bytes) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format(
                    "the ICC profile has {} bytes; the limit is {}", length, limits.max_metadata_bytes));
        }
        if (found) {
            const auto bytes = std::as_bytes(std::span(profile, length));
            info_.metadata.icc.assign(bytes.begin(), bytes.end());
        }
    }

    static void
    keep_if_prefixed(std::span<const std::byte> body, std::string_view prefix, std::vector<std::byte>& blob) {
        if (blob.empty() && body.size() > prefix.size() &&
            std::memcmp(body.data(), prefix.data(), prefix.size()) == 0) {
            const auto rest = body.subspan(prefix.size());
            blob.assign(rest.begin(), rest.end());
        }
    }

    void read_density() {
        const double per_inch = library_.density_unit == 1 ? 1 : library_.density_unit == 2 ? 2.54 : 0;
        if (library_.saw_JFIF_marker && per_inch > 0 && library_.X_density > 0 && library_.Y_density > 0) {
            info_.metadata.density = Density{library_.X_density * per_inch, library_.Y_density * per_inch};
        } else {
            info_.metadata.density = exif_density(info_.metadata.exif);
        }
    }

    Source source_;
    jpeg_progress_mgr progress_{};
    Decompressor decompressor_;
    jpeg_decompress_struct& library_ = decompressor_.library;
    bool started_ = false;
    std::unique_ptr<ColourConverter> to_rgb_; // only for CMYK
    std::vector<std::byte> ink_row_;
};

/// Where libjpeg writes to.
struct Destination {
    jpeg_destination_mgr manager{}; // must be first
    OutputStream* out = nullptr;
    std::vector<std::byte> buffer = std::vector<std::byte>(stream_buffer_bytes);

    void rewind() noexcept {
        manager.next_output_byte = reinterpret_cast<JOCTET*>(buffer.data());
        manager.free_in_buffer = buffer.size();
    }
};

void begin_output(j_compress_ptr library) {
    reinterpret_cast<Destination*>(library->dest)->rewind();
}

void write_buffer(j_compress_ptr library, std::size_t bytes) {
    auto& destination = *reinterpret_cast<Destination*>(library->dest);
    bool failed = false;
    try {
        destination.out->write(std::span(destination.buffer).first(bytes));
    } catch (...) {
        way_back_of(reinterpret_cast<j_common_ptr>(library)).keep_current();
        failed = true;
    }
    if (failed) {
        way_back_of(reinterpret_cast<j_common_ptr>(library)).jump();
    }
    destination.rewind();
}

boolean empty_output(j_compress_ptr library) {
    // libjpeg asks for the whole buffer to be written here, whatever free_in_buffer says.
    write_buffer(library, stream_buffer_bytes);
    return TRUE;
}

void end_output(j_compress_ptr library) {
    write_buffer(library, stream_buffer_bytes - library->dest->free_in_buffer);
}

struct Compressor {
    Compressor() {
        library.err = &errors.manager;
        set_error_handlers(errors);
        errors.way_back.run([&] { jpeg_create_compress(&library); });
    }

    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    ~Compressor() { jpeg_destroy_compress(&library); }

    ErrorManager errors;
    jpeg_compress_struct library{};
};

class JpegEncoder final : public RowSink {
  public:
    JpegEncoder(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
        destination_.out = &out;
        destination_.manager.init_destination = begin_output;
        destination_.manager.empty_output_buffer = empty_output;
        destination_.manager.term_destination = end_output;
        library_.dest = &destination_.manager;
        library_.image_width = info.width;
        library_.image_height = info.height;
        library_.input_components = info.format.channels;
        library_.in_color_space = info.format.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
        compressor_.errors.way_back.run([&] {
            set_parameters(options.quality.value_or(default_quality));
            set_density(info.metadata.density);
            jpeg_start_compress(&library_, TRUE);
        });
        write_marker(exif_prefix, info.metadata.exif, "EXIF");
        write_marker(xmp_prefix, info.metadata.xmp, "XMP");
        write_icc(info.metadata.icc);
    }

    void write_row(std::span<const std::byte> row) override {
        auto* line =
            const_cast<JSAMPROW>(reinterpret_cast<const JSAMPLE*>(row.data())); // libjpeg only reads it
        compressor_.errors.way_back.run([&] { jpeg_write_scanlines(&library_, &line, 1); });
    }

    void finish() override {
        compressor_.errors.way_back.run([&] { jpeg_finish_compress(&library_); });
    }

  private:
    void set_parameters(int quality) {
        jpeg_set_defaults(&library_);
        jpeg_set_quality(&library_, quality, TRUE);
        const std::uint64_t pixels = std::uint64_t{library_.image_width} * library_.image_height;
        library_.optimize_coding = pixels <= max_pixels_for_fitted_tables ? TRUE : FALSE;
        // The default is 4:2:0.
        if (quality >= full_chroma_quality) {
            library_.comp_info[0].h_samp_factor = 1;
            library_.comp_info[0].v_samp_factor = 1;
        }
    }

    void set_density(const std::optional<Density>& density) {
        const auto fits = [](double dpi) { return dpi >= 0.5 && dpi < 65535; };
        if (density && fits(density->x_dpi) && fits(density->y_dpi)) {
            library_.density_unit = 1;
            library_.X_density = static_cast<UINT16>(std::lround(density->x_dpi));
            library_.Y_density = static_cast<UINT16>(std::lround(density->y_dpi));
        }
    }

    void write_marker(std::string_view prefix, const std::vector<std::byte>& blob, std::string_view name) {
        if (blob.empty()) {
            return;
        }
        if (prefix.size() + blob.size() > max_marker_bytes) {
            log(LogLevel::warning,
                fmt::format(
                    "{} of {} bytes does not fit into a JPEG file and is left out", name, blob.size()));
            return;
        }
        const auto prefix_bytes = std::as_bytes(std::span(prefix));
        std::vector<std::byte> body(prefix_bytes.begin(), prefix_bytes.end());
        body.insert(body.end(), blob.begin(), blob.end());
        compressor_.errors.way_back.run([&] {
            jpeg_write_marker(
                &library_, exif_and_xmp_marker, reinterpret_cast<const JOCTET*>(body.data()),
                static_cast<unsigned int>(body.size()));
        });
    }

    void write_icc(const std::vector<std::byte>& icc) {
        constexpr std::size_t max_icc_bytes =
            std::size_t{255} * 65519; // numbered segments, counted in one byte
        if (icc.size() > max_icc_bytes) {
            log(LogLevel::warning,
                fmt::format(
                    "an ICC profile of {} bytes does not fit into a JPEG file and is left out", icc.size()));
        } else if (!icc.empty()) {
            compressor_.errors.way_back.run([&] {
                jpeg_write_icc_profile(
                    &library_, reinterpret_cast<const JOCTET*>(icc.data()),
                    static_cast<unsigned int>(icc.size()));
            });
        }
    }

    Destination destination_;
    Compressor compressor_;
    jpeg_compress_struct& library_ = compressor_.library;
};

} // namespace

std::unique_ptr<Decoder> open_jpeg(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<JpegDecoder>(std::move(in), limits);
}

std::unique_ptr<RowSink> encode_jpeg(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<JpegEncoder>(out, info, options);
}

} // namespace kizuna::codec
