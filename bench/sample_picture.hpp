#pragma once

#include "kizuna/image.hpp"

#include <cstdint>
#include <filesystem>

/// A picture with what costs codecs something: gradients, edges, and a little noise. The same for the same
/// size.
[[nodiscard]] kizuna::Image sample_picture(std::uint32_t width, std::uint32_t height);

/// That picture as a PNG in the folder for temporary files, written where it is not there yet.
[[nodiscard]] std::filesystem::path sample_file(std::uint32_t width, std::uint32_t height);
