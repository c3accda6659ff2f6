#include "codec/avif_library.hpp"
#include "codec/exif.hpp"
#include "codec/lazy_library.hpp"
#include "codec/test_pictures.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>
#include <lcms2.h>

namespace kizuna {
namespace {

using codec::avif;
using codec::decode;
using codec::encode;
using codec::test_picture;

using AvifImage = std::unique_ptr<avifImage, codec::AvifImageDeleter>;

/// A grey picture of which every sample of luma is `luma`.
AvifImage flat_picture(std::uint32_t depth, unsigned luma) {
    AvifImage image(avif().image_create(16, 8, depth, AVIF_PIXEL_FORMAT_YUV400));
    avif().image_allocate_planes(image.get(), AVIF_PLANES_YUV);
    for (std::uint32_t y = 0; y < image->height; ++y) {
        std::uint8_t* const row = image->yuvPlanes[0] + std::size_t{y} * image->yuvRowBytes[0];
        for (std::uint32_t x = 0; x < image->width; ++x) {
            if (depth == 8) {
                row[x] = static_cast<std::uint8_t>(luma);
            } else {
                reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(luma);
            }
        }
    }
    return image;
}

/// By libavif directly, for what our own encoder does not write.
std::vector<std::byte> write(const avifImage& image, int frames = 1) {
    const codec::LazyLibrary library("libavif.so.15", "AVIF", "libavif15");
    decltype(avifEncoderAddImage)* add = nullptr;
    decltype(avifEncoderFinish)* finish = nullptr;
    library.bind(add, "avifEncoderAddImage");
    library.bind(finish, "avifEncoderFinish");
    const std::unique_ptr<avifEncoder, codec::AvifEncoderDeleter> encoder(avif().encoder_create());
    encoder->minQuantizer = 0;
    encoder->maxQuantizer = frames == 1 ? 0 : AVIF_QUANTIZER_WORST_QUALITY; // libaom needs room in sequences
    encoder->speed = AVIF_SPEED_FASTEST;
    avifRWData data = AVIF_DATA_EMPTY;
    for (int i = 0; i < frames; ++i) {
        add(encoder.get(), &image, 1, frames == 1 ? AVIF_ADD_IMAGE_FLAG_SINGLE : AVIF_ADD_IMAGE_FLAG_NONE);
    }
    EXPECT_EQ(finish(encoder.get(), &data), AVIF_RESULT_OK);
    const auto* const begin = reinterpret_cast<const std::byte*>(data.data);
    std::vector<std::byte> file(begin, begin + data.size);
    avif().data_free(&data);
    return file;
}

double first_sample(const Image& image) {
    return codec::load_sample(image.pixels().data(), image.format().sample);
}

TEST(Avif, WidensTenAndTwelveBitsToSixteen) {
    for (const auto& [depth, luma] : {std::pair{10U, 1023U}, {10U, 512U}, {12U, 4095U}, {12U, 1U}}) {
        const AvifImage image = flat_picture(depth, luma);
        image->yuvRange = AVIF_RANGE_FULL;
        const Image back = decode(write(*image));
        ASSERT_EQ(back.format(), (PixelFormat{1, SampleType::u16}));
        EXPECT_NEAR(first_sample(back), luma / ((1U << depth) - 1.0), 1e-5)
            << luma << " of " << depth << " bits";
    }
}

TEST(Avif, WidensTheLimitedRangeOfVideo) {
    for (const auto& [luma, value] : {std::pair{16U, 0.0}, {235U, 1.0}, {126U, 0.502}, {250U, 1.0}}) {
        const AvifImage image = flat_picture(8, luma);
        image->yuvRange = AVIF_RANGE_LIMITED;
        EXPECT_NEAR(first_sample(decode(write(*image))), value, 0.002) << luma;
    }
}

TEST(Avif, TurnsRotationAndMirrorIntoTheExifOrientation) {
    const std::vector<std::tuple<int, int, int>> cases{{0, -1, 1}, {1, -1, 8}, {2, -1, 3}, {3, -1, 6},
                                                       {0, 0, 4},  {0, 1, 2},  {1, 0, 5},  {1, 1, 7}};
    for (const auto& [turns, mirror, orientation] : cases) {
        const AvifImage image = flat_picture(8, 100);
        image->transformFlags = AVIF_TRANSFORM_IROT;
        image->irot.angle = static_cast<std::uint8_t>(turns);
        if (mirror >= 0) {
            image->transformFlags |= AVIF_TRANSFORM_IMIR;
            image->imir.mode = static_cast<std::uint8_t>(mirror);
        }
        const Image back = decode(write(*image));
        EXPECT_EQ(codec::exif_orientation(back.metadata().exif), orientation) << turns << " " << mirror;
    }
}

TEST(Avif, IgnoresTheOrientationInItsExifData) {
    const AvifImage image = flat_picture(8, 100);
    const std::vector<std::byte> exif = codec::with_exif_orientation({}, 6);
    avif().data_set(&image->exif, reinterpret_cast<const std::uint8_t*>(exif.data()), exif.size());
    EXPECT_EQ(codec::exif_orientation(decode(write(*image)).metadata().exif), 1);
}

/// The file with other numbers of H.273 in the box that describes its colours.
std::vector<std::byte> with_cicp(std::vector<std::byte> file, int primaries, int transfer) {
    constexpr std::string_view box = "colrnclx";
    const auto at = std::search(file.begin(), file.end(), box.begin(), box.end(), [](std::byte a, char b) {
        return std::to_integer<char>(a) == b;
    });
    EXPECT_NE(at, file.end());
    *(at + box.size() + 1) = static_cast<std::byte>(primaries);
    *(at + box.size() + 3) = static_cast<std::byte>(transfer);
    return file;
}

TEST(Avif, ColoursThatAreNotThoseOfSrgbGetAProfile) {
    const auto file = encode(test_picture(16, 8, {3, SampleType::u8}), ImageFormat::avif);
    EXPECT_TRUE(decode(file).metadata().icc.empty());
    for (const auto& [primaries, name] : {std::pair{12, "Display P3"}, {9, "BT.2020"}}) {
        const auto icc = decode(with_cicp(file, primaries, 13)).metadata().icc;
        const std::unique_ptr<void, decltype(&cmsCloseProfile)> profile(
            cmsOpenProfileFromMem(icc.data(), static_cast<cmsUInt32Number>(icc.size())), &cmsCloseProfile);
        ASSERT_NE(profile, nullptr);
        std::array<char, 32> text{};
        cmsGetProfileInfoASCII(profile.get(), cmsInfoDescription, "en", "US", text.data(), text.size());
        EXPECT_STREQ(text.data(), name);
    }
}

TEST(Avif, ColoursOfHdrAreSaidToBeTakenForSrgb) {
    const auto file = encode(test_picture(16, 8, {3, SampleType::u8}), ImageFormat::avif);
    const codec::LogText log;
    EXPECT_TRUE(decode(with_cicp(file, 9, 16)).metadata().icc.empty());
    EXPECT_NE(log.text().find("transfer 16"), std::string::npos) << log.text();
}

TEST(Avif, ReadsTheFirstFrameAndCountsTheOthers) {
    const std::vector<std::byte> file = write(*flat_picture(8, 100), 3);
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 3U);
    EXPECT_EQ(read_image(*decoder).width(), 16U);
}

/// The place of the first `name` in a file: its box's size lies before it.
std::size_t place_of(const std::vector<std::byte>& file, std::string_view name) {
    const auto wanted = codec::bytes_of(name);
    return static_cast<std::size_t>(std::ranges::search(file, wanted).begin() - file.begin());
}

void add_big_endian(std::vector<std::byte>& file, std::size_t at, std::uint32_t more) {
    std::uint32_t value = more;
    for (std::size_t i = 0; i < 4; ++i) {
        value += std::to_integer<std::uint32_t>(file.at(at + i)) << (24U - 8U * i);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        file.at(at + i) = static_cast<std::byte>(value >> (24U - 8U * i) & 255U);
    }
}

/// Puts `entries` that hold for no frame before the display times of a sequence.
std::vector<std::byte> with_empty_times(std::vector<std::byte> file, std::uint32_t entries) {
    const std::size_t times = place_of(file, "stts");
    add_big_endian(file, times + 8, entries);
    for (const std::string_view box : {"moov", "trak", "mdia", "minf", "stbl", "stts"}) {
        add_big_endian(file, place_of(file, box) - 4, entries * 8);
    }
    file.insert(
        file.begin() + static_cast<std::ptrdiff_t>(times) + 12, std::size_t{entries} * 8, std::byte{0});
    return file;
}

TEST(Avif, RefusesTablesOfTimesThatLibavifWouldReadForHours) {
    const std::vector<std::byte> file = write(*flat_picture(8, 100), 100);
    EXPECT_EQ(open_decoder(open_memory(with_empty_times(file, 1000)), {})->frame_count(), 100U);
    EXPECT_EQ(
        codec::error_of([&] { (void)open_decoder(open_memory(with_empty_times(file, 1'000'000)), {}); }),
        ErrorCode::limit_exceeded);
}

TEST(Avif, KeepsTwelveOfSixteenBitsWhereItIsLossless) {
    const EncodeOptions lossless{.quality = {}, .effort = 0, .lossless = true};
    for (const std::uint8_t channels : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}}) {
        const Image image = test_picture(33, 9, {channels, SampleType::u16});
        const Image back = decode(encode(image, ImageFormat::avif, lossless));
        ASSERT_EQ(back.format(), image.format());
        for (std::size_t at = 0; at < image.pixels().size(); at += 2) {
            const double stored = codec::load_sample(back.pixels().data() + at, SampleType::u16);
            EXPECT_NEAR(stored, codec::load_sample(image.pixels().data() + at, SampleType::u16), 0.51 / 4095);
        }
    }
}

TEST(Avif, IsLosslessAtQuality100) {
    const Image image = test_picture(33, 9, {4, SampleType::u8});
    const Image back =
        decode(encode(image, ImageFormat::avif, {.quality = 100, .effort = 0, .lossless = false}));
    EXPECT_TRUE(std::ranges::equal(back.pixels(), image.pixels()));
}

TEST(Avif, GetsBetterWithQuality) {
    const Image image = test_picture(64, 64, {3, SampleType::u8});
    const auto psnr_at = [&](int quality) {
        return codec::psnr(
            image,
            decode(encode(image, ImageFormat::avif, {.quality = quality, .effort = 0, .lossless = false})));
    };
    EXPECT_LT(psnr_at(20), psnr_at(80));
    EXPECT_LT(psnr_at(80), psnr_at(95));
}

TEST(Avif, WritesExifDataOnlyWhereTheyAreThat) {
    Image image = test_picture(8, 8, {3, SampleType::u8});
    image.metadata().exif = codec::bytes_of("not a TIFF structure");
    EXPECT_TRUE(decode(encode(image, ImageFormat::avif)).metadata().exif.empty());
}

} // namespace
} // namespace kizuna
