#include "base/checked.hpp"
#include "base/log.hpp"
#include "codec/codecs.hpp"
#include "codec/exif_fields.hpp"
#include "codec/tiff_file.hpp"

#include <algorithm>
#include <string>

#include <tiffio.h>

namespace kizuna::codec {
namespace {

// Strips long enough for Deflate to find repetitions, short enough for readers that want a part of the
// picture.
constexpr std::size_t strip_bytes = std::size_t{1} << 18U;

// Offsets of classic TIFF have 32 bits. Deflate can make data a little longer, and metadata comes on top.
constexpr std::uint64_t max_classic_bytes = 0xF000'0000;

// A TIFF structure of one directory with one entry.
constexpr std::size_t orientation_only_bytes = 26;

// TIFF's texts end at the first NUL; EXIF's copyright has one between photographer and editor.
std::string text_of(const TiffEntry& entry) {
    std::string text;
    bool separated = false;
    for (const std::byte byte : entry.value) {
        if (byte == std::byte{0}) {
            separated = !text.empty();
            continue;
        }
        text += separated ? "; " : "";
        separated = false;
        text += static_cast<char>(byte);
    }
    return text;
}

bool needs_big_tiff(const ImageInfo& info) {
    const Metadata& metadata = info.metadata;
    const std::uint64_t metadata_bytes = metadata.icc.size() + metadata.xmp.size() + metadata.exif.size();
    const std::uint64_t pixels = checked_mul(std::uint64_t{info.row_bytes()}, std::uint64_t{info.height});
    return checked_add(pixels, metadata_bytes) > max_classic_bytes;
}

class TiffEncoder final : public RowSink {
  public:
    TiffEncoder(OutputStream& out, const ImageInfo& info)
        : file_(out, needs_big_tiff(info))
        , tiff_(file_.get())
        , row_(info.row_bytes()) {
        set_layout(info);
        set_compression(info);
        set_metadata(info.metadata);
    }

    void write_row(std::span<const std::byte> row) override {
        std::copy(row.begin(), row.end(), row_.begin()); // the predictor works in place
        file_.check(TIFFWriteScanline(tiff_, row_.data(), next_row_++, 0) == 1);
    }

    void finish() override { file_.close(); }

  private:
    template <typename... Values>
    void set(std::uint32_t tag, Values... values) {
        file_.check(TIFFSetField(tiff_, tag, values...) == 1);
    }

    void set_layout(const ImageInfo& info) {
        const bool floats = info.format.sample == SampleType::f32;
        set(TIFFTAG_IMAGEWIDTH, info.width);
        set(TIFFTAG_IMAGELENGTH, info.height);
        set(TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * bytes_per_sample(info.format.sample)));
        set(TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(info.format.channels));
        set(TIFFTAG_SAMPLEFORMAT, floats ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
        set(TIFFTAG_PHOTOMETRIC,
            info.format.colour_channels() == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
        set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        set(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
        if (info.format.has_alpha()) {
            const std::uint16_t kind = EXTRASAMPLE_UNASSALPHA;
            set(TIFFTAG_EXTRASAMPLES, 1, &kind);
        }
    }

    void set_compression(const ImageInfo& info) {
        const bool floats = info.format.sample == SampleType::f32;
        set(TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
        set(TIFFTAG_PREDICTOR, floats ? PREDICTOR_FLOATINGPOINT : PREDICTOR_HORIZONTAL);
        const std::size_t rows = std::clamp<std::size_t>(strip_bytes / info.row_bytes(), 1, info.height);
        set(TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(rows));
    }

    void set_metadata(const Metadata& metadata) {
        const auto set_blob = [&](std::uint32_t tag, const std::vector<std::byte>& blob) {
            if (!blob.empty()) {
                set(tag, checked_cast<std::uint32_t>(blob.size()), blob.data());
            }
        };
        set_blob(TIFFTAG_ICCPROFILE, metadata.icc);
        set_blob(TIFFTAG_XMLPACKET, metadata.xmp);
        set_exif(metadata.exif);
        if (metadata.density && metadata.density->x_dpi > 0 && metadata.density->y_dpi > 0) {
            set(TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
            set(TIFFTAG_XRESOLUTION, metadata.density->x_dpi);
            set(TIFFTAG_YRESOLUTION, metadata.density->y_dpi);
        }
    }

    // libtiff writes only the tags that it knows, each as it thinks right. So the directories are laid out
    // here, as they were, and libtiff is told where they are.
    void set_exif(const std::vector<std::byte>& blob) {
        const ExifFields fields = read_exif_fields(blob);
        // A blob that holds no more than an orientation, which is upright by now, is no loss.
        if (fields.empty() && blob.size() > orientation_only_bytes) {
            log(LogLevel::warning, "the EXIF data cannot be read and is left out");
        }
        for (const TiffEntry& text : fields.texts) {
            set(text.tag, text_of(text).c_str());
        }
        TiffDirectoryWriter writer(file_.end(), TIFFIsBigTIFF(tiff_) != 0);
        const ExifPlaces places = add_exif_directories(fields, writer);
        if (places.exif != 0) {
            set(TIFFTAG_EXIFIFD, places.exif);
        }
        if (places.gps != 0) {
            set(TIFFTAG_GPSIFD, places.gps);
        }
        file_.append(writer.bytes());
    }

    TiffFile file_;
    TIFF* tiff_;
    std::vector<std::byte> row_;
    std::uint32_t next_row_ = 0;
};

} // namespace

std::unique_ptr<RowSink> encode_tiff(OutputStream& out, const ImageInfo& info, const EncodeOptions&) {
    return std::make_unique<TiffEncoder>(out, info);
}

} // namespace kizuna::codec
