#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"
#include "codec/tiff_file.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tiffio.h>

namespace kizuna::codec {
namespace {

struct RawTiff {
    std::uint32_t width = 1;
    std::uint32_t height = 1;
    int bits = 8;
    int samples = 3;
    int photometric = PHOTOMETRIC_RGB;
    int planar = PLANARCONFIG_CONTIG;
    int compression = COMPRESSION_NONE;
    std::vector<std::uint16_t> extra = {};
    std::function<void(TIFF*)> set = [](TIFF*) {};
};

void set_fields(TIFF* tiff, const RawTiff& raw) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, raw.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, raw.height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, raw.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, raw.samples);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, raw.photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, raw.planar);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, raw.compression);
    if (!raw.extra.empty()) {
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(raw.extra.size()), raw.extra.data());
    }
    raw.set(tiff);
}

/// A file of one strip (of one per plane) that holds `bytes`.
std::vector<std::byte> write_tiff(const RawTiff& raw, std::vector<unsigned char> bytes) {
    MemoryOutput out;
    TiffFile file(out, false);
    set_fields(file.get(), raw);
    TIFFSetField(file.get(), TIFFTAG_ROWSPERSTRIP, raw.height);
    const std::size_t strips =
        raw.planar == PLANARCONFIG_SEPARATE ? static_cast<std::size_t>(raw.samples) : 1;
    const std::size_t length = bytes.size() / strips;
    for (std::size_t i = 0; i < strips; ++i) {
        TIFFWriteEncodedStrip(
            file.get(), static_cast<std::uint32_t>(i), bytes.data() + i * length,
            static_cast<tmsize_t>(length));
    }
    file.close();
    return out.bytes();
}

/// A file of one tile, as large as the caller likes, that is not there.
std::vector<std::byte> with_tiles_of(std::uint32_t width, std::uint32_t height, const RawTiff& raw) {
    MemoryOutput out;
    TiffFile file(out, false);
    set_fields(file.get(), raw);
    TIFFSetField(file.get(), TIFFTAG_TILEWIDTH, width);
    TIFFSetField(file.get(), TIFFTAG_TILELENGTH, height);
    std::array<unsigned char, 16> byte{};
    TIFFWriteRawTile(file.get(), 0, byte.data(), byte.size());
    file.close();
    return out.bytes();
}

/// A file of 16x16 tiles.
std::vector<std::byte> write_tiled(RawTiff raw, const Image& image) {
    MemoryOutput out;
    TiffFile file(out, false);
    raw.width = image.width();
    raw.height = image.height();
    set_fields(file.get(), raw);
    TIFFSetField(file.get(), TIFFTAG_TILEWIDTH, 16);
    TIFFSetField(file.get(), TIFFTAG_TILELENGTH, 16);
    const int planes = raw.planar == PLANARCONFIG_SEPARATE ? raw.samples : 1;
    const std::size_t pixel_bytes = image.format().bytes_per_pixel();
    const std::size_t piece_bytes = pixel_bytes / static_cast<std::size_t>(planes);
    for (std::uint32_t top = 0; top < raw.height; top += 16) {
        for (std::uint32_t left = 0; left < raw.width; left += 16) {
            for (int plane = 0; plane < planes; ++plane) {
                std::vector<std::byte> tile(16 * 16 * piece_bytes);
                for (std::uint32_t y = top; y < std::min(top + 16, raw.height); ++y) {
                    for (std::uint32_t x = left; x < std::min(left + 16, raw.width); ++x) {
                        std::memcpy(
                            tile.data() + ((y - top) * 16 + x - left) * piece_bytes,
                            image.row(y).data() + x * pixel_bytes + plane * piece_bytes, piece_bytes);
                    }
                }
                TIFFWriteTile(file.get(), tile.data(), left, top, 0, static_cast<std::uint16_t>(plane));
            }
        }
    }
    file.close();
    return out.bytes();
}

std::vector<int> decoded(const RawTiff& raw, const std::vector<unsigned char>& bytes) {
    return samples_of(decode(write_tiff(raw, bytes)));
}

using testing::ElementsAre;

TEST(Tiff, ScalesSamplesThatDoNotFillBytes) {
    RawTiff raw{4, 1, 1, 1, PHOTOMETRIC_MINISBLACK};
    EXPECT_THAT(decoded(raw, {0b1010'0000}), ElementsAre(255, 0, 255, 0));
    raw.bits = 2;
    EXPECT_THAT(decoded(raw, {0b00'01'10'11}), ElementsAre(0, 85, 170, 255));
    raw.bits = 4;
    EXPECT_THAT(decoded(raw, {0x01, 0x8F}), ElementsAre(0, 17, 136, 255));
    raw.bits = 12;
    EXPECT_THAT(decoded(raw, {0xFF, 0xF0, 0x00, 0x80, 0x00, 0x01}), ElementsAre(65535, 0, 32776, 16));
}

TEST(Tiff, InvertsWhereZeroIsWhite) {
    EXPECT_THAT(decoded({2, 1, 8, 1, PHOTOMETRIC_MINISWHITE}, {0, 200}), ElementsAre(255, 55));
    EXPECT_THAT(
        decoded({8, 1, 1, 1, PHOTOMETRIC_MINISWHITE}, {0xF0}), ElementsAre(0, 0, 0, 0, 255, 255, 255, 255));
}

TEST(Tiff, ExpandsPalettes) {
    RawTiff raw{2, 1, 8, 1, PHOTOMETRIC_PALETTE};
    std::vector<std::uint16_t> red(256);
    std::vector<std::uint16_t> green(256);
    const std::vector<std::uint16_t> blue(256);
    red[3] = 0xFFFF;
    green[4] = 0x8080;
    raw.set = [&](TIFF* tiff) {
        TIFFSetField(tiff, TIFFTAG_COLORMAP, red.data(), green.data(), blue.data());
    };
    EXPECT_THAT(decoded(raw, {3, 4}), ElementsAre(255, 0, 0, 0, 128, 0));
    red[3] = 0xFF; // some writers use 8 of the 16 bits
    green[4] = 0x80;
    EXPECT_THAT(decoded(raw, {3, 4}), ElementsAre(255, 0, 0, 0, 128, 0));
}

TEST(Tiff, ReadsAGreyPaletteAsGreyUnlessAProfileIsForColours) {
    RawTiff raw{2, 1, 8, 1, PHOTOMETRIC_PALETTE};
    std::vector<std::uint16_t> shades(256);
    shades[3] = 0xFFFF;
    shades[4] = 0x8080;
    std::string profile(20, '\0');
    bool with_profile = false;
    raw.set = [&](TIFF* tiff) {
        TIFFSetField(tiff, TIFFTAG_COLORMAP, shades.data(), shades.data(), shades.data());
        if (with_profile) {
            TIFFSetField(
                tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(profile.size()), profile.data());
        }
    };
    EXPECT_THAT(decoded(raw, {3, 4}), ElementsAre(255, 128));
    with_profile = true;
    profile.replace(16, 4, "GRAY");
    EXPECT_THAT(decoded(raw, {3, 4}), ElementsAre(255, 128));
    profile.replace(16, 4, "RGB ");
    EXPECT_THAT(decoded(raw, {3, 4}), ElementsAre(255, 255, 255, 128, 128, 128));
}

TEST(Tiff, DividesPremultipliedColoursByAlpha) {
    RawTiff raw{3, 1, 8, 4, PHOTOMETRIC_RGB};
    raw.extra = {EXTRASAMPLE_ASSOCALPHA};
    const std::vector<unsigned char> bytes{50, 100, 0, 100, 9, 9, 9, 0, 200, 255, 7, 100};
    EXPECT_THAT(decoded(raw, bytes), ElementsAre(128, 255, 0, 100, 0, 0, 0, 0, 255, 255, 18, 100));
    raw.extra = {EXTRASAMPLE_UNASSALPHA};
    EXPECT_THAT(decoded(raw, bytes), ElementsAre(50, 100, 0, 100, 9, 9, 9, 0, 200, 255, 7, 100));
}

TEST(Tiff, DropsSamplesThatMeanNothing) {
    RawTiff raw{2, 1, 8, 3, PHOTOMETRIC_MINISBLACK};
    raw.extra = {EXTRASAMPLE_UNSPECIFIED, EXTRASAMPLE_UNSPECIFIED};
    EXPECT_THAT(decoded(raw, {1, 2, 3, 4, 5, 6}), ElementsAre(1, 4));
}

TEST(Tiff, TurnsCmykIntoRgb) {
    RawTiff raw{2, 1, 8, 4, PHOTOMETRIC_SEPARATED};
    EXPECT_THAT(decoded(raw, {0, 255, 0, 0, 0, 0, 0, 55}), ElementsAre(255, 0, 255, 200, 200, 200));
    raw.samples = 5;
    raw.extra = {EXTRASAMPLE_UNASSALPHA};
    EXPECT_THAT(
        decoded(raw, {0, 255, 0, 0, 9, 0, 0, 0, 55, 8}), ElementsAre(255, 0, 255, 9, 200, 200, 200, 8));
}

TEST(Tiff, DividesPremultipliedInksByAlpha) {
    RawTiff raw{.samples = 5, .photometric = PHOTOMETRIC_SEPARATED, .extra = {EXTRASAMPLE_UNASSALPHA}};
    const std::vector<int> straight = decoded(raw, {200, 0, 100, 20, 128});
    raw.extra = {EXTRASAMPLE_ASSOCALPHA};
    const std::vector<int> premultiplied = decoded(raw, {100, 0, 50, 10, 128});
    ASSERT_EQ(straight.size(), 4U);
    for (std::size_t i = 0; i < straight.size(); ++i) {
        EXPECT_NEAR(premultiplied[i], straight[i], 2); // what 8 bits leave of them
    }
    raw.photometric = PHOTOMETRIC_CIELAB;
    raw.samples = 4;
    EXPECT_EQ(error_of([&] { decoded(raw, {100, 0, 50, 128}); }), ErrorCode::unsupported);
}

TEST(Tiff, RefusesYcbcrInPlanesOfTheirOwn) {
    const RawTiff raw{
        .width = 8,
        .height = 8,
        .photometric = PHOTOMETRIC_YCBCR,
        .planar = PLANARCONFIG_SEPARATE,
        .compression = COMPRESSION_JPEG,
        .set = [](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 1, 1); }};
    const auto file = write_tiff(raw, std::vector<unsigned char>(3 * 64, 100));
    EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::unsupported);
}

TEST(Tiff, TurnsLabIntoRgb) {
    // White, and the middle grey of L = 50.2 (sRGB 119).
    RawTiff raw{2, 1, 8, 3, PHOTOMETRIC_CIELAB};
    for (const int sample : decoded(raw, {255, 0, 0, 255, 0, 0})) {
        EXPECT_NEAR(sample, 255, 1);
    }
    for (const int sample : decoded(raw, {128, 0, 0, 128, 0, 0})) {
        EXPECT_NEAR(sample, 119, 2);
    }
    raw.photometric = PHOTOMETRIC_ICCLAB;
    for (const int sample : decoded(raw, {128, 128, 128, 128, 128, 128})) {
        EXPECT_NEAR(sample, 119, 2);
    }
}

TEST(Tiff, TakesTheSignOfLabIntoAccount) {
    const std::vector<int> rgb = decoded({1, 1, 8, 3, PHOTOMETRIC_CIELAB}, {138, 81, 70}); // sRGB's red
    EXPECT_GT(rgb[0], 250);
    EXPECT_LT(rgb[1], 20);
    const std::vector<int> green = decoded({1, 1, 8, 3, PHOTOMETRIC_CIELAB}, {138, 256 - 60, 40});
    EXPECT_GT(green[1], green[0] + 50);
}

TEST(Tiff, JoinsSeparatePlanes) {
    RawTiff raw{2, 1};
    raw.planar = PLANARCONFIG_SEPARATE;
    EXPECT_THAT(decoded(raw, {1, 2, 3, 4, 5, 6}), ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(Tiff, ReadsTilesThatJutOut) {
    const Image image = test_picture(37, 21, {3, SampleType::u16});
    RawTiff raw;
    raw.bits = 16;
    EXPECT_EQ(samples_of(decode(write_tiled(raw, image))), samples_of(image));
    raw.planar = PLANARCONFIG_SEPARATE;
    raw.compression = COMPRESSION_LZW;
    EXPECT_EQ(samples_of(decode(write_tiled(raw, image))), samples_of(image));
}

TEST(Tiff, ReadsSeveralStripsOfSeparatePlanes) {
    const Image image = test_picture(5, 7, {3, SampleType::u8});
    MemoryOutput out;
    TiffFile file(out, false);
    RawTiff raw{5, 7};
    raw.planar = PLANARCONFIG_SEPARATE;
    set_fields(file.get(), raw);
    TIFFSetField(file.get(), TIFFTAG_ROWSPERSTRIP, 3);
    for (std::uint16_t plane = 0; plane < 3; ++plane) {
        for (std::uint32_t y = 0; y < 7; ++y) {
            std::array<std::byte, 5> row{};
            for (std::size_t x = 0; x < row.size(); ++x) {
                row[x] = image.row(y)[x * 3 + plane];
            }
            TIFFWriteScanline(file.get(), row.data(), y, plane);
        }
    }
    file.close();
    EXPECT_EQ(samples_of(decode(out.bytes())), samples_of(image));
}

TEST(Tiff, ReadsJpegWithinTiff) {
    RawTiff raw;
    raw.photometric = PHOTOMETRIC_YCBCR;
    raw.compression = COMPRESSION_JPEG;
    raw.set = [](TIFF* tiff) {
        TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 2, 2);
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 95);
    };
    const Image image = test_picture(32, 48, {3, SampleType::u8});
    const Image back = decode(write_tiled(raw, image));
    ASSERT_EQ(back.format(), image.format());
    EXPECT_GT(psnr(back, image), 30);
}

TEST(Tiff, ReadsFaxPages) {
    RawTiff raw{16, 2, 1, 1, PHOTOMETRIC_MINISWHITE};
    raw.compression = COMPRESSION_CCITTFAX4;
    const std::vector<int> samples = decoded(raw, {0xFF, 0x00, 0x0F, 0xF0});
    EXPECT_EQ(std::count(samples.begin(), samples.end(), 0), 16);
    EXPECT_EQ(samples[0], 0);
    EXPECT_EQ(samples[15], 255);
}

struct Fax {
    int compression;
    std::uint32_t options;
};

constexpr std::array faxes{
    Fax{COMPRESSION_CCITTRLE, 0}, Fax{COMPRESSION_CCITTFAX3, 0},
    Fax{COMPRESSION_CCITTFAX3, GROUP3OPT_2DENCODING}, Fax{COMPRESSION_CCITTFAX3, GROUP3OPT_FILLBITS},
    Fax{COMPRESSION_CCITTFAX4, 0}};

constexpr std::uint32_t fax_width = 300;
constexpr std::uint32_t fax_height = 64;

/// Runs of all lengths.
std::vector<unsigned char> fax_page() {
    std::vector<unsigned char> bits(std::size_t{(fax_width + 7) / 8} * fax_height);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        bits[i] = static_cast<unsigned char>(i * i * i / 7 % 3 == 0 ? i * 37 : i / 50 % 2 * 255);
    }
    return bits;
}

std::vector<std::byte> write_fax(const Fax& fax) {
    RawTiff raw{fax_width, fax_height, 1, 1, PHOTOMETRIC_MINISWHITE};
    raw.compression = fax.compression;
    raw.set = [&](TIFF* tiff) {
        if (fax.compression == COMPRESSION_CCITTFAX3) {
            TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, fax.options);
        }
    };
    return write_tiff(raw, fax_page());
}

TEST(Tiff, ReadsFaxesOfAllKinds) {
    const std::vector<int> plain = decoded({fax_width, fax_height, 1, 1, PHOTOMETRIC_MINISWHITE}, fax_page());
    for (const Fax& fax : faxes) {
        EXPECT_EQ(samples_of(decode(write_fax(fax))), plain) << fax.compression << " " << fax.options;
    }
}

TEST(Tiff, RefusesDamagedFaxes) {
    constexpr std::size_t pixels_at = 8;
    for (const Fax& fax : faxes) {
        const std::vector<std::byte> whole = write_fax(fax);
        std::uint32_t directory = 0;
        std::memcpy(&directory, whole.data() + 4, sizeof directory);
        const std::size_t length = directory - pixels_at;
        for (const std::byte filler : {std::byte{0}, std::byte{0x5A}}) {
            std::vector<std::byte> file = whole;
            std::fill_n(file.begin() + pixels_at + length / 2, length / 4, filler);
            EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::corrupt)
                << fax.compression << " " << fax.options << " " << std::to_integer<int>(filler);
        }
    }
}

TEST(Tiff, HandsTheOrientationOnAsExif) {
    RawTiff raw{1, 2};
    raw.set = [](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_RIGHTTOP); };
    auto decoder = open_decoder(open_memory(write_tiff(raw, {1, 2, 3, 4, 5, 6})), {});
    EXPECT_EQ(exif_orientation(decoder->info().metadata.exif), 6);
}

/// A file of one page whose directory says that the next one is at `next`.
std::vector<std::byte> with_next_directory(std::uint32_t next) {
    std::vector<std::byte> file = write_tiff({1, 1, 8, 1, PHOTOMETRIC_MINISBLACK}, {40});
    std::uint32_t directory = 0;
    std::uint16_t entries = 0;
    std::memcpy(&directory, file.data() + 4, sizeof directory);
    std::memcpy(&entries, file.data() + directory, sizeof entries);
    std::memcpy(file.data() + directory + 2 + entries * 12U, &next, sizeof next);
    return file;
}

TEST(Tiff, CountsPagesAndReadsTheFirst) {
    const auto length = static_cast<std::uint32_t>(with_next_directory(0).size());
    std::vector<std::byte> file = with_next_directory(length);
    file.insert(file.end(), 6, std::byte{0}); // a second directory: no entries, no next one
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 2U);
    EXPECT_THAT(samples_of(read_image(*decoder)), ElementsAre(40));
}

TEST(Tiff, ComesToAnEndWithACircleOfPages) {
    const auto length = static_cast<std::uint32_t>(with_next_directory(0).size());
    std::vector<std::byte> file = with_next_directory(length);
    file.insert(file.end(), 2, std::byte{0});
    const auto next = std::as_bytes(std::span(&length, 1));
    file.insert(file.end(), next.begin(), next.end()); // itself
    EXPECT_GT(open_decoder(open_memory(file), {})->frame_count(), 1U);
}

TEST(Tiff, BecomesBigTiffOnlyWhereFourGigabytesMayNotDo) {
    const auto version_of = [](std::uint32_t side) {
        MemoryOutput out;
        const ImageInfo info{side, side, {4, SampleType::u16}, {}};
        (void)open_encoder(ImageFormat::tiff, out, info, {});
        return std::to_integer<int>(out.bytes().at(2)) + std::to_integer<int>(out.bytes().at(3));
    };
    EXPECT_EQ(version_of(1000), 42);
    EXPECT_EQ(version_of(30'000), 43);
}

TEST(Tiff, ReadsBigTiff) {
    MemoryOutput out;
    TiffFile file(out, true);
    set_fields(file.get(), {1, 1});
    std::array<unsigned char, 3> row{7, 8, 9};
    TIFFWriteScanline(file.get(), row.data(), 0, 0);
    file.close();
    const auto decoder = open_decoder(open_memory(out.bytes()), {});
    EXPECT_EQ(decoder->frame_count(), 1U);
    EXPECT_THAT(samples_of(read_image(*decoder)), ElementsAre(7, 8, 9));
}

TEST(Tiff, NamesWhatItCannotRead) {
    RawTiff raw{1, 1, 32, 1, PHOTOMETRIC_MINISBLACK};
    EXPECT_EQ(error_of([&] { decoded(raw, {1, 2, 3, 4}); }), ErrorCode::unsupported) << "32-bit integers";
    raw = {1, 1, 8, 1, PHOTOMETRIC_MINISBLACK};
    raw.set = [](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_INT); };
    EXPECT_EQ(error_of([&] { decoded(raw, {1}); }), ErrorCode::unsupported) << "signed integers";
    raw = {1, 1, 8, 20, PHOTOMETRIC_MINISBLACK};
    EXPECT_EQ(error_of([&] { decoded(raw, std::vector<unsigned char>(20)); }), ErrorCode::unsupported)
        << "20 samples";
}

TEST(Tiff, RefusesTilesThatAreLargerThanAnyPicture) {
    auto file = write_tiled({}, test_picture(3, 3, {3, SampleType::u8}));
    EXPECT_EQ(error_of([&] { decode(file, {255}); }), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of([&] { decode(file, {256}); }), std::nullopt);
}

TEST(Tiff, RefusesTilesThatAreMuchLargerThanThePicture) {
    const auto opened = [](std::uint32_t width, std::uint32_t height, const RawTiff& raw) {
        return error_of([&] { (void)open_decoder(open_memory(with_tiles_of(width, height, raw)), {}); });
    };
    EXPECT_EQ(opened(1024, 4096, {16, 16}), std::nullopt);
    EXPECT_EQ(opened(16, 8192, {5000, 5000}), std::nullopt);
    EXPECT_EQ(opened(4112, 16, {16, 16}), ErrorCode::unsupported);
    EXPECT_EQ(opened(16, 20'000, {16, 16}), ErrorCode::unsupported);
}

TEST(Tiff, TakesMemoryForPixelsAtTheFirstRow) {
    constexpr std::uint32_t side = 1U << 28U; // more than any machine can address
    RawTiff raw{side, side};
    raw.planar = PLANARCONFIG_SEPARATE;
    MemoryOutput out;
    TiffFile file(out, false);
    set_fields(file.get(), raw);
    TIFFSetField(file.get(), TIFFTAG_ROWSPERSTRIP, side);
    std::array<unsigned char, 16> bytes{};
    for (std::uint32_t plane = 0; plane < 3; ++plane) {
        TIFFWriteRawStrip(file.get(), plane, bytes.data(), bytes.size());
    }
    file.close();
    const DecodeLimits wide{.max_pixels = std::uint64_t{1} << 58U};
    const auto decoder = open_decoder(open_memory(out.bytes()), wide);
    EXPECT_EQ(decoder->info().width, side);
}

TEST(Tiff, AnEncoderThatIsDroppedWritesNoDirectory) {
    MemoryOutput out;
    {
        const Image image = test_picture(3, 3, {3, SampleType::u8});
        const auto encoder = open_encoder(ImageFormat::tiff, out, image.info(), {});
        encoder->write_row(image.row(0));
    }
    EXPECT_EQ(error_of([&] { decode(out.bytes()); }), ErrorCode::corrupt);
}

} // namespace
} // namespace kizuna::codec
