#include "upscale/continued_rows.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

// The positions read from `begin` on, as digits.
std::string positions(std::int64_t begin, std::int64_t end, std::int64_t length, BorderFill fill) {
    std::string text;
    for (std::int64_t position = begin; position < end; ++position) {
        text += std::to_string(continued_position(position, length, fill));
    }
    return text;
}

TEST(ContinuedPosition, MirrorsWithoutRepeatingTheEdge) {
    EXPECT_EQ(positions(-3, 8, 5, BorderFill::mirror), "32101234321");
}

TEST(ContinuedPosition, GoesToAndFroInAShortPicture) {
    EXPECT_EQ(positions(-7, 9, 3, BorderFill::mirror), "1210121012101210");
    EXPECT_EQ(positions(-4, 4, 2, BorderFill::mirror), "01010101");
}

TEST(ContinuedPosition, RepeatsASinglePixel) {
    EXPECT_EQ(positions(-3, 4, 1, BorderFill::mirror), "0000000");
}

TEST(ContinuedPosition, RepeatsTheEdgeWhereThatIsWanted) {
    EXPECT_EQ(positions(-3, 6, 3, BorderFill::repeat), "000012222");
}

// A picture in which each pixel says where it is.
Image counting(std::uint32_t width, std::uint32_t height) {
    Image image({width, height, {2, SampleType::u8}, {}});
    for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x) {
            image.row(y)[2 * x] = static_cast<std::byte>(x);
            image.row(y)[2 * x + 1] = static_cast<std::byte>(y);
        }
    }
    return image;
}

void expect_continued(const Image& image, const Sides& beyond, BorderFill fill) {
    const Image result = read_image(*continued(rows_of_borrowed(image), beyond, fill));
    ASSERT_EQ(result.width(), image.width() + beyond.left + beyond.right);
    ASSERT_EQ(result.height(), image.height() + beyond.top + beyond.bottom);
    for (std::uint32_t y = 0; y < result.height(); ++y) {
        for (std::uint32_t x = 0; x < result.width(); ++x) {
            const auto from_x = continued_position(std::int64_t{x} - beyond.left, image.width(), fill);
            const auto from_y = continued_position(std::int64_t{y} - beyond.top, image.height(), fill);
            ASSERT_EQ(std::to_integer<int>(result.row(y)[2 * x]), from_x) << x << "," << y;
            ASSERT_EQ(std::to_integer<int>(result.row(y)[2 * x + 1]), from_y) << x << "," << y;
        }
    }
}

TEST(ContinuedRows, GiveThePictureContinuedOnEverySide) {
    for (const BorderFill fill : {BorderFill::mirror, BorderFill::repeat}) {
        expect_continued(counting(20, 30), {3, 5, 7, 2}, fill);
        expect_continued(counting(20, 30), {0, 0, 29, 0}, fill);
        expect_continued(counting(20, 30), {29, 19, 0, 0}, fill);
    }
}

TEST(ContinuedRows, ArePulledOnceWhateverLiesBeyondASmallPicture) {
    for (const BorderFill fill : {BorderFill::mirror, BorderFill::repeat}) {
        expect_continued(counting(1, 1), {10, 10, 10, 10}, fill);
        expect_continued(counting(2, 3), {40, 9, 10, 33}, fill);
        expect_continued(counting(5, 1), {0, 17, 60, 3}, fill);
    }
}

TEST(ContinuedRows, AreThePicturesOwnWhereNothingLiesBeyond) {
    const Image image = counting(3, 3);
    auto rows = rows_of_borrowed(image);
    const RowSource* own = rows.get();
    EXPECT_EQ(continued(std::move(rows), {}, BorderFill::mirror).get(), own);
}

} // namespace
} // namespace kizuna
