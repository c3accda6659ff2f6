// A file that torch.save wrote, of either form, and what becomes of its weights.
#include "formats/architectures/architectures.hpp"
#include "formats/torch/torch.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        (void)kizuna::assemble(kizuna::read_torch(std::as_bytes(std::span(data, size))));
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
