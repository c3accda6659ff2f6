#pragma once

#include "kizuna/image.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace kizuna::video {

/// As a file of the format that `name` ends in.
[[nodiscard]] std::vector<std::byte> encoded_picture(const Image& image, const std::filesystem::path& name);

} // namespace kizuna::video
