#include "codec/codec.hpp"
#include "codec/codecs.hpp"
#include "codec/test_pictures.hpp"

#include "kizuna/log.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using codec::bytes_of;
using codec::error_of;
using testing::HasSubstr;
using namespace std::string_view_literals;

std::string message_of(ImageFormat format, const EncodeOptions& options) {
    try {
        check_encode_options(format, options);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        return error.what();
    }
    return "no error";
}

TEST(ImageFormats, AreFoundByNameInAnyCase) {
    EXPECT_EQ(image_format_from_name("jpg"), ImageFormat::jpeg);
    EXPECT_EQ(image_format_from_name("JPEG"), ImageFormat::jpeg);
    EXPECT_EQ(image_format_from_name("Tif"), ImageFormat::tiff);
    EXPECT_EQ(image_format_from_name("gif"), ImageFormat::gif);
    EXPECT_EQ(image_format_from_name("xcf"), std::nullopt);
    EXPECT_EQ(image_format_from_name(""), std::nullopt);
    EXPECT_EQ(image_format_from_name("pngx"), std::nullopt);
}

TEST(ImageFormats, AreToldByContent) {
    EXPECT_EQ(sniff_image_format(bytes_of("\x89PNG\r\n\x1a\n"sv)), ImageFormat::png);
    EXPECT_EQ(sniff_image_format(bytes_of("\xff\xd8\xff\xe0"sv)), ImageFormat::jpeg);
    EXPECT_EQ(sniff_image_format(bytes_of("RIFF\x10\0\0\0WEBPVP8 "sv)), ImageFormat::webp);
    EXPECT_EQ(
        sniff_image_format(bytes_of("\0\0\0\x20"
                                    "ftypavif\0\0\0\0"sv)),
        ImageFormat::avif);
    EXPECT_EQ(
        sniff_image_format(bytes_of("\0\0\0\x20"
                                    "ftypmif1\0\0\0\0mif1avif"sv)),
        ImageFormat::avif);
    EXPECT_EQ(sniff_image_format(bytes_of("\xff\x0a\0\0"sv)), ImageFormat::jxl);
    EXPECT_EQ(sniff_image_format(bytes_of("\0\0\0\x0cJXL \r\n\x87\n"sv)), ImageFormat::jxl);
    EXPECT_EQ(sniff_image_format(bytes_of("MM\0*"sv)), ImageFormat::tiff);
    EXPECT_EQ(sniff_image_format(bytes_of("II+\0"sv)), ImageFormat::tiff);
    EXPECT_EQ(sniff_image_format(bytes_of("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv)), ImageFormat::bmp);
    EXPECT_EQ(sniff_image_format(bytes_of("GIF89a")), ImageFormat::gif);
}

TEST(ImageFormats, AreNotSeenInOtherFiles) {
    EXPECT_EQ(sniff_image_format({}), std::nullopt);
    EXPECT_EQ(sniff_image_format(bytes_of("BMW is a car; this is a text")), std::nullopt);
    EXPECT_EQ(sniff_image_format(bytes_of("RIFF\x10\0\0\0WAVEfmt "sv)), std::nullopt);
    EXPECT_EQ(
        sniff_image_format(bytes_of("\0\0\0\x20"
                                    "ftypheic\0\0\0\0mif1heic"sv)),
        std::nullopt);
}

TEST(OpenDecoder, SaysWhatItCanReadWhereItCannot) {
    const auto text = bytes_of("only words");
    try {
        (void)open_decoder(open_memory(text), {});
        FAIL() << "a text was taken for a picture";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_THAT(error.what(), HasSubstr("PNG, JPEG, WebP"));
    }
}

TEST(OpenDecoder, TakesTheDensityFromExifWhereTheFormatHasNone) {
    // The JPEG's own density is left out.
    Image picture = codec::test_picture(8, 8, {3, SampleType::u8});
    picture.metadata().exif = codec::exif_of_300_by_150_dpi();
    MemoryOutput out;
    const auto encoder = open_encoder(ImageFormat::jpeg, out, picture.info(), {});
    for (std::uint32_t y = 0; y < 8; ++y) {
        encoder->write_row(picture.row(y));
    }
    encoder->finish();
    const auto decoder = open_decoder(open_memory(out.bytes()), {});
    ASSERT_TRUE(decoder->info().metadata.density.has_value());
    EXPECT_DOUBLE_EQ(decoder->info().metadata.density->x_dpi, 300);
    EXPECT_DOUBLE_EQ(decoder->info().metadata.density->y_dpi, 150);
}

TEST(OpenDecoder, CallsAnEmptyFileDamaged) {
    EXPECT_EQ(error_of([] { (void)open_decoder(open_memory({}), {}); }), ErrorCode::corrupt);
}

TEST(EncodeOptions, MessagesNameTheRange) {
    EXPECT_THAT(message_of(ImageFormat::jpeg, {.quality = 0}), HasSubstr("JPEG takes 1 to 100"));
    EXPECT_THAT(message_of(ImageFormat::webp, {.effort = 7}), HasSubstr("WebP takes 0 to 6"));
    EXPECT_THAT(message_of(ImageFormat::png, {.quality = 90}), HasSubstr("PNG has no quality setting"));
    EXPECT_THAT(message_of(ImageFormat::jpeg, {.lossless = true}), HasSubstr("JPEG cannot be lossless"));
    EXPECT_EQ(message_of(ImageFormat::png, {.effort = 9, .lossless = true}), "no error");
    EXPECT_EQ(message_of(ImageFormat::jpeg, {.quality = 100}), "no error");
}

TEST(OpenAnimationEncoder, NamesFormatsThatHoldAnimations) {
    MemoryOutput out;
    const ImageInfo info{1, 1, {3, SampleType::u8}, {}};
    try {
        (void)open_animation_encoder(ImageFormat::jpeg, out, info, {}, {});
        FAIL() << "JPEG holds no animations";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_THAT(error.what(), testing::HasSubstr("GIF"));
    }
}

TEST(OpenEncoder, NamesAFormatThatFitsWhereOneDoesNot) {
    MemoryOutput out;
    const ImageInfo info{20000, 1, {3, SampleType::u8}, {}};
    try {
        (void)open_encoder(ImageFormat::webp, out, info, {});
        FAIL() << "WebP cannot be 20000 wide";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_THAT(error.what(), HasSubstr("PNG"));
    }
}

TEST(CheckDimensions, GuardsAgainstEmptyAndHugePictures) {
    EXPECT_EQ(error_of([] { codec::check_dimensions(0, 5, {}); }), ErrorCode::corrupt);
    EXPECT_EQ(
        error_of([] { codec::check_dimensions(0xFFFF'FFFF, 0xFFFF'FFFF, {}); }), ErrorCode::limit_exceeded);
    EXPECT_EQ(
        error_of([] { codec::check_dimensions(std::uint64_t{1} << 40U, 1, {~std::uint64_t{0}}); }),
        ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of([] { codec::check_dimensions(100, 100, {10'000}); }), std::nullopt);
}

} // namespace
} // namespace kizuna
