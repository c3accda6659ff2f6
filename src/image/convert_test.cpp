#include "image/convert.hpp"
#include "image/test_rows.hpp"

#include "kizuna/error.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

template <typename T>
constexpr SampleType type_of = sizeof(T) == 1   ? SampleType::u8
                               : sizeof(T) == 2 ? SampleType::u16
                                                : SampleType::f32;

template <typename T>
std::unique_ptr<RowSource> one_row(std::uint8_t channels, const std::vector<T>& samples) {
    Image image({static_cast<std::uint32_t>(samples.size() / channels), 1, {channels, type_of<T>}, {}});
    std::memcpy(image.pixels().data(), samples.data(), image.pixels().size());
    return test::rows_of(std::move(image));
}

template <typename T>
std::vector<T> samples_of(RowSource& source) {
    const Image image = read_image(source);
    std::vector<T> samples(image.pixels().size() / sizeof(T));
    std::memcpy(samples.data(), image.pixels().data(), image.pixels().size());
    return samples;
}

template <typename To, typename From>
std::vector<To> converted(std::uint8_t from, const std::vector<From>& samples, std::uint8_t to) {
    const auto source = convert_format(one_row(from, samples), {to, type_of<To>});
    return samples_of<To>(*source);
}

TEST(ConvertSamples, EverySixteenBitValueSurvivesFloat) {
    std::vector<std::uint16_t> all(65536);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<std::uint16_t>(i);
    }
    const auto floats = converted<float>(1, all, 1);
    EXPECT_EQ(floats.front(), 0.0F);
    EXPECT_EQ(floats.back(), 1.0F);
    EXPECT_EQ(converted<std::uint16_t>(1, floats, 1), all);
}

TEST(ConvertSamples, EightBitsWidenExactlyAndNarrowToTheNearest) {
    std::vector<std::uint8_t> all(256);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<std::uint8_t>(i);
    }
    const auto wide = converted<std::uint16_t>(1, all, 1);
    EXPECT_EQ(wide[255], 65535);
    EXPECT_EQ(wide[1], 257);
    EXPECT_EQ(converted<std::uint8_t>(1, wide, 1), all);
    EXPECT_EQ(
        converted<std::uint8_t>(1, std::vector<std::uint16_t>{128, 129, 65535 - 129, 65535 - 128}, 1),
        (std::vector<std::uint8_t>{0, 1, 254, 255}));
}

TEST(ConvertSamples, FloatsAreClampedBeforeTheyAreRounded) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(
        converted<std::uint8_t>(1, std::vector<float>{-1, 0, 0.5F, 1, 2, nan, infinity, -infinity}, 1),
        (std::vector<std::uint8_t>{0, 0, 128, 255, 255, 0, 255, 0}));
}

TEST(ConvertChannels, GreyIsRepeatedAndAlphaAddedOpaque) {
    EXPECT_EQ(
        converted<std::uint8_t>(1, std::vector<std::uint8_t>{7}, 4),
        (std::vector<std::uint8_t>{7, 7, 7, 255}));
    EXPECT_EQ(
        converted<std::uint8_t>(2, std::vector<std::uint8_t>{7, 9}, 4),
        (std::vector<std::uint8_t>{7, 7, 7, 9}));
}

TEST(ConvertChannels, DroppedAlphaLeavesThePictureOnWhite) {
    EXPECT_EQ(
        converted<std::uint8_t>(
            4, std::vector<std::uint8_t>{10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 255, 51}, 3),
        (std::vector<std::uint8_t>{255, 255, 255, 10, 20, 30, 204, 224, 255}));
}

TEST(ConvertChannels, ColourNeverBecomesGrey) {
    EXPECT_THROW((void)converted<std::uint8_t>(3, std::vector<std::uint8_t>{1, 2, 3}, 1), Error);
}

TEST(Convert, TheSameFormatIsTheSameSource) {
    auto source = one_row<std::uint8_t>(3, {1, 2, 3});
    const RowSource* before = source.get();
    EXPECT_EQ(convert_format(std::move(source), {3, SampleType::u8}).get(), before);
}

} // namespace
} // namespace kizuna
