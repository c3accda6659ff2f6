#include "base/checked.hpp"
#include "codec/codecs.hpp"
#include "codec/exif.hpp"
#include "codec/exif_fields.hpp"
#include "codec/grey_palette.hpp"
#include "codec/tiff_file.hpp"
#include "codec/tiff_pixels.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <tiffio.h>

namespace kizuna::codec {
namespace {

// CMYK with alpha has five; files with dozens come from instruments.
constexpr int max_samples = 16;

// Tiles jut out of pictures, at the most by this side. Larger ones than 1024 are hardly seen; with no limit a
// picture of a few pixels could ask for gigabytes.
constexpr std::uint64_t largest_usual_tile_px = 4096;

// The compressions that pictures come in. Left out are those for measurements and those whose decoders have
// been the source of most of libtiff's troubles.
constexpr std::array known_compressions{
    COMPRESSION_NONE,     COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,
    COMPRESSION_LZW,      COMPRESSION_JPEG,     COMPRESSION_DEFLATE,   COMPRESSION_ADOBE_DEFLATE,
    COMPRESSION_PACKBITS, COMPRESSION_LZMA,     COMPRESSION_ZSTD,      COMPRESSION_WEBP};

[[noreturn]] void unsupported(std::string_view what) {
    throw Error(ErrorCode::unsupported, fmt::format("TIFF: {} cannot be read", what));
}

std::uint64_t rounded_up_to_tiles(std::uint32_t side) {
    return (side + largest_usual_tile_px - 1) / largest_usual_tile_px * largest_usual_tile_px;
}

template <typename T>
T field_or(TIFF* tiff, std::uint32_t tag, T fallback) {
    T value{};
    return TIFFGetFieldDefaulted(tiff, tag, &value) != 0 ? value : fallback;
}

std::vector<std::byte> blob_field(TIFF* tiff, std::uint32_t tag, const DecodeLimits& limits) {
    std::uint32_t length = 0;
    const void* data = nullptr;
    if (TIFFGetField(tiff, tag, &length, &data) == 0 || data == nullptr) {
        return {};
    }
    if (length > limits.max_metadata_bytes) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format(
                                           "TIFF: {} bytes of metadata in one piece; the limit is {}", length,
                                           limits.max_metadata_bytes));
    }
    const std::span bytes(static_cast<const std::byte*>(data), length);
    return {bytes.begin(), bytes.end()};
}

std::optional<Density> read_density(TIFF* tiff) {
    float x = 0;
    float y = 0;
    const bool there =
        TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x) != 0 && TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y) != 0;
    const auto unit = field_or<std::uint16_t>(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    if (!there || !(x > 0) || !(y > 0) || unit == RESUNIT_NONE) {
        return std::nullopt;
    }
    const double per_inch = unit == RESUNIT_CENTIMETER ? 2.54 : 1;
    return Density{x * per_inch, y * per_inch};
}

TiffColour colour_of(int photometric, int compression) {
    switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
        return TiffColour::white_is_zero;
    case PHOTOMETRIC_MINISBLACK:
        return TiffColour::black_is_zero;
    case PHOTOMETRIC_RGB:
        return TiffColour::rgb;
    case PHOTOMETRIC_PALETTE:
        return TiffColour::palette;
    case PHOTOMETRIC_SEPARATED:
        return TiffColour::cmyk;
    case PHOTOMETRIC_CIELAB:
        return TiffColour::cie_lab;
    case PHOTOMETRIC_ICCLAB:
        return TiffColour::icc_lab;
    case PHOTOMETRIC_YCBCR:
        if (compression == COMPRESSION_JPEG) {
            return TiffColour::rgb; // libjpeg converts it
        }
        unsupported("YCbCr that is not compressed as JPEG");
    default:
        unsupported(fmt::format("photometric interpretation {}", photometric));
    }
}

TiffAlpha alpha_of(TIFF* tiff, const TiffPixelLayout& layout) {
    std::uint16_t count = 0;
    const std::uint16_t* kinds = nullptr;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
    if (count == 0 || kinds == nullptr || layout.samples <= layout.colour_samples() ||
        layout.colour == TiffColour::palette) {
        return TiffAlpha::none;
    }
    return kinds[0] == EXTRASAMPLE_ASSOCALPHA   ? TiffAlpha::premultiplied
           : kinds[0] == EXTRASAMPLE_UNASSALPHA ? TiffAlpha::straight
                                                : TiffAlpha::none;
}

/// Palette entries have 16 bits, but some writers fill only the lower 8.
std::vector<std::array<std::uint8_t, 3>> read_palette(TIFF* tiff, int bits) {
    std::array<const std::uint16_t*, 3> map{};
    auto& [red, green, blue] = map;
    if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) == 0) {
        throw Error(ErrorCode::corrupt, "TIFF: the palette is missing");
    }
    const std::size_t entries = std::size_t{1} << static_cast<unsigned>(bits);
    const bool wide = std::any_of(map.begin(), map.end(), [&](const std::uint16_t* channel) {
        return std::any_of(channel, channel + entries, [](std::uint16_t value) { return value > 255; });
    });
    std::vector<std::array<std::uint8_t, 3>> palette(256);
    for (std::size_t i = 0; i < entries; ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            palette[i][c] = static_cast<std::uint8_t>(wide ? map[c][i] >> 8U : map[c][i]);
        }
    }
    return palette;
}

void check_sample_kind(TIFF* tiff, const TiffPixelLayout& layout) {
    const auto kind = field_or<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
    const bool integer = (kind == SAMPLEFORMAT_UINT || kind == SAMPLEFORMAT_VOID) && layout.bits <= 16;
    const bool floating = kind == SAMPLEFORMAT_IEEEFP && layout.bits == 32;
    const bool grey_or_rgb = layout.colour == TiffColour::black_is_zero ||
                             layout.colour == TiffColour::white_is_zero || layout.colour == TiffColour::rgb;
    const bool lab = layout.colour == TiffColour::cie_lab || layout.colour == TiffColour::icc_lab;
    const bool fits = (integer && (!lab || layout.bits == 8 || layout.bits == 16) &&
                       (layout.colour != TiffColour::palette || layout.bits <= 8)) ||
                      (floating && grey_or_rgb);
    if (layout.bits == 0 || !fits) {
        constexpr std::array<std::string_view, 4> kinds{"unsigned", "signed", "floating-point", "untyped"};
        unsupported(fmt::format(
            "a picture with {}-bit {} samples of this colour kind", layout.bits,
            kind >= 1 && kind <= kinds.size() ? kinds[kind - 1] : "unusual"));
    }
}

TiffPixelLayout read_layout(TIFF* tiff, std::uint32_t width, int compression) {
    TiffPixelLayout layout;
    layout.width = width;
    layout.bits = field_or<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    layout.samples = field_or<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    std::uint16_t photometric = layout.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    layout.colour = colour_of(photometric, compression);
    if (layout.samples > max_samples) {
        unsupported(fmt::format("a picture with {} samples per pixel", layout.samples));
    }
    if (layout.samples < layout.colour_samples()) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("TIFF: {} samples per pixel are too few for its colours", layout.samples));
    }
    if (layout.colour == TiffColour::cmyk &&
        field_or<std::uint16_t>(tiff, TIFFTAG_INKSET, INKSET_CMYK) != INKSET_CMYK) {
        unsupported("a picture in inks other than CMYK");
    }
    check_sample_kind(tiff, layout);
    layout.alpha = alpha_of(tiff, layout);
    const bool is_lab = layout.colour == TiffColour::cie_lab || layout.colour == TiffColour::icc_lab;
    if (is_lab && layout.alpha == TiffAlpha::premultiplied) {
        unsupported("L*a*b* with premultiplied alpha");
    }
    if (layout.colour == TiffColour::palette) {
        layout.palette = read_palette(tiff, layout.bits);
    }
    return layout;
}

class TiffDecoder final : public Decoder {
  public:
    TiffDecoder(std::unique_ptr<InputStream> in, const DecodeLimits& limits)
        : Decoder(ImageFormat::tiff)
        , file_(std::move(in), max_allocation(limits))
        , tiff_(file_.get()) {
        info_.width = field_or<std::uint32_t>(tiff_, TIFFTAG_IMAGEWIDTH, 0);
        info_.height = field_or<std::uint32_t>(tiff_, TIFFTAG_IMAGELENGTH, 0);
        check_dimensions(info_.width, info_.height, limits);
        set_compression();
        layout_ = read_layout(tiff_, info_.width, compression_);
        set_structure(limits);
        read_metadata(limits);
        layout_.grey_palette =
            layout_.colour == TiffColour::palette && reads_as_grey(layout_.palette, info_.metadata.icc);
        info_.format = layout_.format();
        pixels_ = std::make_unique<TiffPixels>(layout_, info_.metadata.icc);
        if (layout_.colour != TiffColour::black_is_zero && layout_.colour != TiffColour::white_is_zero &&
            layout_.colour != TiffColour::rgb && layout_.colour != TiffColour::palette) {
            info_.metadata.icc.clear(); // it has become sRGB
        }
        frame_count_ = count_tiff_pages(file_.in());
        file_.be_strict();
    }

    void read_row(std::span<std::byte> row) override {
        if (next_row_ >= band_end_) {
            load_band();
        }
        const std::size_t bytes = layout_.row_samples_bytes();
        const std::size_t in_band = next_row_ - (band_end_ - band_rows_);
        pixels_->convert(std::span(band_).subspan(in_band * bytes, bytes), row);
        ++next_row_;
    }

  private:
    /// A strip may hold all of the picture, at most 16 bytes per pixel; small pictures have metadata beside
    /// it.
    static std::uint64_t max_allocation(const DecodeLimits& limits) {
        return checked_add(checked_mul(limits.max_pixels, 16), limits.max_metadata_bytes + (1U << 20U));
    }

    void set_compression() {
        compression_ = field_or<std::uint16_t>(tiff_, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
        const bool known = std::find(known_compressions.begin(), known_compressions.end(), compression_) !=
                           known_compressions.end();
        if (!known || TIFFIsCODECConfigured(static_cast<std::uint16_t>(compression_)) == 0) {
            unsupported(fmt::format("compression {}", compression_));
        }
        if (compression_ == COMPRESSION_JPEG) {
            TIFFSetField(tiff_, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        }
    }

    /// How the samples lie in the file, and how many rows are unpacked at a time: one of a strip, all of a
    /// row of tiles, all of a strip where each colour has its own.
    void set_structure(const DecodeLimits& limits) {
        planes_ =
            field_or<std::uint16_t>(tiff_, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE
                ? layout_.samples
                : 1;
        if (planes_ != 1 && field_or<std::uint16_t>(tiff_, TIFFTAG_PHOTOMETRIC, 0) == PHOTOMETRIC_YCBCR) {
            unsupported("YCbCr in planes of their own"); // which libjpeg sees one by one, and as grey
        }
        tiled_ = TIFFIsTiled(tiff_) != 0;
        if (tiled_) {
            piece_width_ = field_or<std::uint32_t>(tiff_, TIFFTAG_TILEWIDTH, 0);
            piece_rows_ = field_or<std::uint32_t>(tiff_, TIFFTAG_TILELENGTH, 0);
            check_dimensions(piece_width_, piece_rows_, limits);
            check_tiles();
        } else {
            piece_width_ = info_.width;
            piece_rows_ =
                planes_ == 1 ? 1 : field_or<std::uint32_t>(tiff_, TIFFTAG_ROWSPERSTRIP, info_.height);
            piece_rows_ = std::clamp(piece_rows_, 1U, info_.height);
        }
        const std::uint64_t piece_bytes = tiled_         ? TIFFTileSize64(tiff_)
                                          : planes_ == 1 ? TIFFScanlineSize64(tiff_)
                                                         : TIFFVStripSize64(tiff_, piece_rows_);
        const std::uint64_t samples_in_row = checked_mul(std::uint64_t{piece_width_}, samples_per_plane());
        packed_row_bytes_ = (samples_in_row * static_cast<std::uint64_t>(layout_.bits) + 7) / 8;
        if (piece_bytes < checked_mul(packed_row_bytes_, std::uint64_t{piece_rows_})) {
            throw Error(ErrorCode::corrupt, "TIFF: its strips or tiles are too small for its pixels");
        }
        piece_bytes_ = checked_cast<std::size_t>(piece_bytes);
        band_bytes_ =
            checked_mul(layout_.row_samples_bytes(), std::size_t{std::min(piece_rows_, info_.height)});
    }

    void check_tiles() const {
        if (piece_width_ > rounded_up_to_tiles(info_.width) ||
            piece_rows_ > rounded_up_to_tiles(info_.height)) {
            unsupported(fmt::format(
                "a picture of {}x{} pixels in tiles of {}x{}", info_.width, info_.height, piece_width_,
                piece_rows_));
        }
    }

    void read_metadata(const DecodeLimits& limits) {
        info_.metadata.icc = blob_field(tiff_, TIFFTAG_ICCPROFILE, limits);
        info_.metadata.xmp = blob_field(tiff_, TIFFTAG_XMLPACKET, limits);
        info_.metadata.density = read_density(tiff_);
        info_.metadata.exif = exif_blob(read_exif_fields(file_.in(), limits.max_metadata_bytes));
        const auto orientation = field_or<std::uint16_t>(tiff_, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
        if (orientation > ORIENTATION_TOPLEFT && orientation <= ORIENTATION_LEFTBOT) {
            info_.metadata.exif = with_exif_orientation(std::move(info_.metadata.exif), orientation);
        }
    }

    [[nodiscard]] std::uint64_t samples_per_plane() const {
        return planes_ == 1 ? static_cast<std::uint64_t>(layout_.samples) : 1;
    }

    void load_band() {
        // Not before: whoever only asks what is in the file needs no memory for it.
        piece_.resize(piece_bytes_);
        band_.resize(band_bytes_);
        band_rows_ = std::min(piece_rows_, info_.height - band_end_);
        for (int plane = 0; plane < planes_; ++plane) {
            if (tiled_) {
                for (std::uint32_t x = 0; x < info_.width; x += std::min(piece_width_, info_.width - x)) {
                    const tmsize_t got = TIFFReadTile(
                        tiff_, piece_.data(), x, band_end_, 0, static_cast<std::uint16_t>(plane));
                    file_.check(got >= 0);
                    unpack_piece(x, plane);
                }
            } else {
                read_strip(plane);
                unpack_piece(0, plane);
            }
        }
        band_end_ += band_rows_;
    }

    void read_strip(int plane) {
        if (planes_ == 1) {
            file_.check(TIFFReadScanline(tiff_, piece_.data(), band_end_, 0) == 1);
        } else {
            const std::uint32_t strip = TIFFComputeStrip(tiff_, band_end_, static_cast<std::uint16_t>(plane));
            const auto wanted = static_cast<tmsize_t>(packed_row_bytes_ * band_rows_);
            const tmsize_t got = TIFFReadEncodedStrip(tiff_, strip, piece_.data(), wanted);
            file_.check(got == wanted);
        }
    }

    /// Spreads the piece that was read last, whose left edge is at `x`, over the band.
    void unpack_piece(std::uint32_t x, int plane) {
        const std::size_t sample_bytes = bytes_per_sample(layout_.sample_type());
        const std::size_t pixel_bytes = static_cast<std::size_t>(layout_.samples) * sample_bytes;
        const std::size_t samples = std::min(piece_width_, info_.width - x) * samples_per_plane();
        const std::size_t stride = planes_ == 1 ? 1 : static_cast<std::size_t>(layout_.samples);
        for (std::size_t y = 0; y < band_rows_; ++y) {
            std::byte* into = band_.data() + y * layout_.row_samples_bytes() + x * pixel_bytes +
                              static_cast<std::size_t>(plane) * sample_bytes;
            unpack_samples(
                layout_, std::span(piece_).subspan(y * packed_row_bytes_, packed_row_bytes_), samples, into,
                stride);
        }
    }

    TiffFile file_;
    TIFF* tiff_;
    int compression_ = COMPRESSION_NONE;
    TiffPixelLayout layout_;
    std::unique_ptr<TiffPixels> pixels_;
    int planes_ = 1;
    bool tiled_ = false;
    std::uint32_t piece_width_ = 0; ///< of what is decoded in one go: a tile, a strip, or a row of one
    std::uint32_t piece_rows_ = 0;
    std::uint64_t packed_row_bytes_ = 0;
    std::size_t piece_bytes_ = 0;
    std::size_t band_bytes_ = 0;
    std::vector<std::byte> piece_;
    std::vector<std::byte> band_; ///< unpacked rows, full width
    std::uint32_t band_rows_ = 0;
    std::uint32_t band_end_ = 0;
    std::uint32_t next_row_ = 0;
};

} // namespace

std::unique_ptr<Decoder> open_tiff(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<TiffDecoder>(std::move(in), limits);
}

} // namespace kizuna::codec
