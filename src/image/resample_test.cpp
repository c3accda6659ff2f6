#include "image/resample.hpp"
#include "image/test_rows.hpp"

#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using Pixel = std::function<float(std::uint32_t x, std::uint32_t y, int c)>;

std::unique_ptr<RowSource>
drawn(std::uint32_t width, std::uint32_t height, std::uint8_t channels, const Pixel& pixel) {
    Image image({width, height, {channels, SampleType::f32}, {}});
    for (std::uint32_t y = 0; y < height; ++y) {
        const auto row = as_floats(image.row(y));
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = pixel(static_cast<std::uint32_t>(i / channels), y, static_cast<int>(i % channels));
        }
    }
    return test::rows_of(std::move(image));
}

float at(const Image& image, std::uint32_t x, std::uint32_t y, int c = 0) {
    return as_floats(image.row(y))[std::size_t{x} * image.format().channels + c];
}

class EachFilter : public testing::TestWithParam<Filter> {};

TEST_P(EachFilter, KeepsAPlainColourAtAnySize) {
    for (const auto& [width, height] : {std::pair{1U, 1U}, {3U, 50U}, {31U, 7U}, {40U, 26U}}) {
        auto source = resample(
            drawn(20, 13, 3, [](auto, auto, int c) { return 0.25F * static_cast<float>(c + 1); }), width,
            height, GetParam());
        const Image image = read_image(*source);
        for (std::uint32_t y = 0; y < height; ++y) {
            for (std::uint32_t x = 0; x < width; ++x) {
                EXPECT_NEAR(at(image, x, y, 2), 0.75F, 1e-5F)
                    << width << "x" << height << " at " << x << "," << y;
            }
        }
    }
}

TEST_P(EachFilter, PutsPixelCentresWhereTheyBelong) {
    // A ramp over the pixel centres stays the same ramp, away from the edges: no shift by half a pixel.
    auto source = resample(
        drawn(40, 40, 1, [](auto x, auto y, int) { return static_cast<float>(x + 2 * y); }), 100, 60,
        GetParam());
    const Image image = read_image(*source);
    for (std::uint32_t y = 15; y < 45; ++y) {
        for (std::uint32_t x = 25; x < 75; ++x) {
            const double expected = ((x + 0.5) * 0.4 - 0.5) + 2 * ((y + 0.5) * 40.0 / 60.0 - 0.5);
            // Lanczos ripples on a ramp by about 0.02 of its step; a shift by half a pixel would be 0.2 or
            // more.
            EXPECT_NEAR(at(image, x, y), expected, 0.1) << x << "," << y;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Resample, EachFilter, testing::Values(Filter::lanczos3, Filter::bicubic));

TEST(Resample, BicubicMatchesKeysFormulaByHand) {
    // Doubling: outputs lie a quarter pixel from the inputs. Keys' weights at a = −0.5 for distances 1.25,
    // 0.25, 0.75, 1.75.
    auto source = resample(
        drawn(8, 1, 1, [](auto x, auto, int) { return x == 4 ? 1.0F : 0.0F; }), 16, 1, Filter::bicubic);
    const Image image = read_image(*source);
    EXPECT_NEAR(at(image, 9, 0), 0.8671875F, 1e-6F);  // distance 0.25
    EXPECT_NEAR(at(image, 10, 0), 0.2265625F, 1e-6F); // distance 0.75
    EXPECT_NEAR(at(image, 11, 0), -0.0703125F, 1e-6F);
    EXPECT_NEAR(at(image, 12, 0), -0.0234375F, 1e-6F);
}

TEST(Resample, ShrinkingAveragesInsteadOfSkipping) {
    // A checkerboard shrunk fourfold is grey; a filter that is not widened would pick out black or white.
    auto source = resample(
        drawn(64, 64, 1, [](auto x, auto y, int) { return static_cast<float>((x + y) % 2); }), 16, 16,
        Filter::lanczos3);
    const Image image = read_image(*source);
    for (std::uint32_t x = 2; x < 14; ++x) {
        EXPECT_NEAR(at(image, x, 8), 0.5F, 0.01F);
    }
}

TEST(Resample, TheColourOfTransparentPixelsDoesNotBleed) {
    // Left half opaque white, right half transparent black: every visible pixel of the result is white.
    auto source = resample(
        drawn(16, 4, 4, [](auto x, auto, int) { return x < 8 ? 1.0F : 0.0F; }), 40, 10, Filter::lanczos3);
    const Image image = read_image(*source);
    for (std::uint32_t x = 0; x < 40; ++x) {
        EXPECT_GE(at(image, x, 5, 3), 0.0F);
        EXPECT_LE(at(image, x, 5, 3), 1.0F);
        if (at(image, x, 5, 3) > 0.01F) {
            EXPECT_NEAR(at(image, x, 5, 0), 1.0F, 1e-4F) << "column " << x;
        }
    }
}

} // namespace
} // namespace kizuna
