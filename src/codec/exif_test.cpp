#include "codec/exif.hpp"
#include "codec/test_pictures.hpp"

#include <gtest/gtest.h>

namespace kizuna::codec {
namespace {

using namespace std::string_view_literals;

// One directory at 8 with an orientation of 3, then XResolution 300/1 and YResolution 150/1 behind the
// directory.
constexpr std::string_view big_endian_blob = "MM\0\x2a\0\0\0\x08"
                                             "\0\x03"
                                             "\x01\x12\0\x03\0\0\0\x01\0\x03\0\0"
                                             "\x01\x1a\0\x05\0\0\0\x01\0\0\0\x32"
                                             "\x01\x1b\0\x05\0\0\0\x01\0\0\0\x3a"
                                             "\0\0\0\0"
                                             "\0\0\x01\x2c\0\0\0\x01"
                                             "\0\0\0\x96\0\0\0\x01"sv;

TEST(Exif, ReadsOrientationInBothByteOrders) {
    EXPECT_EQ(exif_orientation(bytes_of(big_endian_blob)), 3);
    EXPECT_EQ(
        exif_orientation(bytes_of("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0"sv)), 8);
}

TEST(Exif, TakesWhatItCannotReadForUpright) {
    EXPECT_EQ(exif_orientation({}), 1);
    EXPECT_EQ(exif_orientation(bytes_of("no TIFF structure at all")), 1);
    // A directory behind the end, and an orientation of 9.
    EXPECT_EQ(exif_orientation(bytes_of("II*\0\xff\xff\xff\xff"sv)), 1);
    EXPECT_EQ(
        exif_orientation(bytes_of("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0"sv)), 1);
}

TEST(Exif, StripsThePrefixAndNothingElse) {
    const auto stripped = [](std::string_view text) {
        std::vector<std::byte> exif = bytes_of(text);
        strip_exif_prefix(exif);
        return exif;
    };
    EXPECT_EQ(stripped("Exif\0\0II*\0"sv), bytes_of("II*\0"sv));
    EXPECT_EQ(stripped("Exif\0\0"sv), bytes_of(""sv));
    EXPECT_EQ(stripped("Exif\0"sv), bytes_of("Exif\0"sv));
    EXPECT_EQ(stripped("II*\0Exif\0\0"sv), bytes_of("II*\0Exif\0\0"sv));
}

TEST(Exif, SurvivesEveryTruncation) {
    for (std::size_t length = 0; length < big_endian_blob.size(); ++length) {
        const auto blob = bytes_of(big_endian_blob.substr(0, length));
        EXPECT_EQ(exif_orientation(with_exif_orientation(blob, 5)), 5) << length << " bytes";
        (void)exif_density(with_exif_density(blob, {72, 72}));
        auto swapped = blob;
        swap_exif_density(swapped);
        swap_exif_density(swapped);
        EXPECT_EQ(swapped, blob);
    }
}

TEST(Exif, OverwritesTheOrientationInPlace) {
    auto blob = bytes_of(big_endian_blob);
    set_exif_orientation(blob, 1);
    EXPECT_EQ(exif_orientation(blob), 1);
    set_exif_orientation(blob, 3);
    EXPECT_EQ(blob, bytes_of(big_endian_blob)) << "nothing but the value may change";
}

TEST(Exif, AddsAnOrientationThatWasNotThere) {
    const auto blob = bytes_of("MM\0*\0\0\0\x08\0\x01\x01\x28\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"sv);
    ASSERT_EQ(exif_orientation(blob), 1);
    const auto turned = with_exif_orientation(blob, 6);
    EXPECT_EQ(exif_orientation(turned), 6);
    EXPECT_GT(turned.size(), blob.size()) << "the other tags must be kept";
    EXPECT_EQ(exif_orientation(with_exif_orientation({}, 7)), 7);
}

TEST(Exif, WritesTheSizeWhereThereWasOne) {
    // ImageWidth (a long) and a pointer to a directory at 38 with PixelXDimension (a short) and
    // PixelYDimension.
    auto blob = bytes_of("II*\0\x08\0\0\0"
                         "\x02\0"
                         "\x00\x01\x04\0\x01\0\0\0\x40\0\0\0"
                         "\x69\x87\x04\0\x01\0\0\0\x26\0\0\0"
                         "\0\0\0\0"
                         "\x02\0"
                         "\x02\xa0\x03\0\x01\0\0\0\x40\0\0\0"
                         "\x03\xa0\x03\0\x01\0\0\0\x30\0\0\0"
                         "\0\0\0\0"sv);
    const auto expected = bytes_of("II*\0\x08\0\0\0"
                                   "\x02\0"
                                   "\x00\x01\x04\0\x01\0\0\0\x70\x11\x01\0"
                                   "\x69\x87\x04\0\x01\0\0\0\x26\0\0\0"
                                   "\0\0\0\0"
                                   "\x02\0"
                                   "\x02\xa0\x04\0\x01\0\0\0\x70\x11\x01\0"
                                   "\x03\xa0\x04\0\x01\0\0\0\x60\0\0\0"
                                   "\0\0\0\0"sv);
    set_exif_dimensions(blob, 70'000, 96);
    EXPECT_EQ(blob, expected);
    auto without = bytes_of(big_endian_blob);
    set_exif_dimensions(without, 70'000, 96);
    EXPECT_EQ(without, bytes_of(big_endian_blob));
}

TEST(Exif, ReadsTheDensity) {
    const auto density = exif_density(bytes_of(big_endian_blob));
    ASSERT_TRUE(density.has_value());
    EXPECT_DOUBLE_EQ(density->x_dpi, 300);
    EXPECT_DOUBLE_EQ(density->y_dpi, 150);
    EXPECT_FALSE(exif_density({}).has_value());
}

void expect_density(std::span<const std::byte> exif, double x_dpi, double y_dpi) {
    const auto density = exif_density(exif);
    ASSERT_TRUE(density.has_value());
    EXPECT_DOUBLE_EQ(density->x_dpi, x_dpi);
    EXPECT_DOUBLE_EQ(density->y_dpi, y_dpi);
}

TEST(Exif, MakesABlobForADensity) {
    expect_density(with_exif_density({}, {300, 72.25}), 300, 72.25);
    expect_density(with_exif_density(bytes_of("no TIFF structure at all"), {96, 96}), 96, 96);
    expect_density(with_exif_density({}, {1'000'000.5, 1}), 1'000'001, 1);
}

TEST(Exif, AddsADensityInTheBlobsOwnByteOrder) {
    const auto big = bytes_of("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"sv);
    const auto little = bytes_of("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0"sv);
    for (const auto& blob : {big, little}) {
        const auto exif = with_exif_density(blob, {300, 150});
        expect_density(exif, 300, 150);
        EXPECT_EQ(exif_orientation(exif), 3) << "the other tags must be kept";
        EXPECT_EQ(exif.front(), blob.front());
    }
}

TEST(Exif, ReplacesADensityOnlyWhereItIsAnother) {
    const auto blob = bytes_of(big_endian_blob);
    EXPECT_EQ(with_exif_density(blob, {299.9994, 150}), blob) << "PNG counts in dots per metre";
    expect_density(with_exif_density(blob, {72, 72}), 72, 72);
}

TEST(Exif, LeavesABlobAsItIsThatTakesNoDensity) {
    const auto damaged = bytes_of("II*\0\xff\xff\xff\xff"sv);
    EXPECT_EQ(with_exif_density(damaged, {300, 300}), damaged);
    for (const double dpi : {0.0, -1.0, 1e12, std::nan("")}) {
        EXPECT_TRUE(with_exif_density({}, {dpi, 300}).empty()) << dpi;
    }
}

TEST(Exif, SwapsTheDensityInPlace) {
    auto blob = bytes_of(big_endian_blob);
    swap_exif_density(blob);
    expect_density(blob, 150, 300);
    swap_exif_density(blob);
    EXPECT_EQ(blob, bytes_of(big_endian_blob)) << "nothing else may change";
}

} // namespace
} // namespace kizuna::codec
