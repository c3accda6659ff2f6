#include "codec/png_chunks.hpp"

#include "base/byte_order.hpp"
#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <zlib.h>

#include <fmt/format.h>

namespace kizuna::codec {
namespace {

using namespace std::string_view_literals;

// What comes before the text itself in an iTXt chunk of XMP: keyword, compression flag and method, no
// language, no translated keyword.
constexpr std::string_view xmp_keyword = "XML:com.adobe.xmp\0"sv;
constexpr std::string_view xmp_prefix = "XML:com.adobe.xmp\0\0\0\0\0"sv;

/// `bytes_left`: what may still be inflated of this file. Text that does not come to its end counts, too, as
/// a file may have any number of them.
std::vector<std::byte> inflate_text(std::span<const std::byte> packed, std::uint64_t& bytes_left) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        throw Error(ErrorCode::out_of_memory, "no memory to decompress metadata");
    }
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data())); // zlib only reads it
    stream.avail_in = static_cast<uInt>(packed.size());
    std::vector<std::byte> text;
    std::array<std::byte, 16384> piece{};
    int state = Z_OK;
    while (state == Z_OK && text.size() <= bytes_left) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        state = inflate(&stream, Z_NO_FLUSH);
        text.insert(text.end(), piece.begin(), piece.end() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (text.size() > bytes_left) {
        throw Error(ErrorCode::limit_exceeded, "the PNG file's XMP is larger than the limit for metadata");
    }
    bytes_left -= text.size();
    return state == Z_STREAM_END ? text : std::vector<std::byte>();
}

/// The XMP packet of an iTXt chunk; empty if it holds something else.
std::vector<std::byte> xmp_of(std::span<const std::byte> body, std::uint64_t& bytes_left) {
    if (body.size() < xmp_prefix.size() ||
        std::memcmp(body.data(), xmp_keyword.data(), xmp_keyword.size()) != 0) {
        return {};
    }
    const bool compressed = body[xmp_keyword.size()] != std::byte{0};
    std::span<const std::byte> rest = body.subspan(xmp_keyword.size() + 2);
    for (int field = 0; field < 2; ++field) { // language and translated keyword, each ended by a zero
        const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
        if (end == rest.end()) {
            return {};
        }
        rest = rest.subspan(static_cast<std::size_t>(end - rest.begin()) + 1);
    }
    return compressed ? inflate_text(rest, bytes_left) : std::vector<std::byte>(rest.begin(), rest.end());
}

std::uint32_t checksum(std::span<const std::byte, 4> type, std::span<const std::byte> body) {
    uLong sum = crc32(0, reinterpret_cast<const Bytef*>(type.data()), 4);
    if (!body.empty()) { // zlib takes no address for the wish to begin anew
        sum = crc32_z(sum, reinterpret_cast<const Bytef*>(body.data()), body.size());
    }
    return static_cast<std::uint32_t>(sum);
}

std::vector<std::byte> read_metadata(InputStream& in, const PngChunk& chunk, const DecodeLimits& limits) {
    if (chunk.length > limits.max_metadata_bytes) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "the PNG file has {} bytes of metadata in one piece; the limit is {}", chunk.length,
                limits.max_metadata_bytes));
    }
    return read_png_body(in, chunk);
}

} // namespace

std::array<std::byte, 4> big_endian_bytes(std::uint32_t value) {
    return {
        static_cast<std::byte>(value >> 24U), static_cast<std::byte>(value >> 16U & 255U),
        static_cast<std::byte>(value >> 8U & 255U), static_cast<std::byte>(value & 255U)};
}

bool PngChunk::is(std::string_view name) const {
    return std::string_view(type.data(), type.size()) == name;
}

PngChunk read_png_chunk(InputStream& in, std::uint64_t at) {
    std::array<std::byte, 8> header{};
    in.seek(at);
    const bool whole = in.read(header) == header.size();
    PngChunk chunk;
    chunk.length = static_cast<std::uint32_t>(big_endian(std::span(header).first<4>()));
    chunk.body_at = at + header.size();
    std::memcpy(chunk.type.data(), header.data() + 4, chunk.type.size());
    if (!whole || chunk.next_at() > in.size()) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("the PNG file is cut off: it ends after {} bytes, within its chunks", in.size()));
    }
    return chunk;
}

std::vector<std::byte> read_png_body(InputStream& in, const PngChunk& chunk) {
    std::vector<std::byte> body(std::size_t{chunk.length} + 4);
    in.seek(chunk.body_at);
    const bool whole = in.read(body) == body.size();
    const std::uint64_t stored = big_endian(std::span(body).last<4>());
    body.resize(chunk.length);
    const bool intact = whole && checksum(std::as_bytes(std::span(chunk.type)), body) == stored;
    body.resize(intact ? chunk.length : 0);
    return body;
}

void append_png_chunk(std::vector<std::byte>& file, std::string_view type, std::span<const std::byte> body) {
    const auto name = std::as_bytes(std::span(type)).first<4>();
    const auto append = [&file](std::span<const std::byte> bytes) {
        file.insert(file.end(), bytes.begin(), bytes.end());
    };
    append(big_endian_bytes(checked_cast<std::uint32_t>(body.size())));
    append(name);
    append(body);
    append(big_endian_bytes(checksum(name, body)));
}

PngChunks scan_png_chunks(InputStream& in, const DecodeLimits& limits) {
    PngChunks found;
    bool pixels_begin = false;
    std::uint64_t xmp_bytes_left = limits.max_metadata_bytes;
    std::uint64_t at = png_signature_bytes;
    while (true) {
        const PngChunk chunk = read_png_chunk(in, at);
        if (chunk.is("IEND")) {
            return found;
        }
        if (chunk.is("eXIf") && found.exif.empty()) {
            found.exif = read_metadata(in, chunk, limits);
        } else if (chunk.is("iTXt") && found.xmp.empty()) {
            found.xmp = xmp_of(read_metadata(in, chunk, limits), xmp_bytes_left);
        } else if (chunk.is("IDAT")) {
            pixels_begin = true;
        } else if (chunk.is("acTL") && !pixels_begin) { // behind the pixels it does not count
            found.is_animation = true;
        }
        at = chunk.next_at();
    }
}

std::vector<std::byte> xmp_chunk_body(const std::vector<std::byte>& xmp) {
    const auto prefix = std::as_bytes(std::span(xmp_prefix));
    std::vector<std::byte> body(prefix.size() + xmp.size());
    std::copy(xmp.begin(), xmp.end(), std::copy(prefix.begin(), prefix.end(), body.begin()));
    return body;
}

} // namespace kizuna::codec
