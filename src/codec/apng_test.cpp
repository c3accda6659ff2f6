#include "base/byte_order.hpp"
#include "codec/png_chunks.hpp"
#include "codec/test_pictures.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace kizuna::codec {
namespace {

constexpr PixelFormat grey{1, SampleType::u8};

Image plain(std::uint32_t width, std::uint32_t height, int shade) {
    Image image(ImageInfo{width, height, grey, {}});
    std::ranges::fill(image.pixels(), static_cast<std::byte>(shade));
    return image;
}

struct Chunk {
    std::string type;
    std::vector<std::byte> body;
};

std::vector<Chunk> chunks_of(const std::vector<std::byte>& file) {
    std::vector<Chunk> chunks;
    const auto in = open_memory(file);
    for (std::uint64_t at = png_signature_bytes; at < file.size();) {
        const PngChunk chunk = read_png_chunk(*in, at);
        chunks.push_back({std::string(chunk.type.data(), 4), read_png_body(*in, chunk)});
        at = chunk.next_at();
    }
    return chunks;
}

std::vector<std::byte> file_of(const std::vector<Chunk>& chunks) {
    std::vector<std::byte> file = bytes_of("\x89PNG\r\n\x1a\n");
    for (const Chunk& chunk : chunks) {
        append_png_chunk(file, chunk.type, chunk.body);
    }
    return file;
}

void put(std::vector<std::byte>& body, std::size_t at, std::uint32_t number) {
    std::ranges::copy(big_endian_bytes(number), body.begin() + static_cast<std::ptrdiff_t>(at));
}

// Where numbers are in an fcTL chunk.
constexpr std::size_t width_at = 4;
constexpr std::size_t x_at = 12;
constexpr std::size_t delay_at = 20;
constexpr std::size_t disposal_at = 24;
constexpr std::size_t blend_at = 25;

/// Three frames of 8×6: 10, then 20 in an area of 2×2 at (3, 1), then 30 in one of 4×2 at (1, 2).
std::vector<Chunk> three_frames() {
    MemoryOutput out;
    const Animation animation{.plays = 0, .delays = std::vector<FrameDelay>(3, frame_delay(1, 10))};
    const auto sink = open_animation_encoder(ImageFormat::apng, out, plain(8, 6, 10).info(), animation, {});
    Image frame = plain(8, 6, 10);
    const auto fill = [&frame](std::uint32_t left, std::uint32_t top, std::uint32_t width, int shade) {
        for (std::uint32_t y = top; y < top + 2; ++y) {
            std::ranges::fill(frame.row(y).subspan(left, width), static_cast<std::byte>(shade));
        }
    };
    sink->write_frame(frame);
    fill(3, 1, 2, 20);
    sink->write_frame(frame);
    fill(1, 2, 4, 30);
    sink->write_frame(frame);
    sink->finish();
    return chunks_of(out.bytes());
}

Chunk& nth(std::vector<Chunk>& chunks, const std::string& type, int number) {
    for (Chunk& chunk : chunks) {
        if (chunk.type == type && number-- == 0) {
            return chunk;
        }
    }
    throw Error(ErrorCode::internal, "no such chunk");
}

std::vector<Image> frames_of(const std::vector<Chunk>& chunks) {
    const std::vector<std::byte> file = file_of(chunks);
    const auto decoder = open_decoder(open_memory(file), {});
    const auto source = decoder->take_frames();
    std::vector<Image> frames;
    for (std::size_t i = 0; i < source->animation().delays.size(); ++i) {
        frames.push_back(source->next_frame());
    }
    return frames;
}

int shade(const Image& image, std::size_t x, std::uint32_t y, std::size_t c = 0) {
    return std::to_integer<int>(image.row(y)[x * image.format().channels + c]);
}

TEST(Apng, StoresNothingButWhatChanged) {
    std::vector<Chunk> chunks = three_frames();
    const std::span second(nth(chunks, "fcTL", 1).body);
    EXPECT_EQ(big_endian(second.subspan(width_at).first<4>()), 2U);
    EXPECT_EQ(big_endian(second.subspan(x_at).first<4>()), 3U);
    const std::vector<Image> frames = frames_of(chunks);
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[0].format(), grey);
    EXPECT_EQ(shade(frames[1], 3, 2), 20);
    EXPECT_EQ(shade(frames[2], 4, 1), 20);
    EXPECT_EQ(shade(frames[2], 4, 2), 30);
    EXPECT_EQ(shade(frames[2], 5, 2), 10);
}

TEST(Apng, DisposesOfFrames) {
    std::vector<Chunk> chunks = three_frames();
    nth(chunks, "fcTL", 1).body[disposal_at] = std::byte{2}; // as before
    EXPECT_EQ(shade(frames_of(chunks)[2], 4, 1), 10);
    nth(chunks, "fcTL", 1).body[disposal_at] = std::byte{1}; // clear
    const std::vector<Image> frames = frames_of(chunks);
    ASSERT_EQ(frames[2].format(), (PixelFormat{2, SampleType::u8})) << "what is cleared is transparent";
    EXPECT_EQ(shade(frames[2], 4, 1, 1), 0);
    EXPECT_EQ(shade(frames[2], 4, 2, 1), 255);
    EXPECT_EQ(shade(frames[2], 0, 0, 1), 255);
}

TEST(Apng, TakesADenominatorOfZeroForHundredths) {
    std::vector<Chunk> chunks = three_frames();
    put(nth(chunks, "fcTL", 2).body, delay_at, 7U << 16U);
    const std::vector<std::byte> file = file_of(chunks);
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->animation()->delays.at(2), frame_delay(7, 100));
}

TEST(Apng, LeavesOutAPictureThatIsNoFrame) {
    std::vector<Chunk> chunks = three_frames();
    const auto first =
        std::find_if(chunks.begin(), chunks.end(), [](const Chunk& chunk) { return chunk.type == "fcTL"; });
    chunks.erase(first);
    put(nth(chunks, "acTL", 0).body, 0, 2);
    std::uint32_t number = 0;
    for (Chunk& chunk : chunks) {
        if (chunk.type == "fcTL" || chunk.type == "fdAT") {
            put(chunk.body, 0, number++);
        }
    }
    const std::vector<Image> frames = frames_of(chunks);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].format().channels, 2) << "nothing is behind the first";
    EXPECT_EQ(shade(frames[0], 3, 1), 20);
    EXPECT_EQ(shade(frames[0], 0, 0, 1), 0);
    EXPECT_EQ(shade(decode(file_of(chunks)), 3, 1), 10) << "it is what others show";
}

TEST(Apng, RefusesChunksThatContradictEachOther) {
    const std::vector<std::function<void(std::vector<Chunk>&)>> damages{
        [](auto& chunks) { put(nth(chunks, "acTL", 0).body, 0, 4); },
        [](auto& chunks) { put(nth(chunks, "acTL", 0).body, 0, 0); },
        [](auto& chunks) { nth(chunks, "acTL", 0).body.pop_back(); },
        [](auto& chunks) { put(nth(chunks, "fcTL", 1).body, 0, 9); },
        [](auto& chunks) { put(nth(chunks, "fdAT", 1).body, 0, 1); },
        [](auto& chunks) { put(nth(chunks, "fcTL", 0).body, width_at, 7); },
        [](auto& chunks) { put(nth(chunks, "fcTL", 1).body, width_at, 0); },
        [](auto& chunks) { put(nth(chunks, "fcTL", 1).body, x_at, 7); },
        [](auto& chunks) { put(nth(chunks, "fcTL", 2).body, x_at, 0xFFFFFFFF); },
        [](auto& chunks) { nth(chunks, "fdAT", 0).body.resize(3); },
        [](auto& chunks) { std::swap(nth(chunks, "fcTL", 1), nth(chunks, "fdAT", 0)); },
        [](auto& chunks) { nth(chunks, "fdAT", 1).type = "teXt"; },
    };
    for (std::size_t i = 0; i < damages.size(); ++i) {
        std::vector<Chunk> chunks = three_frames();
        damages[i](chunks);
        EXPECT_EQ(error_of([&] { decode(file_of(chunks)); }), ErrorCode::corrupt) << "damage " << i;
    }
}

TEST(Apng, BlendsOver) {
    std::vector<Chunk> chunks = three_frames();
    nth(chunks, "fcTL", 1).body[blend_at] = std::byte{1};
    EXPECT_EQ(shade(frames_of(chunks)[1], 3, 1), 20) << "what is opaque replaces";
}

TEST(Apng, OfNoFramesIsAPicture) {
    std::vector<Chunk> chunks = chunks_of(encode(plain(4, 4, 9), ImageFormat::png));
    chunks.insert(chunks.begin() + 1, {"acTL", std::vector<std::byte>(8)});
    const std::vector<std::byte> file = file_of(chunks);
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 1U);
    EXPECT_EQ(decoder->file_format(), ImageFormat::png);
}

TEST(Apng, IsAPictureWhereItSaysSoBehindThePixels) {
    std::vector<Chunk> chunks = chunks_of(encode(plain(4, 4, 9), ImageFormat::png));
    chunks.insert(chunks.end() - 1, {"acTL", std::vector<std::byte>(8)});
    EXPECT_EQ(shade(decode(file_of(chunks)), 0, 0), 9);
}

} // namespace
} // namespace kizuna::codec
