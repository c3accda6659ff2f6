#include "codec/exif.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

// An orientation that was set must be read back, whatever the blob was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    (void)kizuna::codec::exif_orientation(bytes);
    (void)kizuna::codec::exif_density(bytes);
    auto turned = kizuna::codec::with_exif_orientation({bytes.begin(), bytes.end()}, 6);
    kizuna::codec::set_exif_dimensions(turned, 70'000, 3);
    turned = kizuna::codec::with_exif_orientation(std::move(turned), 6);
    if (kizuna::codec::exif_orientation(turned) != 6) {
        std::abort();
    }
    return 0;
}
