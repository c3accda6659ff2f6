#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Pictures of few colours, out of pictures of many. A pixel is 0xRRGGBB, or `no_pixel`, where none is drawn.
namespace kizuna::codec {

inline constexpr std::uint32_t no_pixel = 0xFFFFFFFF;

/// At most `most` (1 to 256) colours for these pixels: their own where there are not more, else such that the
/// squares of what is lost are small (Wu, "Efficient statistical computations for optimal color
/// quantization", 1991, and a few rounds of k-means). A colour that most of its neighbours have in common
/// stays what it is.
[[nodiscard]] std::vector<std::uint32_t>
choose_palette(std::span<const std::uint32_t> pixels, std::size_t most);

/// Each pixel as an index into the palette, which has at least one colour; `no_pixel` as `nothing`. What a
/// pixel loses is passed on to those beside and below (Floyd and Steinberg, 1976). Pixels whose colour is in
/// the palette keep it: plain areas stay plain.
[[nodiscard]] std::vector<std::uint8_t> dither(
    std::span<const std::uint32_t> pixels, std::size_t width, std::span<const std::uint32_t> palette,
    std::uint8_t nothing);

} // namespace kizuna::codec
