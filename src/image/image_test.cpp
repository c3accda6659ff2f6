#include "image/rows.hpp"

#include "kizuna/error.hpp"

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

TEST(Rows, AnImageReadThroughItsRowsIsItself) {
    Image image(info(5, 7, 3));
    for (std::size_t i = 0; i < image.pixels().size(); ++i) {
        image.pixels()[i] = static_cast<std::byte>(i * 7);
    }
    const std::vector<std::byte> expected(image.pixels().begin(), image.pixels().end());
    const auto borrowed = rows_of_borrowed(image);
    const Image copy = read_image(*borrowed);
    EXPECT_TRUE(std::equal(copy.pixels().begin(), copy.pixels().end(), expected.begin(), expected.end()));
    const auto owned = rows_of(std::move(image));
    const Image moved = read_image(*owned);
    EXPECT_TRUE(std::equal(moved.pixels().begin(), moved.pixels().end(), expected.begin(), expected.end()));
}

} // namespace
} // namespace kizuna
