#include "codec/palette.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace kizuna::codec {
namespace {

std::uint32_t rgb(int red, int green, int blue) {
    return static_cast<std::uint32_t>(red) << 16U | static_cast<std::uint32_t>(green) << 8U |
           static_cast<std::uint32_t>(blue);
}

int channel(std::uint32_t colour, int c) {
    return static_cast<int>(colour >> static_cast<unsigned>(8 * c) & 255U);
}

/// A sky, from one colour to another: many more colours than a palette has.
std::vector<std::uint32_t> gradient(int width, int height) {
    std::vector<std::uint32_t> pixels;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            pixels.push_back(rgb(60 + 100 * y / height, 120 + 60 * x / width, 250 - (x + y) % 90));
        }
    }
    return pixels;
}

TEST(ChoosePalette, KeepsColoursThatAreFew) {
    std::vector<std::uint32_t> pixels;
    pixels.reserve(5000);
    for (int i = 0; i < 5000; ++i) {
        pixels.push_back(i % 7 == 0 ? no_pixel : rgb(i % 255, 2 * (i % 255) % 256, 9));
    }
    const std::vector<std::uint32_t> palette = choose_palette(pixels, 255);
    EXPECT_EQ(palette.size(), 255U);
    std::set<std::uint32_t> wanted(pixels.begin(), pixels.end());
    wanted.erase(no_pixel);
    EXPECT_EQ(std::set<std::uint32_t>(palette.begin(), palette.end()), wanted);
    EXPECT_TRUE(choose_palette(std::vector<std::uint32_t>(9, no_pixel), 255).empty());
}

TEST(ChoosePalette, NeverGivesMoreThanIsAskedFor) {
    std::mt19937 random(20240311);
    std::vector<std::uint32_t> pixels(20'000);
    std::ranges::generate(pixels, [&] { return static_cast<std::uint32_t>(random() & 0xFFFFFFU); });
    for (const std::size_t most : {1U, 2U, 3U, 100U, 256U}) {
        const auto palette = choose_palette(pixels, most);
        EXPECT_LE(palette.size(), most);
        EXPECT_GE(palette.size(), 1U);
        EXPECT_TRUE(std::ranges::all_of(palette, [](std::uint32_t colour) { return colour <= 0xFFFFFF; }));
    }
}

TEST(ChoosePalette, LeavesThePlainColoursOfADrawingAsTheyAre) {
    std::vector<std::uint32_t> pixels = gradient(300, 100);
    const std::array plain{rgb(241, 142, 59), rgb(20, 17, 33), rgb(255, 253, 250)};
    for (const std::uint32_t colour : plain) {
        pixels.insert(pixels.end(), 20'000, colour);
    }
    const std::vector<std::uint32_t> palette = choose_palette(pixels, 255);
    for (const std::uint32_t colour : plain) {
        EXPECT_NE(std::ranges::find(palette, colour), palette.end()) << colour;
    }
}

TEST(Dither, KeepsTheMeanOfEveryArea) {
    constexpr int width = 128;
    const std::vector<std::uint32_t> pixels = gradient(width, 128);
    const std::vector<std::uint32_t> palette = choose_palette(pixels, 32);
    const std::vector<std::uint8_t> indices = dither(pixels, width, palette, 255);
    constexpr int area = 16;
    for (int top = 0; top < 128; top += area) {
        for (int left = 0; left < width; left += area) {
            for (int c = 0; c < 3; ++c) {
                int wanted = 0;
                int got = 0;
                for (int i = 0; i < area * area; ++i) {
                    const int place = (top + i / area) * width + left + i % area;
                    const auto at = static_cast<std::size_t>(place);
                    wanted += channel(pixels[at], c);
                    got += channel(palette[indices[at]], c);
                }
                EXPECT_NEAR(wanted, got, 8 * area * area) << left << ", " << top << ", channel " << c;
            }
        }
    }
}

TEST(Dither, LeavesPlainAreasPlainAndDrawsNothingWhereNothingIs) {
    constexpr std::size_t width = 64;
    std::vector<std::uint32_t> pixels = gradient(width, 32);
    std::fill_n(pixels.begin() + 10 * width, 10 * width, rgb(200, 30, 30));
    std::fill_n(pixels.begin() + 5 * width, width, no_pixel);
    std::vector<std::uint32_t> palette = choose_palette(pixels, 16);
    palette.back() = rgb(200, 30, 30);
    const std::vector<std::uint8_t> indices = dither(pixels, width, palette, 77);
    for (std::size_t at = 10 * width; at < 20 * width; ++at) {
        ASSERT_EQ(palette[indices[at]], rgb(200, 30, 30)) << at;
    }
    for (std::size_t at = 5 * width; at < 6 * width; ++at) {
        ASSERT_EQ(indices[at], 77) << at;
    }
}

} // namespace
} // namespace kizuna::codec
