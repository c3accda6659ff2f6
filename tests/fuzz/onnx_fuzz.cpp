// An ONNX file. What could be read must be writable, and readable again.
#include "formats/onnx/onnx.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const kizuna::Network network = kizuna::read_onnx(std::as_bytes(std::span(data, size)));
        if (!network.graph) {
            return 0;
        }
        const kizuna::Network again = kizuna::read_onnx(kizuna::write_onnx(*network.graph));
        if (!again.graph && !network.spec.fixed_input) {
            std::abort();
        }
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
