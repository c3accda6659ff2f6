#pragma once

#include "kizuna/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kizuna {

/// How one sample is stored. Integers are full range (0 to 255, 0 to 65535, native byte order); f32 is
/// nominally 0 to 1 and may lie outside until it is stored as an integer.
enum class SampleType : std::uint8_t { u8, u16, f32 };

[[nodiscard]] constexpr std::size_t bytes_per_sample(SampleType type) noexcept {
    return type == SampleType::u8 ? 1 : type == SampleType::u16 ? 2 : 4;
}

/// Interleaved samples of one pixel: 1 = grey, 2 = grey + alpha, 3 = RGB, 4 = RGBA. Alpha is not
/// premultiplied.
struct PixelFormat {
    std::uint8_t channels = 3;
    SampleType sample = SampleType::u8;

    [[nodiscard]] constexpr bool has_alpha() const noexcept { return channels == 2 || channels == 4; }

    [[nodiscard]] constexpr int colour_channels() const noexcept {
        return has_alpha() ? channels - 1 : channels;
    }

    [[nodiscard]] constexpr std::size_t bytes_per_pixel() const noexcept {
        return channels * bytes_per_sample(sample);
    }

    friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};

/// Pixels per inch. Stored in each format's own unit.
struct Density {
    double x_dpi = 0;
    double y_dpi = 0;
};

/// What travels with a picture beside its pixels. Blobs are empty where the file had none.
struct Metadata {
    std::vector<std::byte> icc;  ///< ICC profile, as in the file
    std::vector<std::byte> exif; ///< TIFF structure ("II*\0…" or "MM\0*…") without the "Exif\0\0" prefix
    std::vector<std::byte> xmp;  ///< the XMP packet (UTF-8 XML)
    std::optional<Density> density;
};

/// Size, format and metadata of a picture, without its pixels.
struct ImageInfo {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    PixelFormat format;
    Metadata metadata;

    /// Bytes of one row; rows are packed.
    [[nodiscard]] std::size_t row_bytes() const noexcept {
        return std::size_t{width} * format.bytes_per_pixel();
    }
};

/// A whole picture in memory: rows from top to bottom, packed, interleaved. A value type: copying copies the
/// pixels. Distinct objects may be used from distinct threads; one object like any standard container.
class KIZUNA_API Image {
  public:
    Image() = default;

    /// Zero-filled pixels. Throws Error{limit_exceeded} if the size in bytes overflows, {invalid_argument}
    /// for an empty side or a channel count outside 1 to 4, {out_of_memory} if the memory is not there.
    explicit Image(ImageInfo info);

    [[nodiscard]] const ImageInfo& info() const noexcept { return info_; }

    [[nodiscard]] std::uint32_t width() const noexcept { return info_.width; }

    [[nodiscard]] std::uint32_t height() const noexcept { return info_.height; }

    [[nodiscard]] PixelFormat format() const noexcept { return info_.format; }

    [[nodiscard]] Metadata& metadata() noexcept { return info_.metadata; }

    [[nodiscard]] const Metadata& metadata() const noexcept { return info_.metadata; }

    [[nodiscard]] bool empty() const noexcept { return pixels_.empty(); }

    /// All pixels: height × row_bytes.
    [[nodiscard]] std::span<std::byte> pixels() noexcept { return pixels_; }

    [[nodiscard]] std::span<const std::byte> pixels() const noexcept { return pixels_; }

    /// One row's bytes; y < height.
    [[nodiscard]] std::span<std::byte> row(std::uint32_t y) noexcept {
        return std::span(pixels_).subspan(y * info_.row_bytes(), info_.row_bytes());
    }

    [[nodiscard]] std::span<const std::byte> row(std::uint32_t y) const noexcept {
        return std::span(pixels_).subspan(y * info_.row_bytes(), info_.row_bytes());
    }

  private:
    ImageInfo info_;
    std::vector<std::byte> pixels_;
};

/// Pixels that belong to somebody else and are read where they lie: a host's buffer, another library's
/// picture. They must stay and not change for as long as the view is in use. Copying it copies no pixels.
class KIZUNA_API ImageView {
  public:
    // NOLINTNEXTLINE(google-explicit-constructor): whatever reads a picture takes either
    ImageView(const Image& image);

    /// `first_row` is the picture's topmost, and each next one begins `stride_bytes` behind it: 0 stands for
    /// packed rows; below 0 the bottom row comes first in memory. No alignment is needed. Throws
    /// Error{invalid_argument} for no pixels, an empty side, a channel count outside 1 to 4, or a stride
    /// with which rows overlap or end beyond memory; {limit_exceeded} if the size in bytes overflows.
    ImageView(ImageInfo info, const std::byte* first_row, std::ptrdiff_t stride_bytes = 0);

    [[nodiscard]] const ImageInfo& info() const noexcept { return info_; }

    /// One row's bytes; y < height.
    [[nodiscard]] std::span<const std::byte> row(std::uint32_t y) const noexcept {
        return {first_row_ + (static_cast<std::ptrdiff_t>(y) * stride_bytes_), info_.row_bytes()};
    }

    /// With pixels of its own, for what outlives these. Throws Error{out_of_memory}.
    [[nodiscard]] Image copy() const;

  private:
    ImageInfo info_;
    const std::byte* first_row_;
    std::ptrdiff_t stride_bytes_;
};

} // namespace kizuna
