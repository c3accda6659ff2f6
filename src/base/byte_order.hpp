#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Numbers as files store them.
namespace kizuna {

/// The number that up to 8 bytes stand for, the highest first.
[[nodiscard]] constexpr std::uint64_t big_endian(std::span<const std::byte> bytes) noexcept {
    std::uint64_t value = 0;
    for (const std::byte byte : bytes) {
        value = value << 8U | std::to_integer<std::uint64_t>(byte);
    }
    return value;
}

/// The number that up to 8 bytes stand for, the lowest first.
[[nodiscard]] constexpr std::uint64_t little_endian(std::span<const std::byte> bytes) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8U | std::to_integer<std::uint64_t>(bytes[i]);
    }
    return value;
}

} // namespace kizuna
