// An npm package's archive, of which every file "a" is wanted that has three bytes.
#include "service/package_archive.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto in = kizuna::open_memory(std::as_bytes(std::span(data, size)));
        kizuna::read_package_archive(
            *in,
            [](std::string_view path) -> std::optional<std::uint64_t> {
                return path == "a" ? std::optional<std::uint64_t>(3) : std::nullopt;
            },
            [](const std::string& /*path*/, const std::vector<std::byte>& /*content*/) {}, {});
    } catch (const kizuna::Error&) { // the only way in which a file may be refused
    }
    return 0;
}
