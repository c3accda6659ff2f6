#pragma once

#include "codec/codec.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// What the fuzz targets of all picture formats do: read every row, and the frames of animations, of a picture
// that may be anything.
namespace kizuna::fuzz {

using OpenDecoder = std::unique_ptr<Decoder> (*)(std::unique_ptr<InputStream>, const DecodeLimits&);

/// Small enough that a picture within them is decoded in milliseconds.
inline constexpr DecodeLimits limits{1U << 20U, 1U << 20U, 1000};

/// Large frames are many milliseconds each.
inline constexpr std::uint64_t most_frame_pixels = std::uint64_t{1} << 22U;

inline void decode_frames(Decoder& decoder) {
    const auto frames = decoder.take_frames();
    const std::uint64_t pixels = std::uint64_t{frames->info().width} * frames->info().height;
    const std::uint64_t count =
        std::min<std::uint64_t>(frames->animation().delays.size(), most_frame_pixels / pixels);
    for (std::uint64_t i = 0; i < count; ++i) {
        static_cast<void>(frames->next_frame());
    }
}

inline void decode_picture(OpenDecoder open, const std::uint8_t* data, std::size_t size) {
    try {
        const auto decoder = open(open_memory(std::as_bytes(std::span(data, size))), limits);
        std::vector<std::byte> row(decoder->info().row_bytes());
        for (std::uint32_t y = 0; y < decoder->info().height; ++y) {
            decoder->read_row(row);
        }
        const auto again = open(open_memory(std::as_bytes(std::span(data, size))), limits);
        if (again->animation()) {
            decode_frames(*again);
        }
    } catch (const Error&) {
        return; // damaged files are expected
    }
}

} // namespace kizuna::fuzz
