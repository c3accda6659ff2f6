// One suite for every format that holds animations: what the facade promises, whatever the format.
#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using codec::error_of;
using codec::psnr;
using codec::seen;

struct AnimatedFormat {
    ImageFormat format;
    bool lossless;       // by the option, or always
    double min_psnr_db;  // of its default quality
    std::uint32_t exact; // delays in fractions of so many a second come back as they are; 0: any
    bool plays;
    bool alpha; // all of it, not one bit
    bool metadata;
};

std::ostream& operator<<(std::ostream& out, const AnimatedFormat& c) {
    return out << to_string(c.format);
}

using Frames = std::vector<Image>;

constexpr PixelFormat rgb{3, SampleType::u8};
constexpr PixelFormat rgba{4, SampleType::u8};

/// A square of another colour in every frame wanders over a picture that stands still.
Frames wandering_square(PixelFormat format, int count = 5) {
    Frames frames;
    for (int i = 0; i < count; ++i) {
        Image image = codec::test_picture(61, 43, format);
        if (format.has_alpha()) { // what is not square is nothing, or all
            for (std::size_t at = 0; at < image.pixels().size(); at += 4) {
                image.pixels()[at + 3] = at % 3 == 0 ? std::byte{0} : std::byte{255};
            }
        }
        for (std::uint32_t y = 7; y < 20; ++y) {
            for (std::size_t x = 5 + 9 * static_cast<std::size_t>(i);
                 x < 16 + 9 * static_cast<std::size_t>(i); ++x) {
                std::byte* const pixel = image.row(y).data() + x * format.bytes_per_pixel();
                pixel[0] = static_cast<std::byte>(40 * i);
                pixel[1] = std::byte{200};
                pixel[2] = std::byte{30};
                if (format.has_alpha()) {
                    pixel[3] = std::byte{255};
                }
            }
        }
        frames.push_back(std::move(image));
    }
    return frames;
}

std::vector<std::byte> encode(
    const Frames& frames, ImageFormat format, const Animation& animation, const EncodeOptions& options = {}) {
    MemoryOutput out;
    const auto sink = open_animation_encoder(format, out, frames.front().info(), animation, options);
    for (const Image& frame : frames) {
        sink->write_frame(frame);
    }
    sink->finish();
    return out.bytes();
}

struct Decoded {
    Frames frames;
    Animation animation;
    ImageInfo info;
};

Decoded decode_animated(std::span<const std::byte> file, const DecodeLimits& limits = {}) {
    const auto decoder = open_decoder(open_memory(file), limits);
    if (!decoder->animation()) {
        throw Error(ErrorCode::corrupt, "not an animation");
    }
    const auto source = decoder->take_frames();
    Decoded result{{}, source->animation(), source->info()};
    for (std::size_t i = 0; i < source->animation().delays.size(); ++i) {
        result.frames.push_back(source->next_frame());
    }
    return result;
}

Animation animation_of(std::vector<FrameDelay> delays, std::uint32_t plays = 0) {
    return {.plays = plays, .delays = std::move(delays)};
}

Animation tenths(std::size_t frames) {
    return animation_of(std::vector<FrameDelay>(frames, frame_delay(1, 10)));
}

/// The colours of a picture in which nothing is transparent.
Image without_alpha(const Image& image) {
    if (!image.format().has_alpha()) {
        return image;
    }
    Image colours({image.width(), image.height(), rgb, {}});
    for (std::size_t pixel = 0; 4 * pixel < image.pixels().size(); ++pixel) {
        const auto* const from = image.pixels().data() + 4 * pixel;
        EXPECT_EQ(from[3], std::byte{255}) << "pixel " << pixel;
        std::copy_n(from, 3, colours.pixels().data() + 3 * pixel);
    }
    return colours;
}

class AnimationConformance : public testing::TestWithParam<AnimatedFormat> {
  protected:
    [[nodiscard]] static ImageFormat format() { return GetParam().format; }

    [[nodiscard]] static EncodeOptions lossless() {
        EncodeOptions options;
        options.lossless = GetParam().lossless;
        return options;
    }
};

TEST_P(AnimationConformance, KeepsEveryPixelWhereItIsLossless) {
    if (!GetParam().lossless) {
        GTEST_SKIP() << "always lossy";
    }
    for (const PixelFormat pixels : {rgb, rgba}) {
        const Frames frames = wandering_square(pixels);
        const Decoded back = decode_animated(encode(frames, format(), tenths(frames.size()), lossless()));
        ASSERT_EQ(back.frames.size(), frames.size());
        for (std::size_t i = 0; i < frames.size(); ++i) {
            ASSERT_EQ(back.frames[i].format(), pixels);
            ASSERT_TRUE(std::ranges::equal(seen(back.frames[i]).pixels(), seen(frames[i]).pixels()))
                << "frame " << i << ", " << int{pixels.channels} << " channels";
        }
    }
}

TEST_P(AnimationConformance, ComesCloseAtItsDefaultQualityInEveryFrame) {
    const Frames frames = wandering_square(rgb, 7);
    const Decoded back = decode_animated(encode(frames, format(), tenths(frames.size())));
    ASSERT_EQ(back.frames.size(), frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        ASSERT_EQ(back.frames[i].width(), frames[i].width());
        ASSERT_EQ(back.frames[i].height(), frames[i].height());
        EXPECT_GE(psnr(frames[i], without_alpha(back.frames[i])), GetParam().min_psnr_db) << "frame " << i;
    }
}

TEST_P(AnimationConformance, LetsThingsVanish) {
    Frames frames = wandering_square(rgba, 4);
    for (const std::size_t i : {1U, 3U}) { // a frame with nothing in it, among others
        std::ranges::fill(frames[i].pixels(), std::byte{0});
    }
    const Decoded back = decode_animated(encode(frames, format(), tenths(4), lossless()));
    ASSERT_EQ(back.frames.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_EQ(back.frames[i].format(), rgba);
        for (std::size_t at = 3; at < frames[i].pixels().size(); at += 4) {
            ASSERT_EQ(back.frames[i].pixels()[at], frames[i].pixels()[at])
                << "frame " << i << ", byte " << at;
        }
    }
}

TEST_P(AnimationConformance, KeepsDelaysAndTheirSum) {
    const std::uint32_t unit = GetParam().exact == 0 ? 1001 : GetParam().exact;
    const std::vector<FrameDelay> delays{
        frame_delay(3, unit), frame_delay(7, unit), frame_delay(30, unit), frame_delay(400, unit)};
    const Frames frames = wandering_square(rgb, 4);
    EXPECT_EQ(decode_animated(encode(frames, format(), animation_of(delays))).animation.delays, delays);
    const Frames many = wandering_square(rgb, 5);
    const Animation thirds = animation_of(std::vector<FrameDelay>(5, frame_delay(1, 30)));
    const Animation back = decode_animated(encode(many, format(), thirds)).animation;
    EXPECT_NEAR(back.seconds(), thirds.seconds(), 0.0051);
    for (const FrameDelay& delay : back.delays) {
        EXPECT_NEAR(delay.seconds(), 1 / 30.0, 0.01);
    }
}

TEST_P(AnimationConformance, KeepsHowOftenItIsShown) {
    if (!GetParam().plays) {
        GTEST_SKIP() << "the library does not know";
    }
    const Frames frames = wandering_square(rgb, 2);
    for (const std::uint32_t plays : {0U, 1U, 2U, 7U}) {
        Animation animation = tenths(2);
        animation.plays = plays;
        EXPECT_EQ(decode_animated(encode(frames, format(), animation)).animation.plays, plays);
    }
}

TEST_P(AnimationConformance, KeepsFramesThatRepeat) {
    Frames frames = wandering_square(rgb, 3);
    frames[1] = frames[0];
    const Animation animation = animation_of({frame_delay(1, 10), frame_delay(2, 10), frame_delay(3, 10)});
    const Decoded back = decode_animated(encode(frames, format(), animation, lossless()));
    EXPECT_NEAR(back.animation.seconds(), 0.6, 1e-9); // libwebp makes one of two that are the same
    EXPECT_GE(back.frames.size(), 2U);
}

TEST_P(AnimationConformance, CarriesMetadata) {
    if (!GetParam().metadata) {
        GTEST_SKIP() << "has no place for them";
    }
    Frames frames = wandering_square(rgb, 2);
    frames[0].metadata().exif = codec::with_exif_orientation({}, 1);
    frames[0].metadata().xmp = codec::bytes_of("<x:xmpmeta xmlns:x='adobe:ns:meta/'><test/></x:xmpmeta>");
    const Metadata back = decode_animated(encode(frames, format(), tenths(2))).info.metadata;
    EXPECT_EQ(back.exif, frames[0].metadata().exif);
    EXPECT_EQ(back.xmp, frames[0].metadata().xmp);
}

TEST_P(AnimationConformance, CarriesTheDensity) {
    if (!GetParam().metadata) {
        GTEST_SKIP() << "has no place for it";
    }
    Frames frames = wandering_square(rgb, 2);
    frames[0].metadata().density = Density{240, 120};
    const auto density = decode_animated(encode(frames, format(), tenths(2))).info.metadata.density;
    ASSERT_TRUE(density.has_value());
    EXPECT_NEAR(density->x_dpi, 240, 0.02);
    EXPECT_NEAR(density->y_dpi, 120, 0.02);
}

TEST_P(AnimationConformance, GivesTheFirstFrameAsRows) {
    const Frames frames = wandering_square(rgb, 3);
    const std::vector<std::byte> file = encode(frames, format(), tenths(3), lossless());
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 3U);
    const Image first = read_image(*decoder);
    ASSERT_EQ(first.width(), frames[0].width());
    ASSERT_EQ(first.height(), frames[0].height());
    EXPECT_GE(psnr(without_alpha(first), frames[0]), GetParam().min_psnr_db);
}

TEST_P(AnimationConformance, NeverPassesATruncatedFileOffAsWhole) {
    const Frames frames = wandering_square(rgb, 3);
    const std::vector<std::byte> file = encode(frames, format(), tenths(3));
    for (int percent = 0; percent < 100; percent += 7) {
        const auto part = std::span(file).first(file.size() * static_cast<std::size_t>(percent) / 100);
        const auto error = error_of([&] { decode_animated(part); });
        ASSERT_TRUE(error.has_value()) << percent << "% of the file passed as whole";
        EXPECT_TRUE(*error == ErrorCode::corrupt || *error == ErrorCode::unsupported) << percent << "%";
    }
}

TEST_P(AnimationConformance, ThrowsNothingButErrorsAtDamagedFiles) {
    const Frames frames = wandering_square(rgba, 3);
    const std::vector<std::byte> file = encode(frames, format(), tenths(3));
    std::mt19937 random(20240307);
    const DecodeLimits limits{1U << 20U, 1U << 20U, 100};
    for (int round = 0; round < 150; ++round) {
        std::vector<std::byte> damaged = file;
        for (int flips = 0; flips < 4; ++flips) {
            damaged[random() % damaged.size()] ^= static_cast<std::byte>(1U << random() % 8U);
        }
        static_cast<void>(error_of([&] { decode_animated(damaged, limits); }));
    }
}

TEST_P(AnimationConformance, RefusesMoreFramesThanAllowed) {
    const Frames frames = wandering_square(rgb, 3);
    const std::vector<std::byte> file = encode(frames, format(), tenths(3));
    EXPECT_EQ(error_of([&] { decode_animated(file, {1U << 20U, 1U << 20U, 2}); }), ErrorCode::limit_exceeded);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, AnimationConformance,
    testing::Values( //        lossless psnr exact plays alpha metadata
        AnimatedFormat{ImageFormat::apng, true, 90, 0, true, true, true},
        AnimatedFormat{ImageFormat::webp, true, 26, 1000, true, true, true},
        AnimatedFormat{ImageFormat::avif, true, 26, 0, false, true, true},
        AnimatedFormat{ImageFormat::jxl, true, 26, 0, true, true, true},
        AnimatedFormat{ImageFormat::gif, false, 32, 100, true, false, false}),
    [](const auto& tested) { return std::string(to_string(tested.param.format)); });

} // namespace
} // namespace kizuna
