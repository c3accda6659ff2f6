#pragma once

#include "codec/codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// What we read and write ourselves of a PNG file: its chunks.
namespace kizuna::codec {

inline constexpr std::uint64_t png_signature_bytes = 8;

/// Where a chunk lies in its file.
struct PngChunk {
    std::array<char, 4> type{};
    std::uint32_t length = 0;
    std::uint64_t body_at = 0;

    [[nodiscard]] bool is(std::string_view name) const;

    /// Where the next one begins: a checksum lies between.
    [[nodiscard]] std::uint64_t next_at() const { return body_at + length + 4; }
};

/// The chunk that begins there. Throws Error{corrupt} where the file ends before it does.
[[nodiscard]] PngChunk read_png_chunk(InputStream& in, std::uint64_t at);

/// The chunk's bytes; empty where the checksum says that they are damaged.
[[nodiscard]] std::vector<std::byte> read_png_body(InputStream& in, const PngChunk& chunk);

/// Adds a chunk to the end of a file; `type` has four letters.
void append_png_chunk(std::vector<std::byte>& file, std::string_view type, std::span<const std::byte> body);

/// How PNG stores numbers.
[[nodiscard]] std::array<std::byte, 4> big_endian_bytes(std::uint32_t value);

/// What libpng does not show: it knows no APNG, and metadata behind the pixels only once these have been
/// decoded.
struct PngChunks {
    std::vector<std::byte> exif;
    std::vector<std::byte> xmp;
    bool is_animation = false; ///< says that it is an APNG
};

/// Walks all chunks, from the signature to IEND, reading none but these. Throws Error{corrupt} for a file
/// that is cut off and {limit_exceeded} for too large a blob; a chunk whose checksum is wrong is passed over.
[[nodiscard]] PngChunks scan_png_chunks(InputStream& in, const DecodeLimits& limits);

/// The body of the iTXt chunk that holds this XMP packet.
[[nodiscard]] std::vector<std::byte> xmp_chunk_body(const std::vector<std::byte>& xmp);

} // namespace kizuna::codec
