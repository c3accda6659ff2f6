#include "codec/canvas.hpp"

#include <array>

#include <gtest/gtest.h>

namespace kizuna::codec {
namespace {

constexpr PixelFormat rgba{4, SampleType::u8};
using Pixel = std::array<int, 4>;

Canvas canvas_of(std::uint32_t width, std::uint32_t height) {
    return Canvas(ImageInfo{width, height, rgba, {}});
}

Pixel at(const Canvas& canvas, std::size_t x, std::uint32_t y) {
    Pixel pixel{};
    for (std::size_t c = 0; c < 4; ++c) {
        pixel.at(c) = std::to_integer<int>(canvas.picture().row(y)[x * 4 + c]);
    }
    return pixel;
}

/// A frame of one colour.
void fill(
    Canvas& canvas, const FrameArea& area, const Pixel& colour, Disposal disposal = Disposal::keep,
    FrameBlend blend = FrameBlend::over) {
    canvas.begin_frame(area, disposal);
    std::vector<std::byte> row;
    for (std::uint32_t x = 0; x < area.width; ++x) {
        for (const int sample : colour) {
            row.push_back(static_cast<std::byte>(sample));
        }
    }
    for (std::uint32_t y = 0; y < area.height; ++y) {
        canvas.draw_row(y, row, rgba, blend);
    }
}

constexpr Pixel opaque_red{255, 0, 0, 255};
constexpr Pixel opaque_blue{0, 0, 255, 255};
constexpr Pixel nothing{};

TEST(Canvas, KeepsWhatIsNotDrawnOver) {
    Canvas canvas = canvas_of(4, 3);
    fill(canvas, {0, 0, 4, 3}, opaque_red);
    fill(canvas, {1, 1, 2, 1}, opaque_blue);
    EXPECT_EQ(at(canvas, 0, 1), opaque_red);
    EXPECT_EQ(at(canvas, 1, 1), opaque_blue);
    EXPECT_EQ(at(canvas, 2, 1), opaque_blue);
    EXPECT_EQ(at(canvas, 3, 1), opaque_red);
    EXPECT_EQ(at(canvas, 1, 2), opaque_red);
}

TEST(Canvas, ClearsNothingButTheFramesArea) {
    Canvas canvas = canvas_of(4, 3);
    fill(canvas, {0, 0, 4, 3}, opaque_red);
    fill(canvas, {1, 1, 2, 1}, opaque_blue, Disposal::clear);
    fill(canvas, {0, 0, 1, 1}, opaque_blue);
    EXPECT_EQ(at(canvas, 1, 1), nothing);
    EXPECT_EQ(at(canvas, 3, 1), opaque_red);
}

TEST(Canvas, RestoresWhatWasThere) {
    Canvas canvas = canvas_of(4, 3);
    fill(canvas, {0, 0, 4, 3}, opaque_red);
    fill(canvas, {1, 1, 2, 2}, opaque_blue, Disposal::restore);
    EXPECT_EQ(at(canvas, 1, 2), opaque_blue);
    fill(canvas, {3, 0, 1, 1}, opaque_blue);
    EXPECT_EQ(at(canvas, 1, 1), opaque_red);
    EXPECT_EQ(at(canvas, 2, 2), opaque_red);
    EXPECT_EQ(at(canvas, 3, 0), opaque_blue);
}

TEST(Canvas, ReplacesOrMixesByAlpha) {
    Canvas canvas = canvas_of(1, 1);
    fill(canvas, {0, 0, 1, 1}, opaque_red);
    fill(canvas, {0, 0, 1, 1}, {0, 0, 255, 51});
    EXPECT_EQ(at(canvas, 0, 0), (Pixel{204, 0, 51, 255}));
    fill(canvas, {0, 0, 1, 1}, {0, 0, 255, 51}, Disposal::keep, FrameBlend::replace);
    EXPECT_EQ(at(canvas, 0, 0), (Pixel{0, 0, 255, 51}));
    fill(canvas, {0, 0, 1, 1}, {255, 0, 0, 51}); // 0.2 over 0.2 is 0.36; 5/9 of it red
    EXPECT_EQ(at(canvas, 0, 0), (Pixel{142, 0, 113, 92}));
}

TEST(Canvas, DrawsNothingBeyondItsEdges) {
    Canvas canvas = canvas_of(3, 3);
    fill(canvas, {2, 2, 4, 4}, opaque_red, Disposal::clear);
    EXPECT_EQ(at(canvas, 2, 2), opaque_red);
    EXPECT_EQ(at(canvas, 1, 2), nothing);
    fill(canvas, {9, 9, 2, 2}, opaque_blue, Disposal::restore);
    EXPECT_EQ(at(canvas, 2, 2), nothing);
    fill(canvas, {0, 0, 1, 1}, opaque_blue);
    EXPECT_EQ(at(canvas, 0, 0), opaque_blue);
}

} // namespace
} // namespace kizuna::codec
