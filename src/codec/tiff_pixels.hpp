#pragma once

#include "codec/icc.hpp"

#include "kizuna/image.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// What the numbers in a TIFF file mean, and the pixels they become. No libtiff here.
namespace kizuna::codec {

enum class TiffColour : std::uint8_t { black_is_zero, white_is_zero, rgb, palette, cmyk, cie_lab, icc_lab };

enum class TiffAlpha : std::uint8_t { none, straight, premultiplied };

struct TiffPixelLayout {
    std::uint32_t width = 0;
    TiffColour colour = TiffColour::rgb;
    TiffAlpha alpha = TiffAlpha::none; ///< the first sample after those of the colour
    int samples = 3;                   ///< in a pixel, those included that mean nothing to us
    int bits = 8;                      ///< of a sample: 1 to 16, or 32 for floats
    std::vector<std::array<std::uint8_t, 3>> palette;
    bool grey_palette = false; ///< its pixels have one channel

    [[nodiscard]] int colour_samples() const noexcept;
    /// Of unpacked samples and of the pixels made of them.
    [[nodiscard]] SampleType sample_type() const noexcept;
    [[nodiscard]] PixelFormat format() const noexcept;
    /// One row of unpacked samples.
    [[nodiscard]] std::size_t row_samples_bytes() const noexcept;
};

/// Spreads `count` packed samples: less than 8 bits become 8, 9 to 15 become 16, scaled to the full range
/// except for indices of a palette. Each is stored `stride` samples after the one before. `packed` must hold
/// them all.
void unpack_samples(
    const TiffPixelLayout& layout, std::span<const std::byte> packed, std::size_t count, std::byte* into,
    std::size_t stride);

/// Makes pixels of unpacked rows.
class TiffPixels {
  public:
    /// `icc` is for CMYK.
    TiffPixels(TiffPixelLayout layout, std::span<const std::byte> icc);

    /// `samples`: one row as unpack_samples gives it; `row`: width pixels of layout.format().
    void convert(std::span<const std::byte> samples, std::span<std::byte> row);

  private:
    template <typename Sample>
    void convert_plain(std::span<const std::byte> samples, std::span<std::byte> row) const;
    void convert_palette(std::span<const std::byte> samples, std::span<std::byte> row) const;
    template <typename Sample>
    void put_inks(const std::byte* from, std::byte* to) const;
    template <typename Sample>
    void convert_colour(std::span<const std::byte> samples, std::span<std::byte> row);

    TiffPixelLayout layout_;
    std::unique_ptr<ColourConverter> converter_;
    std::vector<std::byte> colour_row_;
    std::vector<std::byte> rgb_row_;
};

} // namespace kizuna::codec
