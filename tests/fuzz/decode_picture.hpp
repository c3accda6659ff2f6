#pragma once

#include "codec/codec.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// What the fuzz targets of all picture formats do: read every row of a picture that may be anything.
namespace kizuna::fuzz {

using OpenDecoder = std::unique_ptr<Decoder> (*)(std::unique_ptr<InputStream>, const DecodeLimits&);

/// Small enough that a picture within them is decoded in milliseconds.
inline constexpr DecodeLimits limits{1U << 20U, 1U << 20U};

inline void decode_picture(OpenDecoder open, const std::uint8_t* data, std::size_t size) {
    try {
        const auto decoder = open(open_memory(std::as_bytes(std::span(data, size))), limits);
        std::vector<std::byte> row(decoder->info().row_bytes());
        for (std::uint32_t y = 0; y < decoder->info().height; ++y) {
            decoder->read_row(row);
        }
    } catch (const Error&) {
        return; // damaged files are expected
    }
}

} // namespace kizuna::fuzz
