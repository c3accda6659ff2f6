#pragma once

#include "kizuna/image.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

// What has to be known of ICC profiles; and colours that are not grey or RGB become sRGB, row by row.
namespace kizuna::codec {

/// Whether the profile describes shades of grey, one sample each: it does not fit RGB. Any bytes are safe.
[[nodiscard]] bool is_grey_profile(std::span<const std::byte> icc) noexcept;

class ColourConverter {
  public:
    ColourConverter() = default;
    ColourConverter(const ColourConverter&) = delete;
    ColourConverter& operator=(const ColourConverter&) = delete;
    virtual ~ColourConverter() = default;

    /// As many pixels as `rgb` has room for (3 samples each). Not thread-safe.
    virtual void convert(std::span<const std::byte> from, std::span<std::byte> rgb) = 0;
};

/// An ICC profile of the RGB colours that these numbers of ITU-T H.273 stand for. Empty where that is sRGB,
/// or not said; also, with a warning, where it is nothing that a plain profile can tell (the curves of HDR).
[[nodiscard]] std::vector<std::byte> profile_of_cicp(int primaries, int transfer);

/// From CMYK of 4 samples, where the largest value is full ink, to RGB of the same type (u8 or u16). `icc` is
/// the file's profile; without a usable one ink simply takes its share of the light: R = (1 − C)(1 − K).
[[nodiscard]] std::unique_ptr<ColourConverter>
cmyk_to_srgb(std::span<const std::byte> icc, SampleType sample);

/// From CIE L*a*b* (D50) of 3 floats, L 0 to 100, to RGB of `sample` (u8 or u16).
[[nodiscard]] std::unique_ptr<ColourConverter> lab_to_srgb(SampleType sample);

} // namespace kizuna::codec
