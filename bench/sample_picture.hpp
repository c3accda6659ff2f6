#pragma once

#include "kizuna/image.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>

struct PictureSize {
    std::uint32_t width;
    std::uint32_t height;

    [[nodiscard]] double pixels() const { return static_cast<double>(width) * height; }

    [[nodiscard]] std::string text() const { return fmt::format("{}×{}", width, height); }
};

/// A picture with what costs codecs something: gradients, edges, and a little noise. The same for the same
/// size.
[[nodiscard]] kizuna::Image sample_picture(std::uint32_t width, std::uint32_t height);

/// That picture as a PNG in the folder for temporary files, written where it is not there yet.
[[nodiscard]] std::filesystem::path sample_file(std::uint32_t width, std::uint32_t height);

/// Where a result that nobody looks at is written.
[[nodiscard]] std::filesystem::path result_file();
