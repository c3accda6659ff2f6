#include "codec/exif.hpp"
#include "codec/exif_fields.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

namespace {

// Fields that were read must be read again from a blob of their own.
void check_fields(std::span<const std::byte> bytes) {
    const kizuna::codec::ExifFields fields = kizuna::codec::read_exif_fields(bytes);
    if (kizuna::codec::read_exif_fields(kizuna::codec::exif_blob(fields)) != fields) {
        std::abort();
    }
}

} // namespace

// An orientation that was set must be read back, whatever the blob was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    (void)kizuna::codec::exif_orientation(bytes);
    (void)kizuna::codec::exif_density(bytes);
    check_fields(bytes);
    auto turned = kizuna::codec::with_exif_orientation({bytes.begin(), bytes.end()}, 6);
    kizuna::codec::set_exif_dimensions(turned, 70'000, 3);
    turned = kizuna::codec::with_exif_orientation(std::move(turned), 6);
    if (kizuna::codec::exif_orientation(turned) != 6) {
        std::abort();
    }
    return 0;
}
