#pragma once

#include "base/byte_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Directories of TIFF structures, which TIFF files are and EXIF is. libtiff knows the tags of pictures; these
// here take every tag for what its type says. Any bytes are safe to read: what cannot be read counts as
// absent.
namespace kizuna::codec {

/// One entry of a directory.
struct TiffEntry {
    std::uint16_t tag = 0;
    std::uint16_t type = 0; ///< 1 to 18, as in TIFF 6.0 and BigTIFF
    std::uint32_t count = 0;
    std::vector<std::byte> value; ///< in little-endian order

    friend bool operator==(const TiffEntry&, const TiffEntry&) = default;
};

/// Sorted by tag, each tag once.
using TiffDirectory = std::vector<TiffEntry>;

/// Reads the directories of a TIFF or BigTIFF structure of either byte order.
class TiffDirectoryReader {
  public:
    /// Of values no more than `max_bytes` are read, nor more than the stream has: they could lie on top of
    /// one another. `in` must outlive it.
    TiffDirectoryReader(InputStream& in, std::uint64_t max_bytes);

    /// Where the first directory lies; 0 where there is none.
    [[nodiscard]] std::uint64_t first();

    /// Where the one after this lies; 0 where there is none.
    [[nodiscard]] std::uint64_t after(std::uint64_t directory);

    /// The entries with these tags, or all where no tag is named.
    [[nodiscard]] TiffDirectory read(std::uint64_t directory, std::span<const std::uint16_t> tags = {});

  private:
    [[nodiscard]] std::uint64_t count_entries(std::uint64_t directory);
    [[nodiscard]] bool read_value(std::span<const std::byte> field, TiffEntry& entry, std::uint64_t count);
    [[nodiscard]] std::uint64_t number(std::span<const std::byte> bytes) const;
    [[nodiscard]] std::uint64_t number_at(std::uint64_t at, std::size_t length);

    InputStream& in_;
    std::uint64_t bytes_left_;
    bool valid_ = false;
    bool big_endian_ = false;
    bool big_tiff_ = false;
};

/// Where an entry of this tag leads; 0 where there is none.
[[nodiscard]] std::uint64_t directory_behind(const TiffDirectory& directory, std::uint16_t tag);

/// Lays directories out one after another, in little-endian order, for a place in a TIFF or BigTIFF
/// structure.
class TiffDirectoryWriter {
  public:
    /// `begin`: where in the structure the bytes will lie; even.
    TiffDirectoryWriter(std::uint64_t begin, bool big_tiff)
        : begin_(begin)
        , big_tiff_(big_tiff) {}

    /// Where in the structure the directory will lie.
    std::uint64_t add(const TiffDirectory& directory);

    /// An entry that leads to a directory.
    [[nodiscard]] TiffEntry pointer(std::uint16_t tag, std::uint64_t directory) const;

    [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }

  private:
    void put(std::uint64_t value, std::size_t length);

    std::uint64_t begin_;
    bool big_tiff_;
    std::vector<std::byte> bytes_;
};

} // namespace kizuna::codec
