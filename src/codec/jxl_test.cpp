#include "codec/exif.hpp"
#include "codec/jxl_library.hpp"
#include "codec/lazy_library.hpp"
#include "codec/test_pictures.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <gtest/gtest.h>
#include <lcms2.h>

namespace kizuna {
namespace {

using codec::decode;
using codec::encode;
using codec::error_of;
using codec::jxl;
using codec::test_picture;

/// By libjxl directly, for what our own encoder does not write.
struct Recipe {
    int orientation = 1;
    bool compressed_boxes = false;
    int frames = 1;
    std::uint32_t bits = 8;
    std::uint32_t exponent_bits = 0;
    std::vector<std::byte> exif = {};
};

void set_up(JxlEncoder* encoder, const Image& image, const Recipe& recipe) {
    JxlBasicInfo basic;
    jxl().encoder_init_basic_info(&basic);
    basic.xsize = image.width();
    basic.ysize = image.height();
    basic.bits_per_sample = recipe.bits;
    basic.exponent_bits_per_sample = recipe.exponent_bits;
    basic.orientation = static_cast<JxlOrientation>(recipe.orientation);
    basic.uses_original_profile = recipe.exponent_bits == 0 ? JXL_TRUE : JXL_FALSE;
    if (recipe.frames > 1) {
        basic.have_animation = JXL_TRUE;
        basic.animation.tps_numerator = 10;
        basic.animation.tps_denominator = 1;
    }
    EXPECT_EQ(jxl().encoder_set_basic_info(encoder, &basic), JXL_ENC_SUCCESS);
    JxlColorEncoding srgb;
    jxl().set_to_srgb(&srgb, JXL_FALSE);
    EXPECT_EQ(jxl().encoder_set_colour(encoder, &srgb), JXL_ENC_SUCCESS);
}

void add_frames(JxlEncoder* encoder, const Image& image, const Recipe& recipe) {
    const codec::LazyLibrary library("libjxl.so.0.7", "JPEG XL", "libjxl0.7");
    decltype(JxlEncoderInitFrameHeader)* init_header = nullptr;
    decltype(JxlEncoderSetFrameHeader)* set_header = nullptr;
    library.bind(init_header, "JxlEncoderInitFrameHeader");
    library.bind(set_header, "JxlEncoderSetFrameHeader");
    JxlEncoderFrameSettings* const settings = jxl().encoder_settings_create(encoder, nullptr);
    const bool lossless = recipe.exponent_bits == 0;
    jxl().encoder_set_lossless(settings, lossless ? JXL_TRUE : JXL_FALSE);
    const JxlPixelFormat format = codec::jxl_pixel_format(image.format());
    for (int i = 0; i < recipe.frames; ++i) {
        if (recipe.frames > 1) {
            JxlFrameHeader header;
            init_header(&header);
            header.duration = 1;
            set_header(settings, &header);
        }
        EXPECT_EQ(
            jxl().encoder_add_frame(settings, &format, image.pixels().data(), image.pixels().size()),
            JXL_ENC_SUCCESS);
    }
}

std::vector<std::byte> write(const Image& image, const Recipe& recipe) {
    const std::unique_ptr<JxlEncoder, codec::JxlEncoderDeleter> encoder(jxl().encoder_create(nullptr));
    set_up(encoder.get(), image, recipe);
    if (!recipe.exif.empty()) {
        std::vector<std::byte> box(4);
        box.insert(box.end(), recipe.exif.begin(), recipe.exif.end());
        EXPECT_EQ(jxl().encoder_use_boxes(encoder.get()), JXL_ENC_SUCCESS);
        EXPECT_EQ(
            jxl().encoder_add_box(
                encoder.get(), "Exif", reinterpret_cast<const std::uint8_t*>(box.data()), box.size(),
                recipe.compressed_boxes ? JXL_TRUE : JXL_FALSE),
            JXL_ENC_SUCCESS);
    }
    add_frames(encoder.get(), image, recipe);
    jxl().encoder_close_input(encoder.get());
    std::vector<std::byte> file(std::size_t{1} << 20U);
    auto* next = reinterpret_cast<std::uint8_t*>(file.data());
    std::size_t room = file.size();
    EXPECT_EQ(jxl().encoder_process(encoder.get(), &next, &room), JXL_ENC_SUCCESS);
    file.resize(file.size() - room);
    return file;
}

TEST(Jxl, GivesTurnedPicturesUpright) {
    const Image image = test_picture(12, 5, {3, SampleType::u8});
    const std::vector<std::byte> exif = codec::with_exif_orientation({}, 6);
    const Image back = decode(write(image, {.orientation = 6, .exif = exif}));
    ASSERT_EQ(back.width(), 5U);
    ASSERT_EQ(back.height(), 12U);
    EXPECT_EQ(codec::exif_orientation(back.metadata().exif), 1) << "or it would be turned twice";
    for (std::uint32_t y = 0; y < 12; ++y) {
        for (std::uint32_t x = 0; x < 5; ++x) {
            EXPECT_TRUE(std::ranges::equal(
                back.row(y).subspan(std::size_t{3} * x, 3), image.row(4 - x).subspan(std::size_t{3} * y, 3)));
        }
    }
}

TEST(Jxl, SwapsTheDensityOfTurnedPictures) {
    const Image image = test_picture(12, 5, {3, SampleType::u8});
    const auto x_dpi_of = [&](int orientation) {
        const auto exif = codec::with_exif_orientation(codec::exif_of_300_by_150_dpi(), orientation);
        return decode(write(image, {.orientation = orientation, .exif = exif})).metadata().density->x_dpi;
    };
    EXPECT_EQ(x_dpi_of(4), 300);
    EXPECT_EQ(x_dpi_of(5), 150);
    EXPECT_EQ(x_dpi_of(8), 150);
}

TEST(Jxl, ReadsCompressedMetadata) {
    const std::vector<std::byte> exif = codec::with_exif_orientation({}, 1);
    const Image back =
        decode(write(test_picture(4, 4, {3, SampleType::u8}), {.compressed_boxes = true, .exif = exif}));
    EXPECT_EQ(back.metadata().exif, exif);
}

TEST(Jxl, LimitsMetadataHoweverWellItIsCompressed) {
    const std::vector<std::byte> zeros(std::size_t{1} << 20U);
    const std::vector<std::byte> file =
        write(test_picture(4, 4, {3, SampleType::u8}), {.compressed_boxes = true, .exif = zeros});
    ASSERT_LT(file.size(), 10'000U);
    const DecodeLimits limits{.max_pixels = 100, .max_metadata_bytes = 100'000};
    EXPECT_EQ(error_of([&] { decode(file, limits); }), ErrorCode::limit_exceeded);
}

void add_box(std::vector<std::byte>& file, std::string_view type, std::span<const std::byte> contents) {
    const std::size_t size = 8 + contents.size();
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        file.push_back(static_cast<std::byte>(size >> shift));
    }
    const std::vector<std::byte> name = codec::bytes_of(type);
    file.insert(file.end(), name.begin(), name.end());
    file.insert(file.end(), contents.begin(), contents.end());
}

/// A container with XMP behind the codestream, where libjxl's encoder never puts it.
std::vector<std::byte> in_boxes(std::span<const std::byte> codestream, std::span<const std::byte> xmp) {
    using namespace std::string_view_literals;
    std::vector<std::byte> file;
    add_box(file, "JXL ", codec::bytes_of("\r\n\x87\n"));
    add_box(file, "ftyp", codec::bytes_of("jxl \0\0\0\0jxl "sv));
    add_box(file, "jxlc", codestream);
    add_box(file, "xml ", xmp);
    return file;
}

void decode_every_frame(std::span<const std::byte> file) {
    const auto decoder = open_decoder(open_memory(file), {});
    if (!decoder->animation()) {
        static_cast<void>(read_image(*decoder));
        return;
    }
    const auto frames = decoder->take_frames();
    for (std::uint32_t i = 0; i < decoder->frame_count(); ++i) {
        static_cast<void>(frames->next_frame());
    }
}

/// What libjxl says on stderr while a file is read that ends after `length` bytes.
std::string words_about_cut(std::span<const std::byte> file, std::size_t length) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(error_of([&] { decode_every_frame(file.first(length)); }), ErrorCode::corrupt)
        << length << " bytes";
    return testing::internal::GetCapturedStderr();
}

// Programs read our own stderr line by line; libjxl's have no place in it.
TEST(Jxl, RefusesFilesCutOffAnywhereWithoutAWordOfLibjxls) {
    const Image image = test_picture(24, 20, {3, SampleType::u8});
    const std::vector<std::byte> exif = codec::with_exif_orientation({}, 1);
    constexpr std::size_t recognised = 12; // what ends before is no JPEG XL file to us
    for (const Recipe& recipe :
         {Recipe{}, Recipe{.frames = 3}, Recipe{.exif = exif},
          Recipe{.compressed_boxes = true, .exif = exif}}) {
        const std::vector<std::byte> file = write(image, recipe);
        for (std::size_t length = recognised; length < file.size(); ++length) {
            EXPECT_EQ(words_about_cut(file, length), "") << length << " of " << file.size() << " bytes";
        }
    }
}

// Behind the pixels stand metadata that cannot be missed.
TEST(Jxl, RefusesABoxBehindThePixelsThatIsCutOff) {
    const Image image = test_picture(24, 20, {3, SampleType::u8});
    std::vector<std::byte> file = in_boxes(write(image, {}), codec::bytes_of("<x/>"));
    EXPECT_EQ(decode(file).metadata().xmp, codec::bytes_of("<x/>"));
    const std::size_t last_box = file.size() - 12;
    for (std::size_t length = last_box + 1; length < file.size(); ++length) {
        EXPECT_EQ(words_about_cut(file, length), "") << length << " of " << file.size() << " bytes";
    }
}

TEST(Jxl, ReadsTheFirstFrameAndCountsTheOthers) {
    const Image image = test_picture(9, 6, {3, SampleType::u8});
    const std::vector<std::byte> file = write(image, {.frames = 4});
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 4U);
    EXPECT_TRUE(std::ranges::equal(read_image(*decoder).pixels(), image.pixels()));
}

TEST(Jxl, ChoosesTheSampleTypeByTheBits) {
    const Image bytes = test_picture(6, 6, {3, SampleType::u8});
    const Image words = test_picture(6, 6, {3, SampleType::u16});
    const Image floats = test_picture(6, 6, {3, SampleType::f32});
    EXPECT_EQ(decode(write(bytes, {.bits = 8})).format().sample, SampleType::u8);
    EXPECT_EQ(decode(write(words, {.bits = 16})).format().sample, SampleType::u16);
    EXPECT_EQ(decode(write(floats, {.bits = 16, .exponent_bits = 5})).format().sample, SampleType::f32);
}

// libjxl's own choice for floats is linear light, in which this picture would come out far darker.
TEST(Jxl, GivesFloatsInTheColoursOfThePicture) {
    const Image image = test_picture(40, 40, {3, SampleType::f32});
    const Image back = decode(write(image, {.bits = 32, .exponent_bits = 8}));
    EXPECT_GT(codec::psnr(image, back), 25);
    EXPECT_TRUE(back.metadata().icc.empty());
}

TEST(Jxl, IsLosslessAtQuality100) {
    const Image image = test_picture(33, 9, {4, SampleType::u16});
    const Image back =
        decode(encode(image, ImageFormat::jxl, {.quality = 100, .effort = 1, .lossless = false}));
    EXPECT_TRUE(std::ranges::equal(back.pixels(), image.pixels()));
}

TEST(Jxl, GetsBetterWithQuality) {
    const Image image = test_picture(64, 64, {3, SampleType::u8});
    const auto psnr_at = [&](int quality) {
        return codec::psnr(
            image,
            decode(encode(image, ImageFormat::jxl, {.quality = quality, .effort = 3, .lossless = false})));
    };
    EXPECT_LT(psnr_at(0), psnr_at(40));
    EXPECT_LT(psnr_at(40), psnr_at(90));
}

std::vector<std::byte> wide_gamut_profile() {
    const cmsCIExyY white{0.3127, 0.3290, 1};
    const cmsCIExyYTRIPLE primaries{{0.68, 0.32, 1}, {0.265, 0.69, 1}, {0.15, 0.06, 1}};
    cmsToneCurve* const gamma = cmsBuildGamma(nullptr, 2.2);
    const std::array<cmsToneCurve*, 3> curves{gamma, gamma, gamma};
    const cmsHPROFILE profile = cmsCreateRGBProfile(&white, &primaries, curves.data());
    cmsUInt32Number length = 0;
    cmsSaveProfileToMem(profile, nullptr, &length);
    std::vector<std::byte> bytes(length);
    cmsSaveProfileToMem(profile, bytes.data(), &length);
    cmsCloseProfile(profile);
    cmsFreeToneCurve(gamma);
    return bytes;
}

TEST(Jxl, SaysWhichColoursItsPixelsHave) {
    Image image = test_picture(20, 20, {3, SampleType::u8});
    image.metadata().icc = wide_gamut_profile();
    const Image back =
        decode(encode(image, ImageFormat::jxl, {.quality = {}, .effort = {}, .lossless = true}));
    EXPECT_TRUE(std::ranges::equal(back.pixels(), image.pixels()));
    EXPECT_FALSE(back.metadata().icc.empty());
}

TEST(Jxl, WritesPicturesWhoseProfileIsUseless) {
    Image image = test_picture(20, 20, {3, SampleType::u8});
    image.metadata().icc = codec::bytes_of("this is no colour profile");
    const Image back =
        decode(encode(image, ImageFormat::jxl, {.quality = {}, .effort = {}, .lossless = true}));
    EXPECT_TRUE(std::ranges::equal(back.pixels(), image.pixels()));
}

} // namespace
} // namespace kizuna
