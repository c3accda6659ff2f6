#include "sample_picture.hpp"

#include "kizuna/image_file.hpp"

#include <string>

kizuna::Image sample_picture(std::uint32_t width, std::uint32_t height) {
    kizuna::Image image({width, height, {3, kizuna::SampleType::u8}, {}});
    std::uint32_t noise = 1;
    for (std::uint32_t y = 0; y < height; ++y) {
        auto row = image.row(y);
        for (std::uint32_t x = 0; x < width; ++x) {
            noise = noise * 1664525U + 1013904223U; // Numerical Recipes' linear congruential generator
            const bool line = (x + y / 2) % 61 < 3 || (x * 2 + y) % 97 < 2;
            const std::uint32_t grain = noise >> 30U;
            row[std::size_t{x} * 3] = static_cast<std::byte>(line ? 20 : (x * 160 / width) + 60 + grain);
            row[std::size_t{x} * 3 + 1] = static_cast<std::byte>(line ? 24 : (y * 160 / height) + 60 + grain);
            row[std::size_t{x} * 3 + 2] =
                static_cast<std::byte>(line ? 40 : ((x / 64 + y / 64) % 3) * 50 + 90 + grain);
        }
    }
    return image;
}

std::filesystem::path sample_file(std::uint32_t width, std::uint32_t height) {
    auto path = std::filesystem::temp_directory_path() /
                ("kizuna-bench-" + std::to_string(width) + "x" + std::to_string(height) + ".png");
    if (!std::filesystem::exists(path)) {
        kizuna::write_image(sample_picture(width, height), path);
    }
    return path;
}

std::filesystem::path result_file() {
    return std::filesystem::temp_directory_path() / "kizuna-bench-result.png";
}
