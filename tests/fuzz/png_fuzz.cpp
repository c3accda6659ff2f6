#include "codec/codecs.hpp"
#include "codec/png_chunks.hpp"
#include "decode_picture.hpp"

#include <string_view>

namespace {

/// With the right checksum for every chunk: no fuzzer finds one by itself, and behind them the readers begin.
std::vector<std::byte> with_checksums(std::span<const std::byte> file) {
    using namespace kizuna;
    std::vector<std::byte> repaired;
    try {
        const auto in = open_memory(file);
        std::uint64_t at = codec::png_signature_bytes;
        repaired.assign(
            file.begin(), file.begin() + static_cast<std::ptrdiff_t>(std::min(file.size(), std::size_t{8})));
        while (at < file.size()) {
            const codec::PngChunk chunk = codec::read_png_chunk(*in, at);
            codec::append_png_chunk(
                repaired, std::string_view(chunk.type.data(), chunk.type.size()),
                file.subspan(chunk.body_at, chunk.length));
            at = chunk.next_at();
        }
    } catch (const Error&) {
        return repaired;
    }
    return repaired;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    kizuna::fuzz::decode_picture(kizuna::codec::open_png, data, size);
    const std::vector<std::byte> repaired = with_checksums(std::as_bytes(std::span(data, size)));
    kizuna::fuzz::decode_picture(
        kizuna::codec::open_png, reinterpret_cast<const std::uint8_t*>(repaired.data()), repaired.size());
    return 0;
}
