#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"

#include "kizuna/log.hpp"

#include <array>
#include <functional>
#include <malloc.h>
#include <random>
#include <string>
#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

namespace kizuna::codec {
namespace {

using namespace std::string_view_literals;

void append(png_structp png, png_bytep data, std::size_t length) {
    auto& file = *static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
    const auto bytes = std::as_bytes(std::span(data, length));
    file.insert(file.end(), bytes.begin(), bytes.end());
}

struct RawPng {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    int bits = 8;
    int colour_type = PNG_COLOR_TYPE_RGB;
    int interlace = PNG_INTERLACE_NONE;
    std::vector<std::vector<unsigned char>> rows; // as they lie in the file
};

/// A PNG written by libpng, with whatever `add` puts into its header.
std::vector<std::byte> write_png(
    const RawPng& raw,
    const std::function<void(png_structp, png_infop)>& add = [](png_structp, png_infop) {}) {
    std::vector<std::byte> file;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &file, append, nullptr);
    png_set_IHDR(png, info, raw.width, raw.height, raw.bits, raw.colour_type, raw.interlace, 0, 0);
    add(png, info);
    png_write_info(png, info);
    std::vector<png_bytep> rows;
    for (const auto& row : raw.rows) {
        rows.push_back(const_cast<png_bytep>(row.data()));
    }
    png_write_image(png, rows.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return file;
}

void append_big_endian(std::vector<std::byte>& bytes, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes.push_back(static_cast<std::byte>(value >> shift));
    }
}

/// Puts a chunk before the first chunk named `before`.
void insert_chunk(
    std::vector<std::byte>& file, std::string_view before, std::string_view type,
    std::span<const std::byte> body) {
    std::vector<std::byte> typed = bytes_of(type);
    typed.insert(typed.end(), body.begin(), body.end());
    std::vector<std::byte> chunk;
    append_big_endian(chunk, static_cast<std::uint32_t>(body.size()));
    chunk.insert(chunk.end(), typed.begin(), typed.end());
    append_big_endian(
        chunk, static_cast<std::uint32_t>(
                   crc32(0, reinterpret_cast<const Bytef*>(typed.data()), static_cast<uInt>(typed.size()))));
    const auto name = bytes_of(before);
    const auto at = std::search(file.begin(), file.end(), name.begin(), name.end()) - 4;
    file.insert(at, chunk.begin(), chunk.end());
}

std::vector<std::byte> plain_png() {
    return encode(test_picture(9, 5, {3, SampleType::u8}), ImageFormat::png);
}

/// A file whose header says that it is so wide.
std::vector<std::byte> png_of_width(std::uint32_t width) {
    constexpr std::size_t type_at = 12;
    constexpr std::size_t width_at = 16;
    constexpr std::size_t checksum_at = 29;
    std::vector<std::byte> file = plain_png();
    std::vector<std::byte> bytes;
    append_big_endian(bytes, width);
    std::ranges::copy(bytes, file.begin() + width_at);
    bytes.clear();
    append_big_endian(
        bytes, static_cast<std::uint32_t>(
                   crc32(0, reinterpret_cast<const Bytef*>(file.data() + type_at), checksum_at - type_at)));
    std::ranges::copy(bytes, file.begin() + checksum_at);
    return file;
}

/// An iTXt body whose XMP is `bytes` spaces, compressed.
std::vector<std::byte> compressed_xmp(std::size_t bytes) {
    const std::string text(bytes, ' ');
    std::vector<std::byte> packed(compressBound(text.size()));
    uLongf length = packed.size();
    compress(
        reinterpret_cast<Bytef*>(packed.data()), &length, reinterpret_cast<const Bytef*>(text.data()),
        text.size());
    packed.resize(length);
    std::vector<std::byte> body = bytes_of("XML:com.adobe.xmp\0\1\0\0\0"sv);
    body.insert(body.end(), packed.begin(), packed.end());
    return body;
}

TEST(Png, ExpandsGreyOfLessThanEightBits) {
    RawPng raw{4, 1, 2, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, {{0b00'01'10'11}}};
    const Image image = decode(write_png(raw));
    EXPECT_EQ(image.format(), (PixelFormat{1, SampleType::u8}));
    EXPECT_THAT(samples_of(image), testing::ElementsAre(0, 85, 170, 255));
    raw.bits = 1;
    EXPECT_THAT(samples_of(decode(write_png(raw))), testing::ElementsAre(0, 0, 0, 255));
}

TEST(Png, ExpandsPalettesToRgbEvenGreyOnes) {
    const RawPng raw{2, 1, 4, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, {{0x10}}};
    const Image image = decode(write_png(raw, [](png_structp png, png_infop info) {
        const std::array<png_color, 2> palette{{{7, 7, 7}, {200, 200, 200}}};
        png_set_PLTE(png, info, palette.data(), 2);
    }));
    EXPECT_EQ(image.format(), (PixelFormat{3, SampleType::u8}));
    EXPECT_THAT(samples_of(image), testing::ElementsAre(200, 200, 200, 7, 7, 7));
}

TEST(Png, ExpandsTransparentPalettesToRgba) {
    const RawPng raw{2, 1, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, {{1, 0}}};
    const Image image = decode(write_png(raw, [](png_structp png, png_infop info) {
        const std::array<png_color, 2> palette{{{1, 2, 3}, {4, 5, 6}}};
        const std::array<png_byte, 1> alpha{99};
        png_set_PLTE(png, info, palette.data(), 2);
        png_set_tRNS(png, info, alpha.data(), 1, nullptr);
    }));
    EXPECT_THAT(samples_of(image), testing::ElementsAre(4, 5, 6, 255, 1, 2, 3, 99));
}

TEST(Png, TurnsATransparentColourIntoAlpha) {
    const RawPng raw{2, 1, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, {{5, 6}}};
    const Image image = decode(write_png(raw, [](png_structp png, png_infop info) {
        const png_color_16 colour{0, 0, 0, 0, 6};
        png_set_tRNS(png, info, nullptr, 0, &colour);
    }));
    EXPECT_EQ(image.format(), (PixelFormat{2, SampleType::u8}));
    EXPECT_THAT(samples_of(image), testing::ElementsAre(5, 255, 6, 0));
}

TEST(Png, Gives16BitsInNativeOrder) {
    const RawPng raw{1, 1, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, {{0x12, 0x34}}};
    const Image image = decode(write_png(raw));
    std::uint16_t sample = 0;
    std::memcpy(&sample, image.pixels().data(), sizeof sample);
    EXPECT_EQ(sample, 0x1234);
}

TEST(Png, ReadsInterlacedPictures) {
    RawPng raw{13, 11, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, {}};
    for (unsigned y = 0; y < raw.height; ++y) {
        raw.rows.emplace_back();
        for (unsigned i = 0; i < raw.width * 3; ++i) {
            raw.rows.back().push_back(static_cast<unsigned char>(y * 23 + i * 7));
        }
    }
    const Image plain = decode(write_png(raw));
    raw.interlace = PNG_INTERLACE_ADAM7;
    EXPECT_EQ(samples_of(decode(write_png(raw))), samples_of(plain));
}

TEST(Png, FindsMetadataBehindThePixels) {
    std::vector<std::byte> file = plain_png();
    insert_chunk(file, "IEND", "eXIf", with_exif_orientation({}, 6));
    insert_chunk(file, "IEND", "iTXt", bytes_of("XML:com.adobe.xmp\0\0\0en\0\0<x/>"sv));
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(exif_orientation(decoder->info().metadata.exif), 6);
    EXPECT_EQ(decoder->info().metadata.xmp, bytes_of("<x/>"));
}

TEST(Png, InflatesCompressedXmpWithinTheLimit) {
    std::vector<std::byte> file = plain_png();
    insert_chunk(file, "IEND", "iTXt", compressed_xmp(5'000'000));
    EXPECT_EQ(decode(file).metadata().xmp.size(), 5'000'000U);
    const DecodeLimits limits{1000, 1'000'000};
    EXPECT_EQ(error_of([&] { decode(file, limits); }), ErrorCode::limit_exceeded);
}

TEST(Png, LimitsWhatUnfinishedXmpInflatesToInAll) {
    auto file = plain_png();
    std::vector<std::byte> cut = compressed_xmp(400'000);
    cut.resize(cut.size() - 6); // without its checksum it counts for nothing
    insert_chunk(file, "IEND", "iTXt", cut);
    insert_chunk(file, "IEND", "iTXt", cut);
    DecodeLimits limits;
    limits.max_metadata_bytes = 1'000'000;
    EXPECT_TRUE(decode(file, limits).metadata().xmp.empty());
    insert_chunk(file, "IEND", "iTXt", cut);
    EXPECT_EQ(error_of([&] { decode(file, limits); }), ErrorCode::limit_exceeded);
}

TEST(Png, ReadsExifBehindThePrefixThatSomeWritersPutBeforeIt) {
    std::vector<std::byte> file = plain_png();
    std::vector<std::byte> exif = bytes_of("Exif\0\0"sv);
    std::ranges::copy(with_exif_orientation({}, 6), std::back_inserter(exif));
    insert_chunk(file, "IDAT", "eXIf", exif);
    EXPECT_EQ(decode(file).metadata().exif, with_exif_orientation({}, 6));
}

TEST(Png, RefusesLargeMetadata) {
    std::vector<std::byte> file = plain_png();
    insert_chunk(file, "IDAT", "eXIf", std::vector<std::byte>(2000));
    EXPECT_EQ(error_of([&] { decode(file, {1000, 1999}); }), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of([&] { decode(file, {1000, 2000}); }), std::nullopt);
}

TEST(Png, PassesOverDamagedMetadataButNotOverDamagedPixels) {
    std::vector<std::byte> file = plain_png();
    insert_chunk(file, "IDAT", "eXIf", with_exif_orientation({}, 6));
    const auto name = bytes_of("eXIf");
    const auto at = std::search(file.begin(), file.end(), name.begin(), name.end());
    *(at + 10) ^= std::byte{1};
    EXPECT_TRUE(decode(file).metadata().exif.empty());
    file[file.size() - 20] ^= std::byte{1}; // the last bytes of IDAT
    EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::corrupt);
}

TEST(Png, LeavesOutAProfileThatDoesNotFit) {
    Image image = test_picture(3, 3, {3, SampleType::u8});
    image.metadata().icc =
        bytes_of("this is no ICC profile but it is long enough to look at, isn't it? One hundred "
                 "and thirty-two bytes are the least that a profile may have; here they are.");
    EXPECT_TRUE(decode(encode(image, ImageFormat::png)).metadata().icc.empty());
}

TEST(Png, TakesMemoryForRowsAtTheFirst) {
    const std::vector<std::byte> file = png_of_width(20'000'000);
    const std::size_t before = mallinfo2().hblkhd; // large pieces; nothing is counted under sanitizers
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->info().row_bytes(), 60'000'000U);
    EXPECT_LT(mallinfo2().hblkhd, before + 20'000'000);
}

TEST(Png, WritesAsRowsComeIn) {
    ImageInfo info{4000, 400, {3, SampleType::u8}, {}};
    MemoryOutput out;
    const auto encoder = open_encoder(ImageFormat::png, out, info, {.effort = 1});
    std::mt19937 random(1);
    std::vector<std::byte> row(info.row_bytes());
    for (std::uint32_t y = 0; y < info.height; ++y) {
        std::generate(row.begin(), row.end(), [&] { return static_cast<std::byte>(random()); });
        encoder->write_row(row);
        const std::uint64_t given = (y + 1) * row.size();
        EXPECT_LT(given, out.position() + 1'000'000) << "noise cannot be held in less memory than it has";
    }
    encoder->finish();
}

TEST(Png, EffortChangesTheSize) {
    const Image image = test_picture(200, 100, {3, SampleType::u8});
    const auto size_at = [&](int effort) {
        return encode(image, ImageFormat::png, {.effort = effort}).size();
    };
    EXPECT_GT(size_at(0), image.pixels().size());
    EXPECT_LT(size_at(6), size_at(1));
}

} // namespace
} // namespace kizuna::codec
