#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"
#include "image/test_rows.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

/// "abc/def": one letter per pixel, rows divided by slashes.
Image picture_of(std::string_view text, int orientation) {
    const std::size_t width = std::min(text.find('/'), text.size());
    Image image(ImageInfo{
        static_cast<std::uint32_t>(width),
        static_cast<std::uint32_t>((text.size() + 1) / (width + 1)),
        {1, SampleType::u8},
        {}});
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        std::memcpy(image.row(y).data(), text.data() + y * (width + 1), width);
    }
    image.metadata().exif = codec::with_exif_orientation({}, orientation);
    image.metadata().density = Density{300, 150};
    return image;
}

std::string text_of(const Image& image) {
    std::string text;
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        text += y == 0 ? "" : "/";
        text.append(reinterpret_cast<const char*>(image.row(y).data()), image.width());
    }
    return text;
}

Image upright(Image image) {
    const auto source = apply_orientation(test::rows_of(std::move(image)));
    return read_image(*source);
}

TEST(Orientation, TurnsEveryKindUpright) {
    // The picture is abc/def; what is stored for each orientation follows from EXIF's table of which stored
    // edge is the visible top and left.
    constexpr std::array<std::string_view, 8> stored{"abc/def",  "cba/fed",  "fed/cba",  "def/abc",
                                                     "ad/be/cf", "cf/be/ad", "fc/eb/da", "da/eb/fc"};
    for (int orientation = 1; orientation <= 8; ++orientation) {
        EXPECT_EQ(text_of(upright(picture_of(stored[orientation - 1], orientation))), "abc/def")
            << orientation;
    }
}

TEST(Orientation, IsOneAfterwards) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        EXPECT_EQ(codec::exif_orientation(upright(picture_of("ab/cd", orientation)).metadata().exif), 1);
    }
}

TEST(Orientation, SwapsTheDensityWithTheSides) {
    EXPECT_EQ(upright(picture_of("ab", 6)).metadata().density->x_dpi, 150);
    EXPECT_EQ(upright(picture_of("ab", 3)).metadata().density->x_dpi, 300);
}

TEST(Orientation, SwapsTheDensityInExifToo) {
    const auto x_dpi_after = [](int orientation) {
        Image image = picture_of("ab", 1);
        image.metadata().exif = codec::with_exif_orientation(codec::exif_of_300_by_150_dpi(), orientation);
        return codec::exif_density(upright(std::move(image)).metadata().exif)->x_dpi;
    };
    for (int orientation = 1; orientation <= 8; ++orientation) {
        EXPECT_EQ(x_dpi_after(orientation), orientation < 5 ? 300 : 150) << orientation;
    }
}

TEST(Orientation, IsResetInXmpToo) {
    Image image = picture_of("ab", 6);
    image.metadata().xmp =
        codec::bytes_of("<a tiff:Orientation=\"6\"/><tiff:Orientation>6</tiff:Orientation>");
    EXPECT_EQ(
        upright(std::move(image)).metadata().xmp,
        codec::bytes_of("<a tiff:Orientation=\"1\"/><tiff:Orientation>1</tiff:Orientation>"));
}

TEST(Orientation, GivesBackTheSourceWhereNothingIsToBeDone) {
    auto source = test::rows_of(picture_of("ab", 1));
    const RowSource* before = source.get();
    EXPECT_EQ(apply_orientation(std::move(source)).get(), before);
}

TEST(Orientation, KeepsPixelsOfManyBytesTogether) {
    Image image = codec::test_picture(5, 3, {4, SampleType::u16});
    image.metadata().exif = codec::with_exif_orientation({}, 2);
    const Image mirrored = upright(image);
    for (std::uint32_t x = 0; x < 5; ++x) {
        EXPECT_EQ(std::memcmp(mirrored.row(1).data() + x * 8U, image.row(1).data() + (4 - x) * 8U, 8), 0);
    }
}

} // namespace
} // namespace kizuna
