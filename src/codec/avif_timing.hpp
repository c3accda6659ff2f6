#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// How long libavif will look for the display times of an AVIF file's frames.
namespace kizuna::codec {

/// Throws Error{limit_exceeded} where reading the times of all `frames` one after the other would take
/// libavif more than a second or so: it walks through the table of times from its beginning for each frame
/// that comes before the one asked for, so that the work grows with the cube of the frames where each has an
/// entry.
void check_avif_timing(std::span<const std::byte> file, std::uint64_t frames);

} // namespace kizuna::codec
