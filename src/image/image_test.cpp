#include "image/rows.hpp"

#include "kizuna/error.hpp"

#include <array>
#include <cstddef>
#include <limits>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

ImageInfo
info(std::uint32_t width, std::uint32_t height, std::uint8_t channels, SampleType type = SampleType::u8) {
    return {width, height, {channels, type}, {}};
}

ErrorCode error_of(const ImageInfo& wrong) {
    try {
        const Image image(wrong);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(Image, RowsArePackedAndZero) {
    const Image image(info(3, 2, 4, SampleType::u16));
    EXPECT_EQ(image.pixels().size(), 48U);
    EXPECT_EQ(image.row(1).data(), image.pixels().data() + 24);
    for (const std::byte value : image.pixels()) {
        EXPECT_EQ(value, std::byte{0});
    }
}

TEST(Image, RefusesSidesAndChannelsThatCannotBe) {
    EXPECT_EQ(error_of(info(0, 5, 3)), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(info(5, 0, 3)), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(info(5, 5, 0)), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(info(5, 5, 5)), ErrorCode::invalid_argument);
}

TEST(Image, RefusesSizesBeyondMemory) {
    EXPECT_EQ(error_of(info(0xFFFFFFFF, 0xFFFFFFFF, 4, SampleType::f32)), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of(info(0xFFFFFFFF, 0xFFFFFFFF, 1)), ErrorCode::out_of_memory);
}

ErrorCode error_of_view(const ImageInfo& wrong, const std::byte* pixels, std::ptrdiff_t stride) {
    try {
        const ImageView view(wrong, pixels, stride);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(ImageView, ReadsRowsWhereTheyLie) {
    const std::array<std::byte, 12> buffer{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{0},
                                           std::byte{4}, std::byte{5}, std::byte{6}, std::byte{0},
                                           std::byte{7}, std::byte{8}, std::byte{9}, std::byte{0}};
    const ImageView apart(info(3, 3, 1), buffer.data(), 4);
    EXPECT_EQ(apart.row(2).data(), buffer.data() + 8);
    EXPECT_EQ(apart.row(2).size(), 3U);
    const ImageView bottom_up(info(3, 3, 1), buffer.data() + 8, -4);
    EXPECT_EQ(bottom_up.row(2).data(), buffer.data());
    const ImageView packed(info(3, 4, 1), buffer.data());
    EXPECT_EQ(packed.row(3).data(), buffer.data() + 9);
    for (const Image& copy : {read_image(*rows_of_borrowed(bottom_up)), bottom_up.copy()}) {
        EXPECT_EQ(copy.pixels()[0], std::byte{7});
        EXPECT_EQ(copy.pixels()[8], std::byte{3});
    }
}

TEST(ImageView, RefusesWhatCannotBe) {
    const std::byte pixel{};
    EXPECT_EQ(error_of_view(info(1, 1, 1), nullptr, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of_view(info(0, 1, 1), &pixel, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of_view(info(1, 1, 5), &pixel, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of_view(info(4, 2, 3), &pixel, 11), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of_view(info(4, 2, 3), &pixel, -11), ErrorCode::invalid_argument);
    constexpr auto least = std::numeric_limits<std::ptrdiff_t>::min();
    EXPECT_EQ(error_of_view(info(4, 2, 3), &pixel, least), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of_view(info(4, 3, 3), &pixel, -(least / 2)), ErrorCode::invalid_argument);
}

TEST(Rows, AnImageReadThroughItsRowsIsItself) {
    Image image(info(5, 7, 3));
    for (std::size_t i = 0; i < image.pixels().size(); ++i) {
        image.pixels()[i] = static_cast<std::byte>(i * 7);
    }
    const std::vector<std::byte> expected(image.pixels().begin(), image.pixels().end());
    const auto borrowed = rows_of_borrowed(image);
    const Image copy = read_image(*borrowed);
    EXPECT_TRUE(std::equal(copy.pixels().begin(), copy.pixels().end(), expected.begin(), expected.end()));
}

} // namespace
} // namespace kizuna
