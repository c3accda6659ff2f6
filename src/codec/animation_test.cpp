#include "codec/frame_delays.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace kizuna::codec {
namespace {

constexpr DelayUnit hundredths{.format = "GIF", .per_second = 100, .most = 65535, .least_rounded = 2};

Animation animation_of(std::vector<FrameDelay> delays) {
    return {.plays = 0, .delays = std::move(delays)};
}

TEST(FrameDelay, IsInItsLowestTerms) {
    EXPECT_EQ(frame_delay(40, 1000), (FrameDelay{1, 25}));
    EXPECT_EQ(frame_delay(0, 77), (FrameDelay{0, 1}));
    EXPECT_EQ(frame_delay(3, 0), (FrameDelay{0, 1}));
    EXPECT_EQ(frame_delay(std::uint64_t{1} << 40U, std::uint64_t{1} << 42U), (FrameDelay{1, 4}));
}

TEST(FrameDelay, StaysCloseWhereItsTermsAreTooLarge) {
    EXPECT_NEAR(frame_delay(10'000'000'019, 100'000'000'003).seconds(), 0.1, 1e-6);
    EXPECT_NEAR(frame_delay(10'000'000'000'019, 1'000'000'007).seconds(), 10'000, 1);
    EXPECT_GT(frame_delay(~0ULL, 1).seconds(), 4e9);
}

TEST(CountDelays, KeepsWhatIsAWholeNumberOfUnits) {
    const auto counts =
        count_delays(animation_of({frame_delay(1, 100), frame_delay(0, 1), frame_delay(655, 1)}), hundredths);
    EXPECT_EQ(counts, (std::vector<std::uint32_t>{1, 0, 65500}));
}

TEST(CountDelays, RoundsSoThatErrorsDoNotAddUp) {
    const auto counts =
        count_delays(animation_of(std::vector<FrameDelay>(300, frame_delay(1001, 30'000))), hundredths);
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0U), 1001U);
    for (const std::uint32_t count : counts) {
        EXPECT_TRUE(count == 3 || count == 4) << count;
    }
}

TEST(CountDelays, RoundsToNothingShorterOrLongerThanTheFormatWants) {
    const auto counts = count_delays(
        animation_of({frame_delay(1, 240), frame_delay(1, 240), frame_delay(9999, 1)}), hundredths);
    EXPECT_EQ(counts, (std::vector<std::uint32_t>{2, 2, 65535}));
}

TEST(CommonTimescale, MakesEveryDelayAWholeNumber) {
    EXPECT_EQ(common_timescale(animation_of({frame_delay(1, 24), frame_delay(1, 1000)}), 1'000'000), 3000U);
    EXPECT_EQ(common_timescale(animation_of({frame_delay(1, 3)}), 1'000'000), 3000U);
    EXPECT_EQ(
        common_timescale(animation_of({frame_delay(1, 65537), frame_delay(1, 65539)}), 1'000'000), 1000U);
}

} // namespace
} // namespace kizuna::codec
