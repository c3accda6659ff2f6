#pragma once

#include "codec/tiff_directory.hpp"

#include <cstdint>
#include <span>
#include <vector>

// EXIF taken apart into its fields, for formats that do not keep it as a blob but have places for them.
namespace kizuna::codec {

/// What is said of a picture, but for what its pixels depend on and the thumbnail.
struct ExifFields {
    TiffDirectory texts; ///< of the first directory: camera, author, description, …
    TiffDirectory exif;
    TiffDirectory interoperability;
    TiffDirectory gps;

    [[nodiscard]] bool empty() const {
        return texts.empty() && exif.empty() && interoperability.empty() && gps.empty();
    }

    friend bool operator==(const ExifFields&, const ExifFields&) = default;
};

/// From an EXIF blob or a TIFF file. Any bytes are safe; what cannot be read, or is more than `max_bytes`,
/// counts as absent.
[[nodiscard]] ExifFields read_exif_fields(InputStream& in, std::uint64_t max_bytes);
[[nodiscard]] ExifFields read_exif_fields(std::span<const std::byte> blob);

/// A blob with these fields (see Metadata::exif); empty where there are none.
[[nodiscard]] std::vector<std::byte> exif_blob(const ExifFields& fields);

/// Where a TIFF structure's first directory has to point to; 0 where there are no such fields.
struct ExifPlaces {
    std::uint64_t exif = 0;
    std::uint64_t gps = 0;
};

/// Lays out all fields but the texts.
[[nodiscard]] ExifPlaces add_exif_directories(const ExifFields& fields, TiffDirectoryWriter& writer);

inline constexpr std::uint16_t tag_exif_directory = 0x8769;
inline constexpr std::uint16_t tag_gps_directory = 0x8825;

} // namespace kizuna::codec
