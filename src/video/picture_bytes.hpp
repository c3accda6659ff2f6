#pragma once

#include "kizuna/image.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace kizuna::video {

/// Throws Error{invalid_argument} where `name` does not end in a format that pictures are written in, and
/// {unsupported} where that cannot store pictures of this size.
void check_picture(std::uint32_t width, std::uint32_t height, const std::filesystem::path& name);

/// As a file of the format that `name` ends in.
[[nodiscard]] std::vector<std::byte> encoded_picture(const Image& image, const std::filesystem::path& name);

} // namespace kizuna::video
