#pragma once

#include "kizuna/image.hpp"

#include <cstdint>

namespace kizuna::video {

/// At another size, in the same format.
[[nodiscard]] Image resized(const Image& picture, std::uint32_t width, std::uint32_t height);

/// Both of one size and format.
[[nodiscard]] Image side_by_side(const Image& left, const Image& right);

} // namespace kizuna::video
