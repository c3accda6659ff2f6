#include "codec/exif_fields.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kizuna::codec {
namespace {

constexpr std::uint16_t tag_interoperability_directory = 0xA005;
constexpr std::uint16_t type_ascii = 2;
constexpr std::uint16_t last_exif_type = 12; // beyond are offsets, and numbers that only BigTIFF has

// ImageDescription, Make, Model, Software, DateTime, Artist, Copyright.
constexpr std::array<std::uint16_t, 7> text_tags{0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298};

constexpr std::string_view little_endian_header{"II*\0", 4};
constexpr std::size_t header_bytes = 8;

template <typename Unwanted>
void drop(TiffDirectory& entries, const Unwanted& unwanted) {
    entries.erase(std::remove_if(entries.begin(), entries.end(), unwanted), entries.end());
}

// Where directories lay in a file says nothing in another.
void drop_pointers(TiffDirectory& entries) {
    drop(entries, [](const TiffEntry& entry) {
        return entry.type > last_exif_type || entry.tag == tag_exif_directory ||
               entry.tag == tag_gps_directory || entry.tag == tag_interoperability_directory;
    });
}

TiffDirectory read_behind(TiffDirectoryReader& reader, const TiffDirectory& from, std::uint16_t tag) {
    const std::uint64_t place = directory_behind(from, tag);
    return place == 0 ? TiffDirectory{} : reader.read(place);
}

} // namespace

ExifFields read_exif_fields(InputStream& in, std::uint64_t max_bytes) {
    TiffDirectoryReader reader(in, max_bytes);
    const std::uint64_t first = reader.first();
    if (first == 0) {
        return {};
    }
    ExifFields fields;
    fields.texts = reader.read(first, text_tags);
    drop(fields.texts, [](const TiffEntry& entry) { return entry.type != type_ascii; });
    constexpr std::array pointers{tag_exif_directory, tag_gps_directory};
    const TiffDirectory behind = reader.read(first, pointers);
    fields.exif = read_behind(reader, behind, tag_exif_directory);
    fields.interoperability = read_behind(reader, fields.exif, tag_interoperability_directory);
    fields.gps = read_behind(reader, behind, tag_gps_directory);
    for (TiffDirectory* directory : {&fields.exif, &fields.interoperability, &fields.gps}) {
        drop_pointers(*directory);
    }
    return fields;
}

ExifFields read_exif_fields(std::span<const std::byte> blob) {
    return read_exif_fields(*open_memory(blob), blob.size());
}

ExifPlaces add_exif_directories(const ExifFields& fields, TiffDirectoryWriter& writer) {
    ExifPlaces places;
    TiffDirectory exif = fields.exif;
    if (!fields.interoperability.empty()) {
        const auto pointer =
            writer.pointer(tag_interoperability_directory, writer.add(fields.interoperability));
        const auto before = [](const TiffEntry& a, const TiffEntry& b) { return a.tag < b.tag; };
        exif.insert(std::upper_bound(exif.begin(), exif.end(), pointer, before), pointer);
    }
    if (!exif.empty()) {
        places.exif = writer.add(exif);
    }
    if (!fields.gps.empty()) {
        places.gps = writer.add(fields.gps);
    }
    return places;
}

std::vector<std::byte> exif_blob(const ExifFields& fields) {
    if (fields.empty()) {
        return {};
    }
    TiffDirectoryWriter writer(header_bytes, false);
    const ExifPlaces places = add_exif_directories(fields, writer);
    TiffDirectory first = fields.texts;
    for (const auto& [tag, place] :
         {std::pair(tag_exif_directory, places.exif), std::pair(tag_gps_directory, places.gps)}) {
        if (place != 0) {
            first.push_back(writer.pointer(tag, place));
        }
    }
    std::sort(
        first.begin(), first.end(), [](const TiffEntry& a, const TiffEntry& b) { return a.tag < b.tag; });
    const auto first_place = writer.pointer(0, writer.add(first)).value;
    const auto header = std::as_bytes(std::span(little_endian_header));
    std::vector<std::byte> blob(header.begin(), header.end());
    blob.insert(blob.end(), first_place.begin(), first_place.end());
    blob.insert(blob.end(), writer.bytes().begin(), writer.bytes().end());
    return blob;
}

} // namespace kizuna::codec
