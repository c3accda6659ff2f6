#include "codec/exif.hpp"
#include "codec/exif_fields.hpp"
#include "codec/test_pictures.hpp"
#include "codec/tiff_file.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <tiffio.h>

namespace kizuna::codec {
namespace {

using namespace std::string_view_literals;

TiffEntry entry(std::uint16_t tag, std::uint16_t type, std::uint32_t count, std::string_view value) {
    return {tag, type, count, bytes_of(value)};
}

ExifFields camera() {
    ExifFields fields;
    fields.texts = {entry(0x010F, 2, 6, "Maker\0"sv), entry(0x8298, 2, 5, "mine\0"sv)};
    fields.exif = {
        entry(0x829A, 5, 1, "\x01\0\0\0\x7D\0\0\0"sv), // 1/125 s
        entry(0x8827, 3, 1, "\x90\x01"sv),             // ISO 400
        entry(0x927C, 7, 5, "note\xFF"sv),             // the maker's own
        entry(0xEEEE, 3, 3, "\1\0\2\0\3\0"sv)};        // nobody knows
    fields.interoperability = {entry(1, 2, 4, "R98\0"sv)};
    fields.gps = {entry(1, 2, 2, "N\0"sv), entry(2, 5, 1, "\x30\0\0\0\1\0\0\0"sv)};
    return fields;
}

TEST(ExifFields, ComeBackFromTheirBlob) {
    EXPECT_EQ(read_exif_fields(exif_blob(camera())), camera());
    EXPECT_TRUE(exif_blob({}).empty());
}

TEST(ExifFields, OfEachKindDoWithoutTheOthers) {
    ExifFields only;
    only.interoperability = camera().interoperability;
    EXPECT_EQ(read_exif_fields(exif_blob(only)), only);
    only = {};
    only.gps = camera().gps;
    EXPECT_EQ(read_exif_fields(exif_blob(only)), only);
}

TEST(ExifFields, OfABigEndianBlobAreTurnedByTheirTypes) {
    const auto blob = bytes_of("MM\0*\0\0\0\x08\0\x02"
                               "\x01\x0F\0\x02\0\0\0\x03Me\0\0"
                               "\x87\x69\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0"
                               "\0\x02"
                               "\x82\x9A\0\x05\0\0\0\x01\0\0\0\x44"
                               "\x88\x27\0\x03\0\0\0\x01\x01\x90\0\0\0\0\0\0"
                               "\0\0\0\x01\0\0\0\x7D"sv);
    const ExifFields fields = read_exif_fields(blob);
    EXPECT_EQ(fields.texts, (TiffDirectory{entry(0x010F, 2, 3, "Me\0"sv)}));
    EXPECT_EQ(fields.exif, (TiffDirectory{camera().exif[0], camera().exif[1]}));
}

TEST(ExifFields, OfABigTiffAreReadAndLaidOutAlike) {
    TiffDirectoryWriter writer(16, true);
    const ExifPlaces places = add_exif_directories(camera(), writer);
    const std::uint64_t first = writer.add(
        {camera().texts[0], writer.pointer(tag_exif_directory, places.exif),
         writer.pointer(tag_gps_directory, places.gps)});
    auto file = bytes_of("II+\0\x08\0\0\0"sv);
    const auto place = writer.pointer(0, first).value;
    file.insert(file.end(), place.begin(), place.end());
    file.insert(file.end(), writer.bytes().begin(), writer.bytes().end());
    ExifFields wanted = camera();
    wanted.texts.pop_back();
    EXPECT_EQ(read_exif_fields(file), wanted);
}

TEST(ExifFields, OfATruncatedBlobAreThoseThatAreWhole) {
    const TiffDirectory whole = camera().exif;
    const auto blob = exif_blob(camera());
    for (std::size_t length = 0; length < blob.size(); ++length) {
        const ExifFields fields = read_exif_fields(std::span(blob).first(length));
        for (const TiffEntry& one : fields.exif) {
            EXPECT_NE(std::find(whole.begin(), whole.end(), one), whole.end()) << length << " bytes";
        }
    }
}

TEST(ExifFields, ThatClaimTheSameBytesAgainAndAgainAreNotReadWithoutEnd) {
    // 1000 entries, each of which says that the whole blob is its value.
    TiffDirectoryWriter writer(8, false);
    TiffDirectory bombs(1000);
    for (std::uint16_t i = 0; i < 1000; ++i) {
        bombs[i] = entry(static_cast<std::uint16_t>(i + 1), 4, 1, "\0\0\0\0"sv);
    }
    const std::uint64_t exif = writer.add(bombs);
    const std::uint64_t first = writer.add({writer.pointer(tag_exif_directory, exif)});
    auto blob = bytes_of("II*\0"sv);
    const auto place = writer.pointer(0, first).value;
    blob.insert(blob.end(), place.begin(), place.end());
    blob.insert(blob.end(), writer.bytes().begin(), writer.bytes().end());
    for (std::size_t i = 0; i < bombs.size(); ++i) { // undefined bytes, as many as there are, at 0
        const std::size_t at = exif + 2 + i * 12;
        blob[at + 2] = std::byte{7};
        blob[at + 4] = static_cast<std::byte>(blob.size());
        blob[at + 5] = static_cast<std::byte>(blob.size() >> 8U);
    }
    std::size_t bytes = 0;
    for (const TiffEntry& one : read_exif_fields(blob).exif) {
        bytes += one.value.size();
    }
    EXPECT_LE(bytes, blob.size());
}

TEST(ExifFields, OfADirectoryThatPointsToItselfAreReadOnce) {
    auto blob = bytes_of("II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0"sv);
    EXPECT_TRUE(read_exif_fields(blob).empty());
}

Image picture_with(const ExifFields& fields) {
    Image image = test_picture(9, 5, {3, SampleType::u8});
    image.metadata().exif = exif_blob(fields);
    return image;
}

std::vector<std::byte> encoded(const Image& image, ImageFormat format) {
    MemoryOutput out;
    const auto sink = open_encoder(format, out, image.info(), {});
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        sink->write_row(image.row(y));
    }
    sink->finish();
    return out.bytes();
}

Image decoded(const std::vector<std::byte>& file) {
    return read_image(*open_decoder(open_memory(file), {}));
}

TEST(ExifFields, SurviveTheWayThroughTiffToPng) {
    const Image tiff = decoded(encoded(picture_with(camera()), ImageFormat::tiff));
    EXPECT_EQ(read_exif_fields(tiff.metadata().exif), camera());
    EXPECT_TRUE(
        std::equal(tiff.pixels().begin(), tiff.pixels().end(), picture_with(camera()).pixels().begin()));
    const Image png = decoded(encoded(tiff, ImageFormat::png));
    EXPECT_EQ(read_exif_fields(png.metadata().exif), camera());
}

TEST(ExifFields, OfACopyrightInTwoPartsBothReachATiff) {
    ExifFields fields;
    fields.texts = {entry(0x8298, 2, 20, "photographer\0editor\0"sv)};
    const Image tiff = decoded(encoded(picture_with(fields), ImageFormat::tiff));
    fields.texts = {entry(0x8298, 2, 21, "photographer; editor\0"sv)};
    EXPECT_EQ(read_exif_fields(tiff.metadata().exif), fields);
}

TEST(ExifFields, InATiffAreFoundByLibtiff) {
    const auto bytes = encoded(picture_with(camera()), ImageFormat::tiff);
    TiffFile file(open_memory(bytes), 1 << 20U);
    const char* maker = nullptr;
    ASSERT_EQ(TIFFGetField(file.get(), TIFFTAG_MAKE, &maker), 1);
    EXPECT_EQ(std::string(maker), "Maker");
    std::uint64_t place = 0;
    ASSERT_EQ(TIFFGetField(file.get(), TIFFTAG_EXIFIFD, &place), 1);
    ASSERT_EQ(TIFFReadEXIFDirectory(file.get(), place), 1);
    float seconds = 0;
    ASSERT_EQ(TIFFGetField(file.get(), EXIFTAG_EXPOSURETIME, &seconds), 1);
    EXPECT_FLOAT_EQ(seconds, 1.0F / 125);
}

TEST(ExifFields, OfATiffStandBesideItsOrientation) {
    auto file = encoded(picture_with(camera()), ImageFormat::tiff);
    const std::string orientation{"\x12\x01\x03\0\x01\0\0\0\x01"sv};
    const auto pattern = bytes_of(orientation);
    const auto at = std::search(file.begin(), file.end(), pattern.begin(), pattern.end());
    ASSERT_NE(at, file.end());
    at[8] = std::byte{6};
    const Image image = decoded(file);
    EXPECT_EQ(exif_orientation(image.metadata().exif), 6);
    EXPECT_EQ(read_exif_fields(image.metadata().exif), camera());
}

} // namespace
} // namespace kizuna::codec
