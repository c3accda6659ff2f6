// A network of Anime4K in JSON.
#include "formats/anime4k/anime4k.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        kizuna::validate(kizuna::read_anime4k(std::as_bytes(std::span(data, size))));
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
