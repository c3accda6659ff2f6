#include "codec/tiff_directory.hpp"

#include "base/byte_order.hpp"
#include "base/checked.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace kizuna::codec {
namespace {

constexpr std::uint16_t type_long = 4;
constexpr std::uint16_t type_ifd8 = 18;

/// The most entries that a classic directory can have; no sound BigTIFF has more.
constexpr std::uint64_t most_entries = 65535;

/// Bytes of a number of each type, and how many numbers a value consists of: fractions are two.
struct TypeSize {
    std::size_t number;
    std::size_t numbers = 1;
};

std::optional<TypeSize> size_of_type(std::uint16_t type) {
    static constexpr std::array<TypeSize, 19> sizes{
        {{0},
         {1},
         {1},
         {2},
         {4},
         {4, 2},
         {1},
         {1},
         {2},
         {4},
         {4, 2},
         {4},
         {8},
         {4},
         {0},
         {0},
         {8},
         {8},
         {8}}};
    if (type >= sizes.size() || sizes.at(type).number == 0) {
        return std::nullopt;
    }
    return sizes.at(type);
}

void reverse_each(std::span<std::byte> bytes, std::size_t length) {
    for (std::size_t at = 0; at + length <= bytes.size(); at += length) {
        std::reverse(
            bytes.begin() + static_cast<std::ptrdiff_t>(at),
            bytes.begin() + static_cast<std::ptrdiff_t>(at + length));
    }
}

} // namespace

TiffDirectoryReader::TiffDirectoryReader(InputStream& in, std::uint64_t max_bytes)
    : in_(in)
    , bytes_left_(std::min(in.size(), max_bytes)) {
    std::array<std::byte, 2> order{};
    in.seek(0);
    in.read(order);
    big_endian_ = order[0] == std::byte{'M'};
    const std::uint64_t version = number_at(2, 2);
    big_tiff_ = version == 43;
    valid_ = order[0] == order[1] && (big_endian_ || order[0] == std::byte{'I'}) &&
             (version == 42 || (big_tiff_ && number_at(4, 2) == 8));
}

std::uint64_t TiffDirectoryReader::first() {
    return !valid_ ? 0 : big_tiff_ ? number_at(8, 8) : number_at(4, 4);
}

std::uint64_t TiffDirectoryReader::count_entries(std::uint64_t directory) {
    const std::uint64_t entries = valid_ ? number_at(directory, big_tiff_ ? 8 : 2) : 0;
    return entries <= most_entries ? entries : 0;
}

std::uint64_t TiffDirectoryReader::after(std::uint64_t directory) {
    const std::uint64_t entries = count_entries(directory);
    const std::uint64_t begin = directory + (big_tiff_ ? 8 : 2);
    return entries == 0 ? 0 : number_at(begin + entries * (big_tiff_ ? 20 : 12), big_tiff_ ? 8 : 4);
}

TiffDirectory TiffDirectoryReader::read(std::uint64_t directory, std::span<const std::uint16_t> tags) {
    const std::size_t entry_bytes = big_tiff_ ? 20 : 12;
    const std::size_t count_bytes = big_tiff_ ? 8 : 4;
    std::vector<std::byte> table(static_cast<std::size_t>(count_entries(directory)) * entry_bytes);
    if (table.empty()) {
        return {};
    }
    in_.seek(directory + (big_tiff_ ? 8 : 2));
    table.resize(in_.read(table) / entry_bytes * entry_bytes);
    TiffDirectory entries;
    for (std::size_t at = 0; at < table.size(); at += entry_bytes) {
        const auto bytes = std::span<const std::byte>(table).subspan(at, entry_bytes);
        TiffEntry entry;
        entry.tag = static_cast<std::uint16_t>(number(bytes.first(2)));
        entry.type = static_cast<std::uint16_t>(number(bytes.subspan(2, 2)));
        const bool wanted = tags.empty() || std::find(tags.begin(), tags.end(), entry.tag) != tags.end();
        const std::uint64_t count = number(bytes.subspan(4, count_bytes));
        if (wanted && read_value(bytes.subspan(4 + count_bytes), entry, count)) {
            entries.push_back(std::move(entry));
        }
    }
    const auto by_tag = [](const TiffEntry& a, const TiffEntry& b) { return a.tag < b.tag; };
    std::stable_sort(entries.begin(), entries.end(), by_tag);
    const auto same_tag = [](const TiffEntry& a, const TiffEntry& b) { return a.tag == b.tag; };
    entries.erase(std::unique(entries.begin(), entries.end(), same_tag), entries.end());
    return entries;
}

// `field` is the value itself where it is short enough, else where it lies.
bool TiffDirectoryReader::read_value(
    std::span<const std::byte> field, TiffEntry& entry, std::uint64_t count) {
    const auto size = size_of_type(entry.type);
    if (!size || count == 0 || count > bytes_left_ / (size->number * size->numbers)) {
        return false;
    }
    const auto length = static_cast<std::size_t>(count) * size->number * size->numbers;
    if (length <= field.size()) {
        entry.value.assign(field.begin(), field.begin() + static_cast<std::ptrdiff_t>(length));
    } else {
        const std::uint64_t at = number(field);
        if (at > in_.size() || in_.size() - at < length) {
            return false;
        }
        entry.value.resize(length);
        in_.seek(at);
        if (in_.read(entry.value) != length) {
            return false;
        }
    }
    bytes_left_ -= length;
    entry.count = static_cast<std::uint32_t>(count);
    if (big_endian_) {
        reverse_each(entry.value, size->number);
    }
    return true;
}

std::uint64_t TiffDirectoryReader::number(std::span<const std::byte> bytes) const {
    return big_endian_ ? big_endian(bytes) : little_endian(bytes);
}

// 0 past the end.
std::uint64_t TiffDirectoryReader::number_at(std::uint64_t at, std::size_t length) {
    if (at >= in_.size()) {
        return 0;
    }
    std::array<std::byte, 8> bytes{};
    in_.seek(at);
    return in_.read(std::span(bytes).first(length)) == length ? number(std::span(bytes).first(length)) : 0;
}

std::uint64_t directory_behind(const TiffDirectory& directory, std::uint16_t tag) {
    const auto entry = std::find_if(
        directory.begin(), directory.end(), [&](const TiffEntry& one) { return one.tag == tag; });
    const bool there = entry != directory.end() && entry->count == 1 && entry->value.size() >= 4;
    return there ? little_endian(entry->value) : 0;
}

std::uint64_t TiffDirectoryWriter::add(const TiffDirectory& directory) {
    bytes_.resize(bytes_.size() + bytes_.size() % 2);
    const std::uint64_t place = begin_ + bytes_.size();
    const std::size_t offset_bytes = big_tiff_ ? 8 : 4;
    const std::size_t entry_bytes = 4 + 2 * offset_bytes;
    put(directory.size(), big_tiff_ ? 8 : 2);
    // Behind the entries and the offset of no further directory come the values that do not fit in.
    std::uint64_t value_at = begin_ + bytes_.size() + directory.size() * entry_bytes + offset_bytes;
    for (const TiffEntry& entry : directory) {
        put(entry.tag, 2);
        put(entry.type, 2);
        put(entry.count, offset_bytes);
        if (entry.value.size() <= offset_bytes) {
            bytes_.insert(bytes_.end(), entry.value.begin(), entry.value.end());
            bytes_.resize(bytes_.size() + offset_bytes - entry.value.size());
        } else {
            value_at += value_at % 2;
            put(value_at, offset_bytes);
            value_at += entry.value.size();
        }
    }
    put(0, offset_bytes);
    for (const TiffEntry& entry : directory) {
        if (entry.value.size() > offset_bytes) {
            bytes_.resize(bytes_.size() + bytes_.size() % 2);
            bytes_.insert(bytes_.end(), entry.value.begin(), entry.value.end());
        }
    }
    return place;
}

TiffEntry TiffDirectoryWriter::pointer(std::uint16_t tag, std::uint64_t directory) const {
    TiffEntry entry{tag, big_tiff_ ? type_ifd8 : type_long, 1, {}};
    for (unsigned i = 0; i < (big_tiff_ ? 8U : 4U); ++i) {
        entry.value.push_back(static_cast<std::byte>(directory >> (8 * i)));
    }
    return entry;
}

void TiffDirectoryWriter::put(std::uint64_t value, std::size_t length) {
    if (length == 4) {
        (void)checked_cast<std::uint32_t>(value, "an offset in a TIFF structure");
    }
    for (std::size_t i = 0; i < length; ++i) {
        bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
}

} // namespace kizuna::codec
