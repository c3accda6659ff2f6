#pragma once

#include "codec/codec.hpp"

#include <cstdint>
#include <vector>

namespace kizuna::codec {

/// What we read ourselves of a PNG's chunks: libpng knows no APNG, and shows metadata behind the pixels only
/// once these have been decoded.
struct PngChunks {
    std::vector<std::byte> exif;
    std::vector<std::byte> xmp;
    std::uint32_t frames = 1; ///< of an APNG
};

/// Walks all chunks, from the signature to IEND, reading none but these. Throws Error{corrupt} for a file
/// that is cut off and {limit_exceeded} for too large a blob; a chunk whose checksum is wrong is passed over.
[[nodiscard]] PngChunks scan_png_chunks(InputStream& in, const DecodeLimits& limits);

/// The body of the iTXt chunk that holds this XMP packet.
[[nodiscard]] std::vector<std::byte> xmp_chunk_body(const std::vector<std::byte>& xmp);

} // namespace kizuna::codec
