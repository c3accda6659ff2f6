#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <jpeglib.h>

namespace kizuna::codec {
namespace {

/// A JPEG of one colour, written by libjpeg with whatever `change` sets.
std::vector<std::byte> write_jpeg(
    J_COLOR_SPACE input, std::vector<unsigned char> pixel,
    const std::function<void(j_compress_ptr)>& change) {
    constexpr int side = 24;
    jpeg_compress_struct library{};
    jpeg_error_mgr errors{};
    library.err = jpeg_std_error(&errors);
    jpeg_create_compress(&library);
    unsigned char* bytes = nullptr;
    unsigned long length = 0;
    jpeg_mem_dest(&library, &bytes, &length);
    library.image_width = side;
    library.image_height = side;
    library.input_components = static_cast<int>(pixel.size());
    library.in_color_space = input;
    jpeg_set_defaults(&library);
    jpeg_set_quality(&library, 100, TRUE);
    change(&library);
    jpeg_start_compress(&library, TRUE);
    std::vector<unsigned char> row;
    for (int x = 0; x < side; ++x) {
        row.insert(row.end(), pixel.begin(), pixel.end());
    }
    while (library.next_scanline < library.image_height) {
        JSAMPROW line = row.data();
        jpeg_write_scanlines(&library, &line, 1);
    }
    jpeg_finish_compress(&library);
    jpeg_destroy_compress(&library);
    const auto all = std::as_bytes(std::span(bytes, length));
    const std::vector<std::byte> file(all.begin(), all.end());
    std::free(bytes);
    return file;
}

void expect_pixel(const Image& image, std::array<int, 3> expected) {
    ASSERT_EQ(image.format(), (PixelFormat{3, SampleType::u8}));
    for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(std::to_integer<int>(image.row(11)[12 * 3 + c]), expected[c], 3) << "channel " << c;
    }
}

/// Where the frame header's marker begins.
std::size_t find_marker(const std::vector<std::byte>& file, unsigned char marker) {
    const std::array wanted{std::byte{0xFF}, std::byte{marker}};
    return static_cast<std::size_t>(
        std::search(file.begin(), file.end(), wanted.begin(), wanted.end()) - file.begin());
}

std::vector<std::byte>
with_segment(std::vector<std::byte> file, unsigned char marker, std::vector<std::byte> body) {
    const std::size_t length = body.size() + 2;
    body.insert(
        body.begin(), {std::byte{0xFF}, std::byte{marker}, static_cast<std::byte>(length >> 8U),
                       static_cast<std::byte>(length)});
    file.insert(file.begin() + 2, body.begin(), body.end());
    return file;
}

constexpr unsigned char baseline_frame = 0xC0;

TEST(Jpeg, ReadsProgressiveFiles) {
    expect_pixel(
        decode(write_jpeg(JCS_RGB, {200, 100, 50}, [](j_compress_ptr c) { jpeg_simple_progression(c); })),
        {200, 100, 50});
}

TEST(Jpeg, ReadsFilesWithRestartMarkers) {
    expect_pixel(
        decode(write_jpeg(JCS_RGB, {20, 100, 250}, [](j_compress_ptr c) { c->restart_interval = 1; })),
        {20, 100, 250});
}

TEST(Jpeg, ReadsRgbThatIsStoredAsRgb) {
    expect_pixel(
        decode(write_jpeg(JCS_RGB, {9, 100, 250}, [](j_compress_ptr c) { jpeg_set_colorspace(c, JCS_RGB); })),
        {9, 100, 250});
}

TEST(Jpeg, TurnsAdobesInvertedCmykIntoRgb) {
    // libjpeg writes the Adobe marker for CMYK: 255 means no ink.
    expect_pixel(decode(write_jpeg(JCS_CMYK, {255, 255, 255, 255}, [](j_compress_ptr) {})), {255, 255, 255});
    expect_pixel(decode(write_jpeg(JCS_CMYK, {255, 0, 255, 255}, [](j_compress_ptr) {})), {255, 0, 255});
}

TEST(Jpeg, TurnsYcckIntoRgb) {
    const auto ycck = [](j_compress_ptr c) { jpeg_set_colorspace(c, JCS_YCCK); };
    expect_pixel(decode(write_jpeg(JCS_CMYK, {0, 128, 255, 255}, ycck)), {0, 128, 255});
}

TEST(Jpeg, TakesCmykWithoutAdobesMarkerAtItsWord) {
    const auto plain = [](j_compress_ptr c) { c->write_Adobe_marker = FALSE; };
    expect_pixel(decode(write_jpeg(JCS_CMYK, {0, 255, 0, 0}, plain)), {255, 0, 255});
}

TEST(Jpeg, RefusesToDecodeHundredsOfScans) {
    std::vector<jpeg_scan_info> scans{{1, {0}, 0, 0, 0, 0}};
    for (int k = 1; k < 64; ++k) {
        for (int low = 4; low >= 0; --low) {
            scans.push_back({1, {0}, k, k, low == 4 ? 0 : low + 1, low});
        }
    }
    const auto many = [&](j_compress_ptr c) {
        c->scan_info = scans.data();
        c->num_scans = static_cast<int>(scans.size());
    };
    EXPECT_EQ(error_of([&] { decode(write_jpeg(JCS_GRAYSCALE, {77}, many)); }), ErrorCode::limit_exceeded);
    scans.resize(100);
    EXPECT_EQ(error_of([&] { decode(write_jpeg(JCS_GRAYSCALE, {77}, many)); }), std::nullopt);
}

TEST(Jpeg, KeepsChromaResolutionAtHighQuality) {
    const Image image = test_picture(32, 32, {3, SampleType::u8});
    const auto luma_sampling = [&](int quality) {
        const auto file = encode(image, ImageFormat::jpeg, {.quality = quality});
        return std::to_integer<int>(file[find_marker(file, baseline_frame) + 11]);
    };
    EXPECT_EQ(luma_sampling(90), 0x11);
    EXPECT_EQ(luma_sampling(89), 0x22);
}

TEST(Jpeg, QualityChangesTheSize) {
    const Image image = test_picture(64, 64, {3, SampleType::u8});
    const auto size_at = [&](int quality) {
        return encode(image, ImageFormat::jpeg, {.quality = quality}).size();
    };
    EXPECT_LT(size_at(30), size_at(95));
}

TEST(Jpeg, SplitsLargeProfilesIntoSegments) {
    Image image = test_picture(8, 8, {3, SampleType::u8});
    image.metadata().icc.resize(200'000);
    for (std::size_t i = 0; i < image.metadata().icc.size(); ++i) {
        image.metadata().icc[i] = static_cast<std::byte>(i * 31);
    }
    EXPECT_EQ(decode(encode(image, ImageFormat::jpeg)).metadata().icc, image.metadata().icc);
}

TEST(Jpeg, LeavesOutExifThatIsTooLarge) {
    Image image = test_picture(8, 8, {3, SampleType::u8});
    image.metadata().exif.resize(70'000);
    EXPECT_TRUE(decode(encode(image, ImageFormat::jpeg)).metadata().exif.empty());
}

TEST(Jpeg, TakesTheDensityFromExifWhereJfifHasNone) {
    std::vector<std::byte> blob = bytes_of("Exif");
    const std::vector<unsigned char> tiff{0,  0, 'I', 'I', 42, 0, 8, 0, 0,    0, 2, 0, 0x1A, 1, 5, 0,
                                          1,  0, 0,   0,   38, 0, 0, 0, 0x1B, 1, 5, 0, 1,    0, 0, 0,
                                          38, 0, 0,   0,   0,  0, 0, 0, 0x58, 2, 0, 0, 2,    0, 0, 0};
    const auto rest = std::as_bytes(std::span(tiff));
    blob.insert(blob.end(), rest.begin(), rest.end());
    const auto file =
        with_segment(encode(test_picture(8, 8, {1, SampleType::u8}), ImageFormat::jpeg), 0xE1, blob);
    const auto density = decode(file).metadata().density;
    ASSERT_TRUE(density.has_value());
    EXPECT_DOUBLE_EQ(density->x_dpi, 300);
}

TEST(Jpeg, ReadsCentimetresToo) {
    const auto per_centimetre = [](j_compress_ptr c) {
        c->density_unit = 2;
        c->X_density = 100;
        c->Y_density = 50;
    };
    const auto density = decode(write_jpeg(JCS_RGB, {1, 2, 3}, per_centimetre)).metadata().density;
    ASSERT_TRUE(density.has_value());
    EXPECT_DOUBLE_EQ(density->x_dpi, 254);
    EXPECT_DOUBLE_EQ(density->y_dpi, 127);
}

TEST(Jpeg, NamesWhatItCannotDecode) {
    auto file = encode(test_picture(8, 8, {3, SampleType::u8}), ImageFormat::jpeg);
    file[find_marker(file, baseline_frame) + 4] = std::byte{12};
    EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::unsupported) << "12 bits";
    file[find_marker(file, baseline_frame) + 1] = std::byte{0xC3};
    EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::unsupported) << "the lossless process";
}

TEST(Jpeg, ToleratesJunkBetweenSegmentsAndBehindTheEnd) {
    auto file = encode(test_picture(8, 8, {3, SampleType::u8}), ImageFormat::jpeg);
    const auto tables = static_cast<std::ptrdiff_t>(find_marker(file, 0xDB));
    file.insert(file.begin() + tables, 10, std::byte{0});
    file.insert(file.end(), 1000, std::byte{0x55});
    EXPECT_EQ(error_of([&] { decode(file); }), std::nullopt);
}

TEST(Jpeg, CallsAScanThatEndsEarlyDamaged) {
    auto file = encode(test_picture(64, 64, {3, SampleType::u8}), ImageFormat::jpeg);
    file.resize(file.size() / 2);
    file.push_back(std::byte{0xFF});
    file.push_back(std::byte{0xD9}); // a proper end marker after half of the scan
    EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::corrupt);
}

} // namespace
} // namespace kizuna::codec
