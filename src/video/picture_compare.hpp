#pragma once

#include "kizuna/image.hpp"

namespace kizuna::video {

/// Whether no sample differs by more than `tolerance` levels of 255. 0: only where every bit is equal.
/// Pictures have one size and format, of integers.
[[nodiscard]] bool looks_the_same(const Image& a, const Image& b, int tolerance);

} // namespace kizuna::video
