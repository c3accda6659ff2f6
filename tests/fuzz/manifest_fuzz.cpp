// What is said of networks: a manifest, and what lies beside one of somebody's own.
#include "service/manifest.hpp"
#include "service/sidecar.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        (void)kizuna::parse_manifest(text);
    } catch (const kizuna::Error&) { // the only way in which it may be refused
    }
    try {
        const kizuna::Sidecar sidecar = kizuna::parse_sidecar(text);
        (void)kizuna::parse_sidecar(kizuna::write_sidecar(sidecar)); // what is written can be read
    } catch (const kizuna::Error&) {
    }
    return 0;
}
