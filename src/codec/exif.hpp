#pragma once

#include "kizuna/image.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// The few things of an EXIF blob (a TIFF structure, see Metadata::exif) that a picture's pixels depend on.
// Any bytes are safe to pass: what cannot be read counts as absent.
namespace kizuna::codec {

/// Without the "Exif\0\0" that some writers put before the TIFF structure where the format asks for the bare
/// one.
void strip_exif_prefix(std::vector<std::byte>& exif);

/// 1 to 8 as EXIF 2.32, table 6 says; 1 where there is no such tag or its value is none of these.
[[nodiscard]] int exif_orientation(std::span<const std::byte> exif) noexcept;

/// Whether a picture of this orientation has to be turned by a quarter to stand upright.
[[nodiscard]] constexpr bool swaps_sides(int orientation) noexcept {
    return orientation >= 5;
}

/// Overwrites the tag's value in place; nothing happens where there is no such tag.
void set_exif_orientation(std::span<std::byte> exif, int orientation) noexcept;

/// The blob with this orientation: the tag overwritten, or added, or a new blob made of nothing else.
[[nodiscard]] std::vector<std::byte> with_exif_orientation(std::vector<std::byte> exif, int orientation);

/// Overwrites the tags that tell the picture's size, where there are any.
void set_exif_dimensions(std::span<std::byte> exif, std::uint32_t width, std::uint32_t height) noexcept;

/// XResolution and YResolution where they are there and have a unit.
[[nodiscard]] std::optional<Density> exif_density(std::span<const std::byte> exif) noexcept;

/// The blob with this density: the tags added where they are missing or say something else, or a new blob.
/// Left as it is where its first directory is damaged, or the density is none that EXIF can tell.
[[nodiscard]] std::vector<std::byte> with_exif_density(std::vector<std::byte> exif, const Density& density);

/// Swaps XResolution and YResolution, for a picture that is turned by a quarter; nothing happens where one is
/// missing.
void swap_exif_density(std::span<std::byte> exif) noexcept;

} // namespace kizuna::codec
