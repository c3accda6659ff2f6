#pragma once

#include "base/byte_order.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// The boxes that AVIF and JPEG XL files consist of (ISO/IEC 14496-12, 4.2): a length, a type, content.
namespace kizuna::codec {

struct IsoBox {
    std::span<const std::byte> type; ///< 4 characters
    std::span<const std::byte> content;
    std::size_t bytes = 0; ///< all of it, length and type included
};

/// The box that `bytes` begin with; empty where they are none, or end before it does.
[[nodiscard]] inline std::optional<IsoBox> first_box(std::span<const std::byte> bytes) {
    constexpr std::size_t short_header = 8;
    constexpr std::size_t long_header = 16;
    if (bytes.size() < short_header) {
        return std::nullopt;
    }
    std::uint64_t size = big_endian(bytes.first(4));
    std::size_t header = short_header;
    if (size == 1 && bytes.size() >= long_header) { // the length follows the type
        header = long_header;
        size = big_endian(bytes.subspan(short_header, 8));
    } else if (size == 0) { // to the end
        size = bytes.size();
    }
    if (size < header || size > bytes.size()) {
        return std::nullopt;
    }
    const auto length = static_cast<std::size_t>(size);
    return IsoBox{bytes.subspan(4, 4), bytes.subspan(header, length - header), length};
}

} // namespace kizuna::codec
