#include "base/half.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace kizuna {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Half, KeepsEveryHalfOnTheWayThroughFloat) {
    for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const float value = from_half(half);
        if (std::isnan(value)) {
            ASSERT_TRUE(std::isnan(from_half(to_half(value)))) << bits;
        } else {
            ASSERT_EQ(to_half(value), half) << value;
        }
    }
}

TEST(Half, KnowsTheValuesOfTheStandard) {
    EXPECT_EQ(from_half(0x3C00), 1.0F);
    EXPECT_EQ(from_half(0xC000), -2.0F);
    EXPECT_EQ(from_half(0x7BFF), 65504.0F);
    EXPECT_EQ(from_half(0x0400), 0x1p-14F);
    EXPECT_EQ(from_half(0x0001), 0x1p-24F);
    EXPECT_EQ(from_half(0x3555), 0.333251953125F);
    EXPECT_EQ(from_half(0x7C00), infinity);
    EXPECT_EQ(from_half(0xFC00), -infinity);
}

// Between two neighbouring halves: below the middle goes down, above goes up, the middle to the even one.
TEST(Half, RoundsToNearestAndTiesToEven) {
    for (std::uint16_t low = 0; low < 0x7BFF; ++low) {
        const auto high = static_cast<std::uint16_t>(low + 1);
        const float middle = (from_half(low) + from_half(high)) / 2; // exact: one bit more than a half has
        ASSERT_EQ(to_half(std::nextafter(middle, 0.0F)), low) << low;
        ASSERT_EQ(to_half(std::nextafter(middle, infinity)), high) << low;
        ASSERT_EQ(to_half(middle), low % 2 == 0 ? low : high) << low;
        ASSERT_EQ(to_half(-middle), 0x8000 | (low % 2 == 0 ? low : high)) << low;
    }
}

TEST(Half, MakesInfinityOfWhatIsTooLarge) {
    EXPECT_EQ(to_half(65519.996F), 0x7BFF);
    EXPECT_EQ(to_half(65520.0F), 0x7C00);
    EXPECT_EQ(to_half(-1e30F), 0xFC00);
    EXPECT_EQ(to_half(infinity), 0x7C00);
}

TEST(Half, MakesZeroOfWhatIsTooSmallAndKeepsItsSign) {
    EXPECT_EQ(to_half(0x1p-25F), 0x0000);
    EXPECT_EQ(to_half(-0x1p-26F), 0x8000);
    EXPECT_EQ(to_half(std::numeric_limits<float>::denorm_min()), 0x0000);
}

} // namespace

} // namespace kizuna
