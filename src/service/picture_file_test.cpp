#include "image/test_rows.hpp"
#include "service/picture_file.hpp"

#include "kizuna/log.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

std::string log_of(PixelFormat from, ImageFormat to, PixelFormat& stored) {
    std::string text;
    set_log_callback([&](LogLevel, std::string_view message) { text.append(message).append("\n"); });
    const auto rows = make_storable(test::rows_of(Image({4, 4, from, {}})), to);
    stored = rows->info().format;
    set_log_callback(nullptr);
    return text;
}

TEST(OutputFormat, SettingsWinOverTheExtensionAndThatOverTheInput) {
    EncodeSettings webp;
    webp.format = "webp";
    EXPECT_EQ(output_format(webp, "a.png", ImageFormat::jpeg), ImageFormat::webp);
    EXPECT_EQ(output_format({}, "a.TIF", ImageFormat::jpeg), ImageFormat::tiff);
    EXPECT_EQ(output_format({}, "a", ImageFormat::jpeg), ImageFormat::jpeg);
    EXPECT_EQ(output_format({}, "a", ImageFormat::gif), ImageFormat::gif);
}

TEST(OutputFormat, LeavesAnAnimatedPngAnimatedUnlessPngIsAskedFor) {
    EncodeSettings png;
    png.format = "png";
    EXPECT_EQ(output_format({}, "a.png", ImageFormat::apng), ImageFormat::apng);
    EXPECT_EQ(output_format(png, "a.png", ImageFormat::apng), ImageFormat::png);
    EXPECT_EQ(output_format({}, "a.png", ImageFormat::gif), ImageFormat::png);
    EXPECT_EQ(output_format({}, "a.apng", ImageFormat::gif), ImageFormat::apng);
}

TEST(OutputFormat, RefusesWhatWeDoNotWriteNamingWhatWeDo) {
    for (const char* name : {"a.psd", "a.txt"}) {
        try {
            (void)output_format({}, name, ImageFormat::png);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_NE(std::string(error.what()).find("webp"), std::string::npos) << error.what();
        }
    }
}

TEST(MakeStorable, SaysWhatIsLost) {
    PixelFormat stored;
    EXPECT_NE(log_of({4, SampleType::u8}, ImageFormat::jpeg, stored).find("transparency"), std::string::npos);
    EXPECT_EQ(stored, (PixelFormat{3, SampleType::u8}));
    EXPECT_NE(log_of({3, SampleType::u16}, ImageFormat::webp, stored).find("16 bits"), std::string::npos);
    EXPECT_EQ(stored, (PixelFormat{3, SampleType::u8}));
    EXPECT_EQ(log_of({4, SampleType::u16}, ImageFormat::png, stored), "");
    EXPECT_EQ(stored, (PixelFormat{4, SampleType::u16}));
}

TEST(CheckSides, OffersAFormatWithRoom) {
    EXPECT_NO_THROW(check_sides(ImageFormat::webp, 16383, 16383));
    try {
        check_sides(ImageFormat::webp, 16384, 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_NE(std::string(error.what()).find("PNG"), std::string::npos) << error.what();
    }
}

TEST(Naming, NamesAFileOnce) {
    const Error bare(ErrorCode::corrupt, "the data ends early");
    const Error named = naming(bare, "a/b.png");
    EXPECT_STREQ(named.what(), "a/b.png: the data ends early");
    EXPECT_STREQ(naming(named, "a/b.png").what(), named.what());
    EXPECT_STREQ(naming(bare, "e").what(), "e: the data ends early") << "a letter of a word is no name";
    EXPECT_STREQ(naming(bare, "data").what(), bare.what());
}

TEST(PictureNames, AreKnownInAnyCase) {
    EXPECT_TRUE(is_picture_name("x.JPeG"));
    EXPECT_TRUE(is_picture_name("x.gif"));
    EXPECT_FALSE(is_picture_name("x.txt"));
    EXPECT_FALSE(is_picture_name("png"));
}

} // namespace
} // namespace kizuna
