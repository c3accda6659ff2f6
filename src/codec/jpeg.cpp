#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/icc.hpp"
#include "codec/jpeg_library.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <jerror.h> // after jpeglib.h, on which its numbers depend

#include <fmt/format.h>

namespace kizuna::codec {
namespace {

constexpr int icc_marker = JPEG_APP0 + 2;

// Encoders write about ten scans; hundreds over a large picture are only there to keep a decoder busy.
constexpr int max_scans = 200;

/// Where libjpeg reads from.
struct Source {
    jpeg_source_mgr manager{}; // must be first
    std::unique_ptr<InputStream> in;
    std::vector<std::byte> buffer = std::vector<std::byte>(jpeg_buffer_bytes);
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
        fail_in_jpeg(reinterpret_cast<j_common_ptr>(library));
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
        errors.way_back.run([&] { jpeg_create_decompress(&library); });
    }

    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    ~Decompressor() { jpeg_destroy_decompress(&library); }

    JpegErrors errors;
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
            jpeg_save_markers(&library_, jpeg_exif_and_xmp_marker, 0xFFFF);
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
            if (marker->marker == jpeg_exif_and_xmp_marker) {
                const auto body = std::as_bytes(std::span(marker->data, marker->data_length));
                keep_if_prefixed(body, jpeg_exif_prefix, info_.metadata.exif);
                keep_if_prefixed(body, jpeg_xmp_prefix, info_.metadata.xmp);
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

} // namespace

std::unique_ptr<Decoder> open_jpeg(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<JpegDecoder>(std::move(in), limits);
}

} // namespace kizuna::codec
