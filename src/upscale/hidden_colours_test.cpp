#include "upscale/hidden_colours.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <tuple>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

constexpr PixelFormat rgba_floats{4, SampleType::f32};

float& sample(Image& image, std::int64_t x, std::int64_t y, int channel) {
    const auto at = static_cast<std::size_t>(x * image.format().channels + channel);
    return as_floats(image.row(static_cast<std::uint32_t>(y)))[at];
}

/// Spots of colour on nothing, `hidden` in the colours of what cannot be seen.
Image spots(std::uint32_t width, std::uint32_t height, int one_in, float hidden) {
    Image image({width, height, rgba_floats, {}});
    std::mt19937 random(width * 31 + height);
    for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x) {
            const bool visible = random() % one_in == 0;
            for (int c = 0; c < 3; ++c) {
                const float colour = static_cast<float>(random() % 1000) / 999;
                sample(image, x, y, c) = visible ? colour : hidden;
            }
            sample(image, x, y, 3) = visible ? static_cast<float>(1 + random() % 255) / 255 : 0;
        }
    }
    return image;
}

/// The same by the plainest means: the whole picture, step by step.
Image filled_step_by_step(Image image) {
    const auto width = static_cast<std::int64_t>(image.width());
    const auto height = static_cast<std::int64_t>(image.height());
    for (int step = 0; step < continued_colours_px; ++step) {
        Image before = ImageView(image).copy();
        for (std::int64_t y = 0; y < height; ++y) {
            for (std::int64_t x = 0; x < width; ++x) {
                if (sample(before, x, y, 3) > 0) {
                    continue;
                }
                double weights = 0;
                double sums[3] = {};
                int count = 0;
                for (std::int64_t j = std::max<std::int64_t>(y - 1, 0); j <= std::min(y + 1, height - 1);
                     ++j) {
                    for (std::int64_t i = std::max<std::int64_t>(x - 1, 0); i <= std::min(x + 1, width - 1);
                         ++i) {
                        const double alpha = sample(before, i, j, 3);
                        weights += alpha;
                        count += alpha > 0 ? 1 : 0;
                        for (int c = 0; c < 3; ++c) {
                            sums[c] += alpha * sample(before, i, j, c);
                        }
                    }
                }
                for (int c = 0; c < 3 && count > 0; ++c) {
                    sample(image, x, y, c) = static_cast<float>(sums[c] / weights);
                    sample(image, x, y, 3) = static_cast<float>(weights / count);
                }
            }
        }
    }
    return image;
}

Image filled(const Image& image) {
    return read_image(*with_hidden_colours_filled(rows_of_borrowed(image)));
}

TEST(HiddenColours, AreContinuedFromWhatIsVisible) {
    for (const auto& [width, height, one_in] :
         {std::tuple{1U, 1U, 1}, {1U, 40U, 30}, {53U, 1U, 20}, {64U, 49U, 300}, {33U, 40U, 3}}) {
        const Image image = spots(width, height, one_in, -5);
        Image wanted = filled_step_by_step(ImageView(image).copy());
        Image result = filled(image);
        ASSERT_EQ(result.format(), (PixelFormat{3, SampleType::f32}));
        for (std::uint32_t y = 0; y < height; ++y) {
            for (std::uint32_t x = 0; x < width; ++x) {
                for (int c = 0; c < 3; ++c) {
                    const float expected = sample(wanted, x, y, 3) > 0 ? sample(wanted, x, y, c) : 0.5F;
                    ASSERT_NEAR(sample(result, x, y, c), expected, 1e-4) << x << ", " << y;
                }
            }
        }
    }
}

TEST(HiddenColours, DoNotMatter) {
    const Image one = filled(spots(70, 45, 200, 0));
    const Image other = filled(spots(70, 45, 200, 1));
    EXPECT_TRUE(std::equal(one.pixels().begin(), one.pixels().end(), other.pixels().begin()));
}

TEST(HiddenColours, VisibleOnesStayAsTheyAre) {
    Image image = spots(40, 30, 4, 0.25F);
    Image result = filled(image);
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        for (std::uint32_t x = 0; x < image.width(); ++x) {
            for (int c = 0; c < 3 && sample(image, x, y, 3) > 0; ++c) {
                ASSERT_EQ(sample(result, x, y, c), sample(image, x, y, c));
            }
        }
    }
}

} // namespace
} // namespace kizuna
