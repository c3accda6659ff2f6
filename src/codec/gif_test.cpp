#include "codec/test_pictures.hpp"

#include <algorithm>
#include <array>

#include <gif_lib.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using codec::decode;
using codec::error_of;

constexpr std::array<GifColorType, 4> colours{{{10, 20, 30}, {40, 50, 60}, {70, 80, 90}, {100, 110, 120}}};

constexpr std::array<GifColorType, 4> greys{{{5, 5, 5}, {60, 60, 60}, {128, 128, 128}, {250, 250, 250}}};

/// One frame: pixel (x, y) has palette index (x + 2y) modulo 4.
struct Frame {
    int left = 0;
    int top = 0;
    int width = 3;
    int height = 2;
    bool interlaced = false;
    int transparent = NO_TRANSPARENT_COLOR;
    bool own_palette = false; ///< the file's, in reverse order
    bool grey_palette = false;
    int disposal = DISPOSAL_UNSPECIFIED;
    int delay = 10;
};

int index_at(int x, int y) {
    return (x + 2 * y) % 4;
}

int append(GifFileType* gif, const GifByteType* bytes, int count) {
    auto& file = *static_cast<std::vector<std::byte>*>(gif->UserData);
    const auto* const from = reinterpret_cast<const std::byte*>(bytes);
    file.insert(file.end(), from, from + count);
    return count;
}

void put_frame(GifFileType* gif, const Frame& frame) {
    std::array<GifByteType, 4> control_bytes{};
    const GraphicsControlBlock control{
        .DisposalMode = frame.disposal,
        .UserInputFlag = false,
        .DelayTime = frame.delay,
        .TransparentColor = frame.transparent};
    EGifGCBToExtension(&control, control_bytes.data());
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, control_bytes.size(), control_bytes.data());
    std::array<GifColorType, 4> reversed{colours[3], colours[2], colours[1], colours[0]};
    const GifColorType* const own = frame.grey_palette  ? greys.data()
                                    : frame.own_palette ? reversed.data()
                                                        : nullptr;
    ColorMapObject* const map = own != nullptr ? GifMakeMapObject(4, own) : nullptr;
    EGifPutImageDesc(gif, frame.left, frame.top, frame.width, frame.height, frame.interlaced, map);
    GifFreeMapObject(map);
    std::vector<int> order;
    for (const auto& [first, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
        for (int y = first; frame.interlaced && y < frame.height; y += step) {
            order.push_back(y);
        }
    }
    for (int i = 0; i < frame.height; ++i) {
        std::vector<GifPixelType> line;
        const int y = frame.interlaced ? order[static_cast<std::size_t>(i)] : i;
        for (int x = 0; x < frame.width; ++x) {
            line.push_back(static_cast<GifPixelType>(index_at(x, y)));
        }
        EGifPutLine(gif, line.data(), frame.width);
    }
}

std::vector<std::byte> make_gif(int width, int height, const std::vector<Frame>& frames) {
    std::vector<std::byte> file;
    int error = 0;
    GifFileType* const gif = EGifOpen(&file, append, &error);
    EGifSetGifVersion(gif, true);
    ColorMapObject* const map = GifMakeMapObject(4, colours.data());
    EGifPutScreenDesc(gif, width, height, 8, 0, map);
    GifFreeMapObject(map);
    for (const Frame& frame : frames) {
        put_frame(gif, frame);
    }
    EGifCloseFile(gif, &error);
    return file;
}

int sample(const Image& image, std::uint32_t x, std::uint32_t y, std::size_t channel) {
    return std::to_integer<int>(image.row(y)[x * image.format().channels + channel]);
}

int red_of(int x, int y) {
    return colours.at(static_cast<std::size_t>(index_at(x, y))).Red;
}

TEST(Gif, ReadsAStillPictureInGreysAsGrey) {
    for (const bool interlaced : {false, true}) {
        const Image image = decode(make_gif(3, 2, {{.interlaced = interlaced, .grey_palette = true}}));
        ASSERT_EQ(image.format(), (PixelFormat{1, SampleType::u8}));
        EXPECT_EQ(codec::samples_of(image), (std::vector<int>{5, 60, 128, 128, 250, 5}));
    }
}

TEST(Gif, KeepsColoursWhereGreysAreNotAll) {
    constexpr PixelFormat rgb{3, SampleType::u8};
    constexpr PixelFormat rgba{4, SampleType::u8};
    const Frame greys_only{.grey_palette = true};
    EXPECT_EQ(decode(make_gif(3, 2, {greys_only, greys_only})).format(), rgb) << "an animation";
    EXPECT_EQ(decode(make_gif(4, 2, {greys_only})).format(), rgba) << "the canvas shows";
    EXPECT_EQ(decode(make_gif(3, 2, {{.transparent = 1, .grey_palette = true}})).format(), rgba);
}

TEST(Gif, SaysThatItTakesNoMetadata) {
    Image picture = codec::test_picture(4, 3, {3, SampleType::u8});
    const codec::LogText log;
    (void)codec::encode(picture, ImageFormat::gif);
    EXPECT_EQ(log.text(), "");
    picture.metadata().xmp = codec::bytes_of("<x/>");
    (void)codec::encode(picture, ImageFormat::gif);
    EXPECT_NE(log.text().find("GIF"), std::string::npos);
}

TEST(Gif, ReadsColoursFromThePalette) {
    const Image image = decode(make_gif(3, 2, {{}}));
    ASSERT_EQ(image.format(), (PixelFormat{3, SampleType::u8}));
    EXPECT_EQ(sample(image, 1, 0, 0), 40);
    EXPECT_EQ(sample(image, 1, 0, 1), 50);
    EXPECT_EQ(sample(image, 1, 0, 2), 60);
    EXPECT_EQ(sample(image, 0, 1, 0), 70);
}

TEST(Gif, PutsInterlacedRowsInOrder) {
    const Image image = decode(make_gif(5, 19, {{.width = 5, .height = 19, .interlaced = true}}));
    for (int y = 0; y < 19; ++y) {
        EXPECT_EQ(sample(image, 2, static_cast<std::uint32_t>(y), 0), red_of(2, y)) << "row " << y;
    }
}

TEST(Gif, PrefersTheFramesOwnPalette) {
    const Image image = decode(make_gif(3, 2, {{.own_palette = true}}));
    EXPECT_EQ(sample(image, 0, 0, 0), 100);
}

TEST(Gif, MakesTheTransparentColourTransparent) {
    const Image image = decode(make_gif(3, 2, {{.transparent = 1}}));
    ASSERT_EQ(image.format(), (PixelFormat{4, SampleType::u8}));
    EXPECT_EQ(sample(image, 1, 0, 3), 0);
    EXPECT_EQ(sample(image, 2, 0, 3), 255);
}

TEST(Gif, ComposesAFrameOnItsCanvas) {
    const Image image = decode(make_gif(8, 7, {{.left = 4, .top = 5}}));
    ASSERT_EQ(image.width(), 8U);
    ASSERT_EQ(image.height(), 7U);
    ASSERT_TRUE(image.format().has_alpha());
    EXPECT_EQ(sample(image, 0, 0, 3), 0);
    EXPECT_EQ(sample(image, 4, 5, 3), 255);
    EXPECT_EQ(sample(image, 5, 6, 0), red_of(1, 1));
    EXPECT_EQ(sample(image, 7, 6, 3), 0);
}

TEST(Gif, GrowsTheCanvasForAFrameThatIsLarger) {
    const Image image = decode(make_gif(1, 1, {{}}));
    EXPECT_EQ(image.width(), 3U);
    EXPECT_EQ(image.height(), 2U);
}

TEST(Gif, ReadsTheFirstFrameAndCountsTheOthers) {
    const std::vector<std::byte> file =
        make_gif(3, 2, {{}, {.width = 1, .height = 1}, {.own_palette = true}});
    const auto decoder = open_decoder(open_memory(file), {});
    EXPECT_EQ(decoder->frame_count(), 3U);
    EXPECT_EQ(sample(read_image(*decoder), 1, 0, 0), 40);
}

struct Animated {
    std::vector<Image> frames;
    Animation animation;
};

Animated animate(const std::vector<std::byte>& file) {
    const auto decoder = open_decoder(open_memory(file), {});
    const auto source = decoder->take_frames();
    Animated result{{}, source->animation()};
    for (std::size_t i = 0; i < source->animation().delays.size(); ++i) {
        result.frames.push_back(source->next_frame());
    }
    return result;
}

constexpr Frame whole{.width = 8, .height = 7};
constexpr Frame part{.left = 4, .top = 5, .own_palette = true};

Frame disposed(Frame frame, int disposal) {
    frame.disposal = disposal;
    return frame;
}

TEST(Gif, ComposesFramesOnWhatIsThere) {
    Frame with_hole = part;
    with_hole.transparent = 1;
    const Animated gif = animate(make_gif(8, 7, {whole, with_hole}));
    ASSERT_EQ(gif.frames[1].format(), (PixelFormat{3, SampleType::u8})) << "nothing shows through";
    EXPECT_EQ(sample(gif.frames[1], 0, 0, 0), red_of(0, 0));
    EXPECT_EQ(sample(gif.frames[1], 4, 5, 0), 100) << "the frame's own palette";
    EXPECT_EQ(sample(gif.frames[1], 5, 5, 0), red_of(5, 5)) << "its transparent pixel";
}

TEST(Gif, DisposesOfFrames) {
    const Frame last{
        .width = 1, .height = 1, .own_palette = true}; // giflib loses one that is followed by none
    const Animated kept = animate(make_gif(8, 7, {whole, disposed(part, DISPOSE_DO_NOT), last}));
    EXPECT_EQ(sample(kept.frames[2], 4, 5, 0), 100);
    const Animated before = animate(make_gif(8, 7, {whole, disposed(part, DISPOSE_PREVIOUS), last}));
    EXPECT_EQ(sample(before.frames[1], 4, 5, 0), 100);
    EXPECT_EQ(sample(before.frames[2], 4, 5, 0), red_of(4, 5));
    const Animated cleared = animate(make_gif(8, 7, {whole, disposed(part, DISPOSE_BACKGROUND), last}));
    ASSERT_TRUE(cleared.frames[0].format().has_alpha());
    EXPECT_EQ(sample(cleared.frames[1], 4, 5, 3), 255);
    EXPECT_EQ(sample(cleared.frames[2], 4, 5, 3), 0);
    EXPECT_EQ(sample(cleared.frames[2], 3, 5, 3), 255);
}

TEST(Gif, ReadsDelaysAndIsShownOnceIfItDoesNotSayHowOften) {
    Frame slow = part;
    slow.delay = 65535;
    const Animated gif = animate(make_gif(8, 7, {whole, slow}));
    EXPECT_EQ(gif.animation.delays, (std::vector<FrameDelay>{frame_delay(1, 10), frame_delay(65535, 100)}));
    EXPECT_EQ(gif.animation.plays, 1U);
}

TEST(Gif, DrawsFramesThatEndBeyondTheCanvas) {
    const Animated gif = animate(make_gif(8, 7, {whole, {.left = 7, .top = 6, .own_palette = true}}));
    EXPECT_EQ(gif.frames[1].width(), 8U);
    EXPECT_EQ(sample(gif.frames[1], 7, 6, 0), 100);
}

TEST(Gif, ChecksEveryFramesSize) {
    const std::vector<std::byte> file = make_gif(8, 7, {whole, {.width = 100, .height = 100}});
    EXPECT_EQ(error_of([&] { decode(file, {5000, 5000}); }), ErrorCode::limit_exceeded);
}

TEST(Gif, DoesNotDrawAgainWhatStandsStill) {
    Image first = codec::test_picture(200, 150, {3, SampleType::u8});
    Image second = first;
    std::fill_n(second.row(70).begin(), 30, std::byte{255});
    MemoryOutput out;
    const Animation animation{.plays = 0, .delays = std::vector<FrameDelay>(2, frame_delay(1, 10))};
    const auto sink = open_animation_encoder(ImageFormat::gif, out, first.info(), animation, {});
    sink->write_frame(first);
    const std::uint64_t before = out.position();
    sink->write_frame(second);
    const std::uint64_t between = out.position();
    sink->finish();
    EXPECT_LT(out.position() - between, (between - before) / 10);
    const Animated gif = animate(out.bytes());
    for (std::uint32_t y = 0; y < 150; ++y) {
        if (y != 70) {
            ASSERT_TRUE(std::ranges::equal(gif.frames[0].row(y), gif.frames[1].row(y))) << "row " << y;
        }
    }
}

TEST(Gif, ChecksTheCanvasBeforeItIsAllocated) {
    const std::vector<std::byte> file = make_gif(60'000, 60'000, {{}});
    EXPECT_EQ(error_of([&] { decode(file); }), ErrorCode::limit_exceeded);
}

TEST(Gif, NeverPassesATruncatedFileOffAsWhole) {
    const std::vector<std::byte> file = make_gif(3, 2, {{}, {}});
    for (std::size_t length = 6; length < file.size(); ++length) {
        EXPECT_EQ(error_of([&] { decode(std::span(file).first(length)); }), ErrorCode::corrupt)
            << length << " bytes";
    }
}

} // namespace
} // namespace kizuna
