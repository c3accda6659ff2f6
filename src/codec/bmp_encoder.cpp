#include "base/checked.hpp"
#include "base/log.hpp"
#include "codec/bmp_format.hpp"
#include "codec/codecs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

using namespace bmp;

/// Little-endian fields, in order.
class FieldWriter {
  public:
    void u16(std::uint32_t value) {
        bytes_.push_back(static_cast<std::byte>(value));
        bytes_.push_back(static_cast<std::byte>(value >> 8U));
    }

    void u32(std::uint32_t value) {
        u16(value);
        u16(value >> 16U);
    }

    void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

std::uint32_t dots_per_metre(double dpi) {
    const double dots = std::round(dpi * inches_per_metre);
    return dots > 0 && dots <= std::numeric_limits<std::int32_t>::max() ? static_cast<std::uint32_t>(dots)
                                                                        : 0;
}

// Plain rows need only the header that everything reads; alpha and a profile need the newest one.
class BmpEncoder final : public RowSink {
  public:
    BmpEncoder(OutputStream& out, const ImageInfo& info)
        : out_(out)
        , info_(info)
        , start_(out.position())
        , newest_(info.format.has_alpha() || !info.metadata.icc.empty()) {
        const std::size_t row = (info.row_bytes() + 3) / 4 * 4;
        stored_row_.resize(row);
        const auto pixels = checked_mul<std::uint64_t>(row, info.height, "the picture");
        pixel_offset_ = file_header_bytes + (newest_ ? v5_header : info_header);
        const std::uint64_t file = pixel_offset_ + pixels + info.metadata.icc.size();
        if (file > std::numeric_limits<std::uint32_t>::max()) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format(
                    "a BMP file ends at 4 GiB, {}×{} pixels need more; PNG and TIFF hold them", info.width,
                    info.height));
        }
        write_header(static_cast<std::uint32_t>(pixels), static_cast<std::uint32_t>(file));
    }

    void write_row(std::span<const std::byte> row) override {
        const std::size_t channels = info_.format.channels;
        std::ranges::copy(row, stored_row_.begin());
        for (std::size_t at = 0; at < row.size(); at += channels) {
            std::swap(stored_row_[at], stored_row_[at + 2]);
        }
        // From the bottom up, as everything reads it.
        ++rows_done_;
        out_.seek(start_ + pixel_offset_ + std::uint64_t{info_.height - rows_done_} * stored_row_.size());
        out_.write(stored_row_);
    }

    void finish() override {
        out_.seek(start_ + pixel_offset_ + std::uint64_t{info_.height} * stored_row_.size());
        out_.write(info_.metadata.icc);
    }

  private:
    void write_header(std::uint32_t pixel_bytes, std::uint32_t file_bytes) {
        FieldWriter header;
        header.u16(0x4D42); // "BM"
        header.u32(file_bytes);
        header.u32(0);
        header.u32(pixel_offset_);

        const Density density = info_.metadata.density.value_or(Density{});
        header.u32(newest_ ? v5_header : info_header);
        header.u32(info_.width);
        header.u32(info_.height);
        header.u16(1); // planes
        header.u16(static_cast<std::uint32_t>(8 * info_.format.bytes_per_pixel()));
        header.u32(info_.format.has_alpha() ? bitfields : plain);
        header.u32(pixel_bytes);
        header.u32(dots_per_metre(density.x_dpi));
        header.u32(dots_per_metre(density.y_dpi));
        header.u32(0); // no palette
        header.u32(0); // of which all colours matter
        if (newest_) {
            write_v5_fields(header, pixel_bytes);
        }
        out_.write(header.bytes());
    }

    void write_v5_fields(FieldWriter& header, std::uint32_t pixel_bytes) const {
        constexpr std::uint32_t intent_images = 4; // perceptual
        const auto profile_bytes = static_cast<std::uint32_t>(info_.metadata.icc.size());
        const bool alpha = info_.format.has_alpha();
        for (const std::uint32_t mask : {0x00FF0000U, 0x0000FF00U, 0x000000FFU, 0xFF000000U}) {
            header.u32(alpha ? mask : 0);
        }
        header.u32(profile_bytes > 0 ? embedded_profile : srgb_colours);
        header.zeros(48); // primaries and gammas, for colours that neither a profile nor sRGB describes
        header.u32(intent_images);
        // Counted from the beginning of this header, not of the file.
        header.u32(profile_bytes > 0 ? pixel_offset_ - file_header_bytes + pixel_bytes : 0);
        header.u32(profile_bytes);
        header.u32(0);
    }

    OutputStream& out_;
    ImageInfo info_;
    std::uint64_t start_;
    bool newest_;
    std::uint32_t pixel_offset_ = 0;
    std::vector<std::byte> stored_row_;
    std::uint32_t rows_done_ = 0;
};

} // namespace

std::unique_ptr<RowSink> encode_bmp(OutputStream& out, const ImageInfo& info, const EncodeOptions&) {
    if (!info.metadata.exif.empty() || !info.metadata.xmp.empty()) {
        log(LogLevel::warning, "EXIF and XMP cannot be written into a BMP file and are left out");
    }
    return std::make_unique<BmpEncoder>(out, info);
}

} // namespace kizuna::codec
