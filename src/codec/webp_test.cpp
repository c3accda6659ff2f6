#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>
#include <webp/mux.h>

namespace kizuna {
namespace {

using codec::decode;
using codec::encode;
using codec::error_of;
using codec::test_picture;

std::vector<std::byte> take(WebPData& data) {
    const auto* const begin = reinterpret_cast<const std::byte*>(data.bytes);
    std::vector<std::byte> bytes(begin, begin + data.size);
    WebPDataClear(&data);
    return bytes;
}

/// Two frames on a canvas of 16×12, the first one a lossless 6×4 at (4, 2).
std::vector<std::byte> make_animation(const Image& first) {
    const std::vector<std::byte> picture =
        encode(first, ImageFormat::webp, {.quality = {}, .effort = {}, .lossless = true});
    const std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)> mux(WebPMuxNew(), WebPMuxDelete);
    WebPMuxFrameInfo frame{};
    frame.bitstream = {reinterpret_cast<const std::uint8_t*>(picture.data()), picture.size()};
    frame.id = WEBP_CHUNK_ANMF;
    frame.duration = 100;
    frame.x_offset = 4;
    frame.y_offset = 2;
    WebPMuxPushFrame(mux.get(), &frame, 1);
    frame.x_offset = 0;
    WebPMuxPushFrame(mux.get(), &frame, 1);
    const WebPMuxAnimParams endless{.bgcolor = 0xFFFFFFFF, .loop_count = 0};
    WebPMuxSetAnimationParams(mux.get(), &endless);
    WebPMuxSetCanvasSize(mux.get(), 16, 12);
    WebPData file{};
    EXPECT_EQ(WebPMuxAssemble(mux.get(), &file), WEBP_MUX_OK);
    return take(file);
}

TEST(WebP, ComposesTheFirstFrameOfAnAnimationOnItsCanvas) {
    const Image first = test_picture(6, 4, {3, SampleType::u8});
    const std::vector<std::byte> file = make_animation(first);
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 2U);
    const Image canvas = read_image(*decoder);
    ASSERT_EQ(canvas.format(), (PixelFormat{4, SampleType::u8}));
    ASSERT_EQ(canvas.width(), 16U);
    ASSERT_EQ(canvas.height(), 12U);
    EXPECT_EQ(canvas.row(0)[3], std::byte{0}) << "the canvas is transparent where the frame is not";
    EXPECT_EQ(canvas.row(5)[4 * 10 + 3], std::byte{0});
    for (std::uint32_t y = 0; y < 4; ++y) {
        for (std::size_t x = 0; x < 6; ++x) {
            const auto pixel = canvas.row(y + 2).subspan(4 * (x + 4), 4);
            EXPECT_TRUE(std::ranges::equal(pixel.first(3), first.row(y).subspan(3 * x, 3)));
            EXPECT_EQ(pixel[3], std::byte{255});
        }
    }
}

TEST(WebP, KeepsColoursUnderTransparentPixelsWhereItIsLossless) {
    Image image = test_picture(20, 20, {4, SampleType::u8});
    for (std::size_t at = 3; at < image.pixels().size(); at += 4) {
        image.pixels()[at] = at % 8 == 3 ? std::byte{0} : std::byte{255};
    }
    const Image back =
        decode(encode(image, ImageFormat::webp, {.quality = {}, .effort = {}, .lossless = true}));
    EXPECT_TRUE(std::ranges::equal(back.pixels(), image.pixels()));
}

TEST(WebP, GetsLargerWithQuality) {
    const Image image = test_picture(64, 64, {3, SampleType::u8});
    const auto bytes_at = [&](int quality) {
        return encode(image, ImageFormat::webp, {.quality = quality, .effort = {}, .lossless = false}).size();
    };
    EXPECT_LT(bytes_at(10), bytes_at(80));
    EXPECT_LT(bytes_at(80), bytes_at(100));
    EXPECT_EQ(bytes_at(90), encode(image, ImageFormat::webp).size()) << "90 is the default";
}

TEST(WebP, TakesTheExifPrefixAway) {
    Image image = test_picture(5, 5, {3, SampleType::u8});
    const std::vector<std::byte> exif = codec::with_exif_orientation({}, 6);
    image.metadata().exif = codec::bytes_of(std::string_view("Exif\0\0", 6));
    image.metadata().exif.insert(image.metadata().exif.end(), exif.begin(), exif.end());
    EXPECT_EQ(decode(encode(image, ImageFormat::webp)).metadata().exif, exif);
}

TEST(WebP, LimitsMetadata) {
    Image image = test_picture(5, 5, {3, SampleType::u8});
    image.metadata().xmp.resize(1000);
    const std::vector<std::byte> file = encode(image, ImageFormat::webp);
    const DecodeLimits limits{.max_pixels = 100, .max_metadata_bytes = 999};
    EXPECT_EQ(error_of([&] { decode(file, limits); }), ErrorCode::limit_exceeded);
}

TEST(WebP, WritesTheLargestSide) {
    const Image image = test_picture(max_side(ImageFormat::webp), 1, {3, SampleType::u8});
    EXPECT_EQ(decode(encode(image, ImageFormat::webp)).width(), image.width());
}

TEST(Webp, EncodingEndsWhenItIsCancelled) {
    for (const bool lossless : {false, true}) {
        const Image image = test_picture(200, 150, {3, SampleType::u8});
        CancelSource source;
        MemoryOutput out;
        EncodeOptions options;
        options.lossless = lossless;
        options.cancel = source.get_token();
        const auto sink = open_encoder(ImageFormat::webp, out, image.info(), options);
        for (std::uint32_t y = 0; y < image.height(); ++y) {
            sink->write_row(image.row(y));
        }
        source.request_stop();
        EXPECT_EQ(error_of([&] { sink->finish(); }), ErrorCode::cancelled);
        EXPECT_TRUE(out.bytes().empty());
    }
}

} // namespace
} // namespace kizuna
