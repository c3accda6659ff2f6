// What was found out about networks on this machine's devices.
#include "service/measurements.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto measurements = kizuna::parse_measurements(text, "measurements");
        const std::string written = kizuna::write_measurements(measurements);
        // What is written can be read, and is the same.
        if (kizuna::write_measurements(kizuna::parse_measurements(written, "written")) != written) {
            std::abort();
        }
    } catch (const kizuna::Error&) { // the only way in which it may be refused
    }
    return 0;
}
