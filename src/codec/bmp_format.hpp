#pragma once

#include <cstdint>

// What reading and writing of Windows and OS/2 bitmaps share: names of numbers in Microsoft's documentation
// of BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPV4HEADER and BITMAPV5HEADER.
namespace kizuna::codec::bmp {

inline constexpr std::uint32_t file_header_bytes = 14;
inline constexpr std::uint32_t core_header = 12; ///< OS/2 1.x: 16-bit sides, palette of 3-byte entries
inline constexpr std::uint32_t info_header = 40;
inline constexpr std::uint32_t v3_header = 56; ///< the first with an alpha mask
inline constexpr std::uint32_t os2_header = 64;
inline constexpr std::uint32_t v4_header = 108;
inline constexpr std::uint32_t v5_header = 124;

inline constexpr std::uint32_t plain = 0;
inline constexpr std::uint32_t rle8 = 1;
inline constexpr std::uint32_t rle4 = 2;
inline constexpr std::uint32_t bitfields = 3;
inline constexpr std::uint32_t jpeg_inside = 4;
inline constexpr std::uint32_t png_inside = 5;
inline constexpr std::uint32_t alpha_bitfields = 6;

inline constexpr std::uint32_t embedded_profile = 0x4D424544; ///< 'MBED'
inline constexpr std::uint32_t srgb_colours = 0x73524742;     ///< 'sRGB'
inline constexpr double inches_per_metre = 1 / 0.0254;

} // namespace kizuna::codec::bmp
