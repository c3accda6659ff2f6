// The two files of an ncnn network, in one input: the .param, a zero byte, the .bin.
#include "formats/ncnn/ncnn.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::uint8_t* const end = data + size;
    const std::uint8_t* const separator = std::find(data, end, 0);
    const std::string_view param(
        static_cast<const char*>(static_cast<const void*>(data)), static_cast<std::size_t>(separator - data));
    const std::span bin(separator + (separator == end ? 0 : 1), end);
    try {
        const kizuna::Graph graph = kizuna::read_ncnn(param, std::as_bytes(bin));
        kizuna::validate(graph);
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
