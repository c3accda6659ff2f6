// A file of weights, and what becomes of them.
#include "formats/architectures/architectures.hpp"
#include "formats/safetensors/safetensors.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        (void)kizuna::assemble(kizuna::read_safetensors(std::as_bytes(std::span(data, size))));
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
