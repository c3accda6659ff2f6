// The two files of an ncnn network whose .param is binary, in one input: four bytes that say how long the
// .param is, the .param, the .bin.
#include "formats/ncnn/ncnn.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint32_t length = 0;
    if (size < sizeof length) {
        return 0;
    }
    std::memcpy(&length, data, sizeof length);
    const auto rest = std::span(data, size).subspan(sizeof length);
    const auto param = rest.first(std::min<std::size_t>(length, rest.size()));
    const std::string_view text(
        static_cast<const char*>(static_cast<const void*>(param.data())), param.size());
    try {
        const kizuna::Graph graph = kizuna::read_ncnn(text, std::as_bytes(rest.subspan(param.size())));
        kizuna::validate(graph);
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
