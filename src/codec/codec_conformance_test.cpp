// One suite for every format that can be written: what the facade promises, whatever the format.
#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"

#include "kizuna/log.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lcms2.h>

namespace kizuna {
namespace {

using codec::decode;
using codec::encode;
using codec::error_of;
using codec::seen;
using codec::test_picture;

struct Case {
    ImageFormat format;
    double min_psnr_db;   // of its default quality; 0: exact
    bool can_be_lossless; // by the option; formats that always are have min_psnr_db 0
    bool icc;
    bool exif;
    bool xmp;
    bool density;
    bool one_bit_of_alpha = false; // a pixel is there or not, and what cannot be seen has no colour
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << to_string(c.format);
}

std::vector<PixelFormat> every_pixel_format() {
    std::vector<PixelFormat> formats;
    for (const SampleType sample : {SampleType::u8, SampleType::u16, SampleType::f32}) {
        for (std::uint8_t channels = 1; channels <= 4; ++channels) {
            formats.push_back({channels, sample});
        }
    }
    return formats;
}

std::vector<PixelFormat> storable_formats(ImageFormat format) {
    std::vector<PixelFormat> formats = every_pixel_format();
    std::erase_if(formats, [&](PixelFormat wanted) { return storable_format(format, wanted) != wanted; });
    return formats;
}

std::string describe(PixelFormat format) {
    return std::to_string(format.channels) + " channels of " +
           std::to_string(8 * bytes_per_sample(format.sample)) + " bits";
}

std::vector<std::byte> saved_and_closed(cmsHPROFILE profile) {
    cmsUInt32Number length = 0;
    cmsSaveProfileToMem(profile, nullptr, &length);
    std::vector<std::byte> bytes(length);
    cmsSaveProfileToMem(profile, bytes.data(), &length);
    cmsCloseProfile(profile);
    return bytes;
}

std::vector<std::byte> srgb_profile() {
    return saved_and_closed(cmsCreate_sRGBProfile());
}

std::vector<std::byte> grey_profile() {
    cmsToneCurve* const gamma = cmsBuildGamma(nullptr, 2.2);
    std::vector<std::byte> profile = saved_and_closed(cmsCreateGrayProfile(cmsD50_xyY(), gamma));
    cmsFreeToneCurve(gamma);
    return profile;
}

/// A disk that is full after so many bytes.
class FullDisk final : public OutputStream {
  public:
    explicit FullDisk(std::uint64_t capacity)
        : capacity_(capacity) {}

    void write(std::span<const std::byte> bytes) override {
        position_ += bytes.size();
        if (position_ > capacity_) {
            throw Error(ErrorCode::io, "no space left on the disk");
        }
    }

    void seek(std::uint64_t position) override { position_ = position; }

    [[nodiscard]] std::uint64_t position() const override { return position_; }

  private:
    std::uint64_t capacity_;
    std::uint64_t position_ = 0;
};

/// Of RGBA in 8 bits; others as they are.
Image with_one_bit_of_alpha(Image image) {
    for (std::size_t at = 3; image.format().has_alpha() && at < image.pixels().size(); at += 4) {
        image.pixels()[at] = image.pixels()[at] < std::byte{128} ? std::byte{0} : std::byte{255};
    }
    return image;
}

class CodecConformance : public testing::TestWithParam<Case> {
  protected:
    [[nodiscard]] static ImageFormat format() { return GetParam().format; }

    /// A picture of the format's first storable kind.
    [[nodiscard]] static Image sample_picture(std::uint32_t width = 67, std::uint32_t height = 41) {
        return test_picture(width, height, storable_format(format(), {3, SampleType::u8}));
    }
};

TEST_P(CodecConformance, KeepsEveryPixelWhereItIsLossless) {
    if (GetParam().min_psnr_db > 0 && !GetParam().can_be_lossless) {
        GTEST_SKIP() << "always lossy";
    }
    EncodeOptions options;
    options.lossless = GetParam().can_be_lossless;
    for (const PixelFormat pixels : storable_formats(format())) {
        if (format() == ImageFormat::avif && pixels.sample == SampleType::u16) {
            continue; // AV1 ends at 12 bits
        }
        for (const auto& [width, height] : {std::pair{1, 1}, {1, 7}, {17, 1}, {67, 41}}) {
            const Image image = test_picture(width, height, pixels);
            const Image back = decode(encode(image, format(), options));
            ASSERT_EQ(back.format(), pixels) << describe(pixels);
            ASSERT_EQ(back.width(), image.width());
            ASSERT_EQ(back.height(), image.height());
            ASSERT_TRUE(std::ranges::equal(back.pixels(), image.pixels()))
                << describe(pixels) << ", " << width << "x" << height;
        }
    }
}

TEST_P(CodecConformance, ComesCloseAtItsDefaultQuality) {
    for (const PixelFormat pixels : storable_formats(format())) {
        for (const auto& [width, height] : {std::pair{1, 1}, {1, 7}, {17, 1}, {67, 41}}) {
            Image image = test_picture(width, height, pixels);
            if (GetParam().one_bit_of_alpha) {
                image = seen(with_one_bit_of_alpha(std::move(image)));
            }
            const Image back = decode(encode(image, format()));
            ASSERT_EQ(back.format(), pixels) << describe(pixels);
            ASSERT_EQ(back.pixels().size(), image.pixels().size());
            EXPECT_GE(codec::psnr(image, back), GetParam().min_psnr_db)
                << describe(pixels) << ", " << width << "x" << height;
        }
    }
}

TEST_P(CodecConformance, SniffsWhatItWrote) {
    const std::vector<std::byte> file = encode(sample_picture(), format());
    EXPECT_EQ(sniff_image_format(file), format());
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->file_format(), format());
    EXPECT_EQ(decoder->frame_count(), 1U);
}

TEST_P(CodecConformance, CarriesMetadata) {
    Image image = sample_picture();
    Metadata& metadata = image.metadata();
    metadata.icc = srgb_profile();
    metadata.exif = codec::exif_of_300_by_150_dpi();
    metadata.xmp = codec::bytes_of("<x:xmpmeta xmlns:x='adobe:ns:meta/'><test/></x:xmpmeta>");
    metadata.density = Density{300, 150};
    const Metadata back = decode(encode(image, format())).metadata();
    if (GetParam().icc) {
        EXPECT_EQ(back.icc, metadata.icc);
    }
    if (GetParam().exif) {
        EXPECT_EQ(back.exif, metadata.exif);
    }
    if (GetParam().xmp) {
        EXPECT_EQ(back.xmp, metadata.xmp);
    }
    if (GetParam().density) {
        ASSERT_TRUE(back.density.has_value());
        EXPECT_NEAR(back.density->x_dpi, 300, 0.02);
        EXPECT_NEAR(back.density->y_dpi, 150, 0.02);
    }
}

TEST_P(CodecConformance, LeavesOutAProfileForGreyWhereItStoresRgb) {
    for (const std::uint8_t channels : {std::uint8_t{1}, std::uint8_t{3}}) {
        Image image = test_picture(9, 7, storable_format(format(), {channels, SampleType::u8}));
        image.metadata().icc = grey_profile();
        const codec::LogText log;
        const Metadata back = decode(encode(image, format())).metadata();
        if (image.format().channels == 3) {
            EXPECT_TRUE(back.icc.empty());
            EXPECT_THAT(log.text(), testing::HasSubstr("ICC profile"));
        } else if (GetParam().icc) {
            EXPECT_EQ(back.icc, image.metadata().icc);
        }
    }
}

TEST_P(CodecConformance, CarriesADensityThatExifDoesNotTell) {
    if (!GetParam().density) {
        GTEST_SKIP() << "no place for it";
    }
    Image image = sample_picture();
    image.metadata().density = Density{240, 119.5};
    for (const auto& exif : {std::vector<std::byte>{}, codec::with_exif_orientation({}, 1)}) {
        image.metadata().exif = exif;
        const auto density = decode(encode(image, format())).metadata().density;
        ASSERT_TRUE(density.has_value()) << exif.size() << " bytes of EXIF";
        EXPECT_NEAR(density->x_dpi, 240, 0.02);
        EXPECT_NEAR(density->y_dpi, 119.5, 0.51) << "JPEG's are whole";
    }
}

TEST_P(CodecConformance, NeverPassesATruncatedFileOffAsWhole) {
    const std::vector<std::byte> file = encode(sample_picture(), format());
    for (int percent = 0; percent < 100; percent += 7) {
        const std::size_t length = file.size() * percent / 100;
        const auto error = error_of([&] { decode(std::span(file).first(length)); });
        ASSERT_TRUE(error.has_value()) << percent << "% of the file passed as whole";
        EXPECT_TRUE(*error == ErrorCode::corrupt || *error == ErrorCode::unsupported)
            << percent << "%: " << to_string(*error);
    }
}

TEST_P(CodecConformance, ThrowsNothingButErrorsAtDamagedFiles) {
    const std::vector<std::byte> file = encode(sample_picture(), format());
    std::mt19937 random(20240229);
    const DecodeLimits limits{1U << 20U, 1U << 20U};
    for (int round = 0; round < 300; ++round) {
        std::vector<std::byte> damaged = file;
        for (int flips = 1 + round % 4; flips > 0; --flips) {
            damaged[random() % damaged.size()] = static_cast<std::byte>(random());
        }
        error_of([&] { decode(damaged, limits); }); // anything else than an Error or a picture fails the test
    }
}

TEST_P(CodecConformance, RefusesGarbageBehindItsMagicNumber) {
    std::vector<std::byte> file = encode(sample_picture(), format());
    std::mt19937 random(7);
    std::generate(file.begin() + 16, file.end(), [&] { return static_cast<std::byte>(random()); });
    EXPECT_TRUE(error_of([&] { decode(file); }).has_value());
}

TEST_P(CodecConformance, ChecksTheSizeBeforeAnythingIsDecoded) {
    const std::vector<std::byte> file = encode(sample_picture(20, 10), format());
    EXPECT_EQ(error_of([&] { (void)open_decoder(open_memory(file), {199}); }), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of([&] { (void)open_decoder(open_memory(file), {200}); }), std::nullopt);
}

TEST_P(CodecConformance, PassesOnTheErrorOfAFullDisk) {
    const Image image = sample_picture();
    const std::size_t length = encode(image, format()).size();
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{10}, length / 2, length - 1}) {
        FullDisk disk(capacity);
        EXPECT_EQ(error_of([&] { encode(disk, image, format()); }), ErrorCode::io) << "after " << capacity;
    }
}

TEST_P(CodecConformance, RefusesSidesThatItCannotStore) {
    MemoryOutput out;
    ImageInfo info = sample_picture().info();
    info.height = max_side(format()) + 1;
    EXPECT_EQ(error_of([&] { (void)open_encoder(format(), out, info, {}); }), ErrorCode::limit_exceeded);
    info.height = 0;
    EXPECT_EQ(error_of([&] { (void)open_encoder(format(), out, info, {}); }), ErrorCode::invalid_argument);
}

TEST_P(CodecConformance, StoresWhatItSaysItStores) {
    for (const PixelFormat wanted : every_pixel_format()) {
        const PixelFormat near = storable_format(format(), wanted);
        EXPECT_EQ(storable_format(format(), near), near) << describe(wanted);
        EXPECT_GE(near.colour_channels(), wanted.colour_channels()) << describe(wanted);
    }
}

constexpr double exact = 0;

INSTANTIATE_TEST_SUITE_P(
    Formats, CodecConformance,
    testing::Values( //                    lossless icc   exif  xmp   density
        Case{ImageFormat::png, exact, false, true, true, true, true},
        Case{ImageFormat::jpeg, 38, false, true, true, true, true},
        Case{ImageFormat::tiff, exact, false, true, false, true, true},
        Case{ImageFormat::webp, 30, true, true, true, true, true},
        Case{ImageFormat::avif, 30, true, true, true, true, true},
        Case{ImageFormat::jxl, 30, true, false, true, true, true},
        Case{ImageFormat::bmp, exact, false, true, false, false, true},
        Case{ImageFormat::gif, 32, false, false, false, false, false, true}),
    [](const auto& tested) { return std::string(to_string(tested.param.format)); });

} // namespace
} // namespace kizuna
