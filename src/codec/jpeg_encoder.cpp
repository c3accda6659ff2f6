#include "base/log.hpp"
#include "codec/codecs.hpp"
#include "codec/jpeg_library.hpp"

#include <cmath>

#include <fmt/format.h>

namespace kizuna::codec {
namespace {

constexpr std::size_t max_marker_bytes = 65533;
constexpr int default_quality = 95;
// From here on the chroma samples are worth keeping at full resolution.
constexpr int full_chroma_quality = 90;
// Tables fitted to the picture save 3 to 10 % but need its coefficients in memory, up to 6 bytes per pixel.
// Above this size (200 MB) the standard's tables are used and rows stream.
constexpr std::uint64_t max_pixels_for_fitted_tables = 32U << 20U;

/// Where libjpeg writes to.
struct Destination {
    jpeg_destination_mgr manager{}; // must be first
    OutputStream* out = nullptr;
    std::vector<std::byte> buffer = std::vector<std::byte>(jpeg_buffer_bytes);

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
    write_buffer(library, jpeg_buffer_bytes);
    return TRUE;
}

void end_output(j_compress_ptr library) {
    write_buffer(library, jpeg_buffer_bytes - library->dest->free_in_buffer);
}

struct Compressor {
    Compressor() {
        library.err = &errors.manager;
        errors.way_back.run([&] { jpeg_create_compress(&library); });
    }

    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    ~Compressor() { jpeg_destroy_compress(&library); }

    JpegErrors errors;
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
        write_marker(jpeg_exif_prefix, info.metadata.exif, "EXIF");
        write_marker(jpeg_xmp_prefix, info.metadata.xmp, "XMP");
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
                &library_, jpeg_exif_and_xmp_marker, reinterpret_cast<const JOCTET*>(body.data()),
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

std::unique_ptr<RowSink> encode_jpeg(OutputStream& out, const ImageInfo& info, const EncodeOptions& options) {
    return std::make_unique<JpegEncoder>(out, info, options);
}

} // namespace kizuna::codec
