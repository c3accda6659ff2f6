#include "codec/exif.hpp"

#include "base/byte_order.hpp"
#include "codec/exif_fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace kizuna::codec {
namespace {

constexpr std::uint16_t tag_image_width = 0x0100;
constexpr std::uint16_t tag_image_height = 0x0101;
constexpr std::uint16_t tag_pixel_x_dimension = 0xA002;
constexpr std::uint16_t tag_pixel_y_dimension = 0xA003;
constexpr std::uint16_t tag_x_resolution = 0x011A;
constexpr std::uint16_t tag_y_resolution = 0x011B;
constexpr std::uint16_t tag_orientation = 0x0112;
constexpr std::uint16_t tag_resolution_unit = 0x0128;

constexpr std::uint16_t type_short = 3;
constexpr std::uint16_t type_long = 4;
constexpr std::uint16_t type_rational = 5;

constexpr std::size_t header_bytes = 8;
constexpr std::size_t entry_bytes = 12;

/// One entry of a directory; `value_at` is where its 4 bytes of value or offset lie.
struct Entry {
    std::uint16_t type = 0;
    std::uint32_t count = 0;
    std::size_t value_at = 0;
};

std::uint32_t get(std::span<const std::byte> at, bool big_endian) {
    return static_cast<std::uint32_t>(big_endian ? kizuna::big_endian(at) : little_endian(at));
}

void put(std::span<std::byte> at, std::uint32_t value, bool big_endian) {
    for (std::size_t i = 0; i < at.size(); ++i) {
        at[big_endian ? at.size() - 1 - i : i] = static_cast<std::byte>(value >> (8 * i));
    }
}

/// Reads numbers of a TIFF structure in its own byte order, 0 outside of it.
class TiffReader {
  public:
    explicit TiffReader(std::span<const std::byte> bytes)
        : bytes_(bytes) {
        const auto is = [&](char a, char b) {
            return bytes.size() >= header_bytes && bytes[0] == std::byte(a) && bytes[1] == std::byte(b);
        };
        big_endian_ = is('M', 'M');
        valid_ = (big_endian_ || is('I', 'I')) && u16(2) == 42;
    }

    [[nodiscard]] bool valid() const { return valid_; }

    [[nodiscard]] bool big_endian() const { return big_endian_; }

    [[nodiscard]] std::uint16_t u16(std::size_t at) const {
        return static_cast<std::uint16_t>(number(at, 2));
    }

    [[nodiscard]] std::uint32_t u32(std::size_t at) const { return number(at, 4); }

    /// In the first directory.
    [[nodiscard]] std::optional<Entry> find(std::uint16_t tag) const { return find_in(u32(4), tag); }

    /// In the directory at this offset.
    [[nodiscard]] std::optional<Entry> find_in(std::size_t directory, std::uint16_t tag) const {
        if (!valid_) {
            return std::nullopt;
        }
        const std::size_t entries = u16(directory);
        for (std::size_t i = 0; i < entries; ++i) {
            const std::size_t at = directory + 2 + i * entry_bytes;
            if (at + entry_bytes > bytes_.size()) {
                break;
            }
            if (u16(at) == tag) {
                return Entry{u16(at + 2), u32(at + 4), at + 8};
            }
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t length) const {
        if (at > bytes_.size() || bytes_.size() - at < length) {
            return 0;
        }
        return get(bytes_.subspan(at, length), big_endian_);
    }

    std::span<const std::byte> bytes_;
    bool big_endian_ = false;
    bool valid_ = false;
};

/// The orientation's entry if it is of a type that holds one.
std::optional<Entry> find_orientation(const TiffReader& reader) {
    const std::optional<Entry> entry = reader.find(tag_orientation);
    const bool usable = entry && entry->count == 1 && (entry->type == type_short || entry->type == type_long);
    return usable ? entry : std::nullopt;
}

std::uint32_t integer_value(const TiffReader& reader, const Entry& entry) {
    return entry.type == type_short ? reader.u16(entry.value_at) : reader.u32(entry.value_at);
}

/// The entry if it holds one fraction.
std::optional<Entry> find_rational(const TiffReader& reader, std::uint16_t tag) {
    const std::optional<Entry> entry = reader.find(tag);
    return entry && entry->type == type_rational && entry->count == 1 ? entry : std::nullopt;
}

std::optional<double> rational_value(const TiffReader& reader, std::uint16_t tag) {
    const std::optional<Entry> entry = find_rational(reader, tag);
    if (!entry) {
        return std::nullopt;
    }
    const std::size_t at = reader.u32(entry->value_at);
    const std::uint32_t numerator = reader.u32(at);
    const std::uint32_t denominator = reader.u32(at + 4);
    if (numerator == 0 || denominator == 0) {
        return std::nullopt;
    }
    return static_cast<double>(numerator) / denominator;
}

/// An entry of one value. A short's is the value; a fraction's is where it lies.
struct NewEntry {
    std::uint16_t tag;
    std::uint16_t type;
    std::uint32_t value;
};

void put_entry(std::span<std::byte> at, const NewEntry& entry, bool big_endian) {
    std::fill(at.begin(), at.end(), std::byte{0});
    put(at.subspan(0, 2), entry.tag, big_endian);
    put(at.subspan(2, 2), entry.type, big_endian);
    put(at.subspan(4, 4), 1, big_endian);
    put(at.subspan(8, entry.type == type_short ? 2 : 4), entry.value, big_endian);
}

/// Puts entries into the first directory, in the place of those with their tags; false, and nothing done,
/// where the directory is damaged. Offsets in a TIFF structure count from its start, so a longer copy of the
/// directory can be put at the end and the old one left as a hole.
bool put_entries(std::vector<std::byte>& exif, std::span<const NewEntry> added) {
    const TiffReader reader(exif);
    const bool big_endian = reader.big_endian();
    const std::size_t directory = reader.u32(4);
    std::size_t entries = reader.u16(directory);
    const std::size_t end = directory + 2 + entries * entry_bytes;
    const std::size_t copy_at = exif.size() + exif.size() % 2;
    if (!reader.valid() || end + 4 > exif.size() || entries + added.size() > 0xFFFF ||
        copy_at + end > UINT32_MAX) {
        return false;
    }
    std::vector<std::byte> copy(
        exif.begin() + static_cast<std::ptrdiff_t>(directory),
        exif.begin() + static_cast<std::ptrdiff_t>(end + 4));
    for (const NewEntry& entry : added) {
        const auto tag_at = [&](std::size_t at) { return get(std::span(copy).subspan(at, 2), big_endian); };
        // Entries are sorted by their tags.
        std::size_t at = 2;
        while (at < 2 + entries * entry_bytes && tag_at(at) < entry.tag) {
            at += entry_bytes;
        }
        if (at == 2 + entries * entry_bytes || tag_at(at) != entry.tag) {
            copy.insert(copy.begin() + static_cast<std::ptrdiff_t>(at), entry_bytes, std::byte{0});
            ++entries;
        }
        put_entry(std::span(copy).subspan(at, entry_bytes), entry, big_endian);
    }
    put(std::span(copy).first(2), static_cast<std::uint32_t>(entries), big_endian);
    exif.resize(copy_at);
    exif.insert(exif.end(), copy.begin(), copy.end());
    put(std::span(exif).subspan(4, 4), static_cast<std::uint32_t>(copy_at), big_endian);
    return true;
}

/// A little-endian structure of one directory with one entry.
std::vector<std::byte> minimal_exif(int orientation) {
    constexpr std::array<unsigned char, 26> blob{
        'I',  'I',  42, 0, 8, 0, 0, 0, 1, 0, // header, one entry
        0x12, 0x01, 3,  0, 1, 0, 0, 0,       // Orientation, a short
        1,    0,    0,  0, 0, 0, 0, 0};      // its value, no more directories
    const auto bytes = std::as_bytes(std::span(blob));
    std::vector<std::byte> exif(bytes.begin(), bytes.end());
    set_exif_orientation(exif, orientation);
    return exif;
}

struct Fraction {
    std::uint32_t numerator;
    std::uint32_t denominator;
};

/// As EXIF has it: whole numbers as they are, others to 1/10000. Nothing where that is 0, or too much.
std::optional<Fraction> fraction_of(double value) {
    constexpr double most = UINT32_MAX;
    constexpr std::uint32_t parts = 10'000;
    const double whole = std::round(value);
    const bool fine = std::abs(value - whole) * parts >= 0.5 && value * parts < most;
    const double numerator = fine ? std::round(value * parts) : whole;
    if (!(numerator >= 1) || numerator > most) {
        return std::nullopt;
    }
    return Fraction{static_cast<std::uint32_t>(numerator), fine ? parts : 1};
}

/// At the end; returns where.
std::uint32_t append_fraction(std::vector<std::byte>& exif, const Fraction& fraction, bool big_endian) {
    const std::size_t at = exif.size() + exif.size() % 2;
    exif.resize(at + 8);
    put(std::span(exif).subspan(at, 4), fraction.numerator, big_endian);
    put(std::span(exif).subspan(at + 4, 4), fraction.denominator, big_endian);
    return static_cast<std::uint32_t>(at);
}

} // namespace

void strip_exif_prefix(std::vector<std::byte>& exif) {
    constexpr std::array prefix{std::byte{'E'}, std::byte{'x'}, std::byte{'i'},
                                std::byte{'f'}, std::byte{0},   std::byte{0}};
    if (exif.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), exif.begin())) {
        exif.erase(exif.begin(), exif.begin() + prefix.size());
    }
}

int exif_orientation(std::span<const std::byte> exif) noexcept {
    const TiffReader reader(exif);
    const std::optional<Entry> entry = find_orientation(reader);
    const std::uint32_t value = entry ? integer_value(reader, *entry) : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

void set_exif_orientation(std::span<std::byte> exif, int orientation) noexcept {
    const TiffReader reader(exif);
    if (const std::optional<Entry> entry = find_orientation(reader)) {
        put(exif.subspan(entry->value_at, entry->type == type_short ? 2 : 4),
            static_cast<std::uint32_t>(orientation), reader.big_endian());
    }
}

std::vector<std::byte> with_exif_orientation(std::vector<std::byte> exif, int orientation) {
    const TiffReader reader(exif);
    if (!reader.valid()) {
        return minimal_exif(orientation);
    }
    if (!find_orientation(reader)) {
        const NewEntry entry{tag_orientation, type_short, static_cast<std::uint32_t>(orientation)};
        return put_entries(exif, std::span(&entry, 1)) ? exif : minimal_exif(orientation);
    }
    set_exif_orientation(exif, orientation);
    return exif;
}

void set_exif_dimensions(std::span<std::byte> exif, std::uint32_t width, std::uint32_t height) noexcept {
    const TiffReader reader(exif);
    const auto set = [&](std::size_t directory, std::uint16_t tag, std::uint32_t value) {
        const std::optional<Entry> entry = reader.find_in(directory, tag);
        if (entry && entry->count == 1 && (entry->type == type_short || entry->type == type_long)) {
            // A long, whatever it was: an enlarged side may not fit into a short, and both take up these 4
            // bytes.
            put(exif.subspan(entry->value_at - 6, 2), type_long, reader.big_endian());
            put(exif.subspan(entry->value_at, 4), value, reader.big_endian());
        }
    };
    set(reader.u32(4), tag_image_width, width);
    set(reader.u32(4), tag_image_height, height);
    if (const std::optional<Entry> pointer = reader.find(tag_exif_directory)) {
        const std::size_t directory = reader.u32(pointer->value_at);
        set(directory, tag_pixel_x_dimension, width);
        set(directory, tag_pixel_y_dimension, height);
    }
}

std::optional<Density> exif_density(std::span<const std::byte> exif) noexcept {
    const TiffReader reader(exif);
    const std::optional<double> x = rational_value(reader, tag_x_resolution);
    const std::optional<double> y = rational_value(reader, tag_y_resolution);
    const std::optional<Entry> unit_entry = reader.find(tag_resolution_unit);
    // EXIF's default unit is the inch.
    const std::uint32_t unit = unit_entry ? integer_value(reader, *unit_entry) : 2;
    if (!x || !y || (unit != 2 && unit != 3)) {
        return std::nullopt;
    }
    const double per_inch = unit == 3 ? 2.54 : 1.0;
    return Density{*x * per_inch, *y * per_inch};
}

std::vector<std::byte> with_exif_density(std::vector<std::byte> exif, const Density& density) {
    // What formats round to whole dots per inch, or per metre, is told more exactly by EXIF.
    constexpr double rounding_dpi = 1;
    const std::optional<Density> have = exif_density(exif);
    if (have && std::abs(have->x_dpi - density.x_dpi) < rounding_dpi &&
        std::abs(have->y_dpi - density.y_dpi) < rounding_dpi) {
        return exif;
    }
    const std::optional<Fraction> x = fraction_of(density.x_dpi);
    const std::optional<Fraction> y = fraction_of(density.y_dpi);
    if (!x || !y) {
        return exif;
    }
    std::vector<std::byte> result = TiffReader(exif).valid() ? exif : minimal_exif(1);
    const bool big_endian = TiffReader(result).big_endian();
    constexpr std::uint32_t inches = 2;
    const std::array entries{
        NewEntry{tag_x_resolution, type_rational, append_fraction(result, *x, big_endian)},
        NewEntry{tag_y_resolution, type_rational, append_fraction(result, *y, big_endian)},
        NewEntry{tag_resolution_unit, type_short, inches}};
    return put_entries(result, entries) ? result : exif;
}

void swap_exif_density(std::span<std::byte> exif) noexcept {
    const TiffReader reader(exif);
    const std::optional<Entry> x = find_rational(reader, tag_x_resolution);
    const std::optional<Entry> y = find_rational(reader, tag_y_resolution);
    if (x && y) {
        // Where the fractions lie is swapped, not the fractions: both entries may share one.
        const auto x_at = exif.subspan(x->value_at, 4);
        std::swap_ranges(x_at.begin(), x_at.end(), exif.begin() + static_cast<std::ptrdiff_t>(y->value_at));
    }
}

} // namespace kizuna::codec
