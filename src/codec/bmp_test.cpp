#include "codec/test_pictures.hpp"

#include <array>
#include <initializer_list>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using codec::decode;
using codec::encode;
using codec::error_of;
using codec::test_picture;

/// A bitmap's bytes, field by field.
class Bytes {
  public:
    Bytes& u8(std::initializer_list<int> values) {
        for (const int value : values) {
            bytes_.push_back(static_cast<std::byte>(value));
        }
        return *this;
    }

    Bytes& u16(std::initializer_list<unsigned> values) {
        for (const unsigned value : values) {
            u8({static_cast<int>(value & 255U), static_cast<int>(value >> 8U & 255U)});
        }
        return *this;
    }

    Bytes& u32(std::initializer_list<unsigned> values) {
        for (const unsigned value : values) {
            u16({value & 0xFFFFU, value >> 16U});
        }
        return *this;
    }

    [[nodiscard]] std::span<const std::byte> get() const { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

struct Layout {
    unsigned bits = 24;
    unsigned compression = 0;
    int width = 1;
    int height = 1;
    unsigned colours = 0;
    unsigned mask_bytes = 0; ///< behind the header
    unsigned dots_per_metre = 0;
};

/// With a header of 40 bytes; masks, palette and pixels are the caller's to add.
Bytes windows_bitmap(const Layout& layout) {
    const unsigned pixels = 54 + layout.mask_bytes + 4 * layout.colours;
    Bytes file;
    file.u8({'B', 'M'}).u32({0, 0, pixels, 40});
    file.u32({static_cast<unsigned>(layout.width), static_cast<unsigned>(layout.height)})
        .u16({1, layout.bits});
    file.u32({layout.compression, 0, layout.dots_per_metre, layout.dots_per_metre, layout.colours, 0});
    return file;
}

/// All samples, as numbers that a failing test can show.
std::vector<int> samples(const Image& image) {
    std::vector<int> values;
    for (const std::byte sample : image.pixels()) {
        values.push_back(std::to_integer<int>(sample));
    }
    return values;
}

constexpr unsigned grey(unsigned shade) {
    return shade << 16U | shade << 8U | shade;
}

TEST(Bmp, ReadsRowsFromTheBottomUp) {
    Bytes file = windows_bitmap({.bits = 24, .width = 1, .height = 2});
    file.u8({1, 2, 3, 0, 4, 5, 6, 0});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{6, 5, 4, 3, 2, 1}));
}

TEST(Bmp, ReadsRowsFromTheTopDownWhereTheHeightIsNegative) {
    Bytes file = windows_bitmap({.bits = 24, .width = 1, .height = -2});
    file.u8({1, 2, 3, 0, 4, 5, 6, 0});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{3, 2, 1, 6, 5, 4}));
}

TEST(Bmp, ReadsGreyPalettesOfOneBitAsGrey) {
    Bytes file = windows_bitmap({.bits = 1, .width = 10, .height = 1, .colours = 2});
    file.u32({grey(7), grey(200)}).u8({0b10100001, 0b01000000, 0, 0});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{200, 7, 200, 7, 7, 7, 7, 200, 7, 200}));
}

TEST(Bmp, ReadsGreyPalettesOfFourAndEightBitsAsGrey) {
    Bytes four = windows_bitmap({.bits = 4, .width = 3, .height = 1, .colours = 3});
    four.u32({grey(10), grey(20), grey(30)}).u8({0x21, 0x00, 0, 0});
    EXPECT_EQ(samples(decode(four.get())), (std::vector<int>{30, 20, 10}));
    Bytes eight = windows_bitmap({.bits = 8, .width = 3, .height = 1, .colours = 3});
    eight.u32({grey(10), grey(20), grey(30)}).u8({2, 1, 0, 0});
    EXPECT_EQ(samples(decode(eight.get())), (std::vector<int>{30, 20, 10}));
}

TEST(Bmp, ExpandsPalettesWithColoursToRgb) {
    Bytes file = windows_bitmap({.bits = 8, .width = 3, .height = 1, .colours = 2});
    file.u32({grey(10), 0x0A1428}).u8({1, 0, 2, 0});
    const Image image = decode(file.get());
    EXPECT_EQ(image.format(), (PixelFormat{3, SampleType::u8}));
    EXPECT_EQ(samples(image), (std::vector<int>{10, 20, 40, 10, 10, 10, 0, 0, 0}));
    Bytes runs = windows_bitmap({.bits = 8, .compression = 1, .width = 3, .height = 1, .colours = 2});
    runs.u32({grey(10), 0x0A1428}).u8({2, 1, 1, 0, 0, 1});
    EXPECT_EQ(samples(decode(runs.get())), (std::vector<int>{10, 20, 40, 10, 20, 40, 10, 10, 10}));
}

/// A header of 124 bytes with a palette of one grey and a profile behind the pixels.
Bytes greys_with_profile(std::string_view colour_space) {
    constexpr unsigned header = 124;
    constexpr unsigned pixels = 14 + header + 4;
    Bytes file;
    file.u8({'B', 'M'}).u32({0, 0, pixels, header, 1, 1}).u16({1, 8}).u32({0, 0, 0, 0, 1, 0});
    for (int i = 0; i < 4; ++i) {
        file.u32({0}); // masks
    }
    file.u32({0x4D424544, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, header + 4 + 4, 20, 0});
    file.u32({grey(9)}).u8({0, 0, 0, 0});
    file.u32({0, 0, 0, 0});
    for (const char letter : colour_space) {
        file.u8({letter});
    }
    return file;
}

TEST(Bmp, KeepsGreyPalettesInRgbWhereAProfileIsForColours) {
    EXPECT_EQ(samples(decode(greys_with_profile("RGB ").get())), (std::vector<int>{9, 9, 9}));
    EXPECT_EQ(samples(decode(greys_with_profile("GRAY").get())), (std::vector<int>{9}));
}

TEST(Bmp, TakesAnIndexBeyondThePaletteForBlack) {
    Bytes file = windows_bitmap({.bits = 8, .width = 2, .height = 1, .colours = 1});
    file.u32({grey(99)}).u8({0, 200, 0, 0});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{99, 0}));
}

TEST(Bmp, ReadsRunsOfEightBits) {
    Bytes file = windows_bitmap({.bits = 8, .compression = 1, .width = 5, .height = 3, .colours = 4});
    file.u32({grey(0), grey(1), grey(2), grey(3)});
    file.u8({0, 3, 1, 2, 3, 0, 2, 1, 0, 0}); // bottom: three pixels one by one with padding, a run of two
    file.u8({1, 3, 0, 2, 2, 1});             // middle: one pixel, then two to the right and one up
    file.u8({9, 2, 0, 1});                   // top: a run that crosses the edge, the end
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{0, 0, 0, 2, 2, 3, 0, 0, 0, 0, 1, 2, 3, 1, 1}));
}

TEST(Bmp, ReadsRunsOfFourBits) {
    Bytes file = windows_bitmap({.bits = 4, .compression = 2, .width = 6, .height = 2, .colours = 4});
    file.u32({grey(0), grey(1), grey(2), grey(3)});
    file.u8({5, 0x12, 0, 0, 0, 5, 0x12, 0x31, 0x20, 0, 0, 1});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{1, 2, 3, 1, 2, 0, 1, 2, 1, 2, 1, 0}));
}

TEST(Bmp, NeedsNoEndOfBitmapBehindACompletePicture) {
    Bytes file = windows_bitmap({.bits = 8, .compression = 1, .width = 4, .height = 1, .colours = 1});
    file.u32({grey(5)}).u8({4, 0});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{5, 5, 5, 5}));
}

TEST(Bmp, RefusesRunsThatAreCutOff) {
    Bytes file = windows_bitmap({.bits = 8, .compression = 1, .width = 4, .height = 2, .colours = 1});
    file.u32({grey(5)}).u8({4, 0, 0, 0, 2, 0});
    EXPECT_EQ(error_of([&] { decode(file.get()); }), ErrorCode::corrupt);
}

TEST(Bmp, ScalesTheBitsOfMasksToTheFullRange) {
    Bytes file = windows_bitmap({.bits = 16, .compression = 3, .width = 2, .height = 1, .mask_bytes = 12});
    file.u32({0xF800, 0x07E0, 0x001F}).u16({0xF800, 0x0400});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{255, 0, 0, 0, 130, 0}));
}

TEST(Bmp, TakesFiveBitsForEachColourOfSixteenWithoutMasks) {
    Bytes file = windows_bitmap({.bits = 16, .width = 2, .height = 1});
    file.u16({0x7C00, 0x001F});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{255, 0, 0, 0, 0, 255}));
}

TEST(Bmp, NeverTakesTheFourthByteOf32BitsForAlphaByItself) {
    Bytes file = windows_bitmap({.bits = 32, .width = 1, .height = 1});
    file.u8({1, 2, 3, 77});
    const Image image = decode(file.get());
    EXPECT_EQ(image.format(), (PixelFormat{3, SampleType::u8}));
    EXPECT_EQ(samples(image), (std::vector<int>{3, 2, 1}));
}

TEST(Bmp, ReadsAlphaThatAMaskNames) {
    Bytes file = windows_bitmap({.bits = 32, .compression = 6, .width = 1, .height = 1, .mask_bytes = 16});
    file.u32({0x0000FF, 0x00FF00, 0xFF0000, 0xFF000000}).u8({1, 2, 3, 77});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{1, 2, 3, 77}));
}

TEST(Bmp, ReadsTheOldHeaderOfOs2) {
    Bytes file;
    file.u8({'B', 'M'}).u32({0, 0, 32, 12}).u16({3, 1, 1, 1});
    file.u8({10, 20, 30, 40, 50, 60}).u8({0b01000000, 0, 0, 0});
    EXPECT_EQ(samples(decode(file.get())), (std::vector<int>{30, 20, 10, 60, 50, 40, 30, 20, 10}));
}

TEST(Bmp, ReadsTheDensity) {
    Bytes file = windows_bitmap({.bits = 24, .width = 1, .height = 1, .dots_per_metre = 3780});
    file.u8({0, 0, 0, 0});
    const auto density = decode(file.get()).metadata().density;
    ASSERT_TRUE(density.has_value());
    EXPECT_NEAR(density->x_dpi, 96, 0.02);
}

TEST(Bmp, NamesWhatItDoesNotRead) {
    EXPECT_EQ(
        error_of([&] { decode(windows_bitmap({.bits = 24, .compression = 4}).get()); }),
        ErrorCode::unsupported);
    EXPECT_EQ(error_of([&] { decode(windows_bitmap({.bits = 13}).get()); }), ErrorCode::corrupt);
    EXPECT_EQ(error_of([&] { decode(windows_bitmap({.bits = 24, .width = -1}).get()); }), ErrorCode::corrupt);
    EXPECT_EQ(error_of([&] { decode(windows_bitmap({.bits = 24, .height = 0}).get()); }), ErrorCode::corrupt);
}

TEST(Bmp, RefusesAHeaderWithoutItsPixelsBeforeMemoryIsTakenForThem) {
    const auto opening = [](const Bytes& file) {
        return error_of([&] { (void)open_decoder(open_memory(file.get()), {}); });
    };
    EXPECT_EQ(opening(windows_bitmap({.bits = 24, .width = 20000, .height = 20000})), ErrorCode::corrupt);
    EXPECT_EQ(
        opening(windows_bitmap({.bits = 24, .width = 1, .height = 2}).u8({1, 2, 3, 0, 4, 5, 6})),
        ErrorCode::corrupt);
}

TEST(Bmp, ChecksTheProfileThatAHeaderPromises) {
    Image image = test_picture(4, 4, {3, SampleType::u8});
    image.metadata().icc = codec::bytes_of("a colour profile, or so it says");
    const std::vector<std::byte> file = encode(image, ImageFormat::bmp);
    EXPECT_EQ(decode(file).metadata().icc, image.metadata().icc);
    const DecodeLimits no_room{.max_pixels = 100, .max_metadata_bytes = 8};
    EXPECT_EQ(error_of([&] { decode(file, no_room); }), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of([&] { decode(std::span(file).first(file.size() - 1)); }), ErrorCode::corrupt);
}

TEST(Bmp, WritesTheHeaderThatEverythingReadsUnlessItNeedsMore) {
    const auto header_bytes = [](const Image& image) {
        return std::to_integer<int>(encode(image, ImageFormat::bmp).at(14));
    };
    EXPECT_EQ(header_bytes(test_picture(3, 2, {3, SampleType::u8})), 40);
    EXPECT_EQ(header_bytes(test_picture(3, 2, {4, SampleType::u8})), 124);
}

TEST(Bmp, RefusesPicturesBeyondTheFormatsFourGigabytes) {
    MemoryOutput out;
    const ImageInfo info{.width = 40'000, .height = 40'000, .format = {3, SampleType::u8}, .metadata = {}};
    EXPECT_EQ(
        error_of([&] { static_cast<void>(open_encoder(ImageFormat::bmp, out, info, {})); }),
        ErrorCode::limit_exceeded);
}

} // namespace
} // namespace kizuna
