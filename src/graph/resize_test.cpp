#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using Coordinates = Resize::Coordinates;
using Mode = Resize::Mode;
using Rounding = Resize::Rounding;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

// Resizes the row 1, 2, 3, …
std::vector<float> resize_row(std::int64_t length, Resize op, double scale) {
    op.scale_w = scale;
    const Graph graph = test::chain(1, {op});
    validate(graph);
    return run_reference(graph, test::counting({1, 1, 1, length})).data;
}

std::vector<float> nearest(std::int64_t length, Coordinates coordinates, Rounding rounding, double scale) {
    return resize_row(
        length, {.mode = Mode::nearest, .coordinates = coordinates, .rounding = rounding}, scale);
}

std::vector<float> smooth(std::int64_t length, Mode mode, Coordinates coordinates, double scale) {
    return resize_row(length, {.mode = mode, .coordinates = coordinates}, scale);
}

TEST(ResizeNearest, RepeatsPixels) {
    EXPECT_THAT(nearest(2, Coordinates::asymmetric, Rounding::floor, 3), ElementsAre(1, 1, 1, 2, 2, 2));
    EXPECT_THAT(
        nearest(2, Coordinates::half_pixel, Rounding::round_prefer_floor, 3), ElementsAre(1, 1, 1, 2, 2, 2));
}

TEST(ResizeNearest, RoundsPositionsAsAsked) {
    // At twice the size the positions are 0, 0.5, 1, 1.5.
    EXPECT_THAT(nearest(2, Coordinates::asymmetric, Rounding::ceil, 2), ElementsAre(1, 2, 2, 2));
    EXPECT_THAT(
        nearest(2, Coordinates::asymmetric, Rounding::round_prefer_floor, 2), ElementsAre(1, 1, 2, 2));
    EXPECT_THAT(nearest(2, Coordinates::asymmetric, Rounding::round_prefer_ceil, 2), ElementsAre(1, 2, 2, 2));
    // −0.25, 0.25, 0.75, 1.25
    EXPECT_THAT(nearest(2, Coordinates::half_pixel, Rounding::floor, 2), ElementsAre(1, 1, 1, 2));
}

TEST(ResizeNearest, ShrinksByFactorsStoredAsFloats) {
    const double third = static_cast<double>(1.0F / 3); // a little too large: 1 / third < 3
    EXPECT_THAT(nearest(9, Coordinates::asymmetric, Rounding::floor, third), ElementsAre(1, 4, 7));
    EXPECT_THAT(nearest(9, Coordinates::half_pixel, Rounding::floor, third), ElementsAre(2, 5, 8));
}

TEST(ResizeNearest, AlignsCorners) {
    // 6 from 3 pixels: positions 0, 0.4, 0.8, 1.2, 1.6, 2.
    EXPECT_THAT(
        nearest(3, Coordinates::align_corners, Rounding::round_prefer_floor, 2),
        ElementsAre(1, 1, 2, 2, 3, 3));
}

TEST(ResizeBilinear, WeighsNeighboursAndRepeatsTheEdge) {
    EXPECT_THAT(smooth(2, Mode::bilinear, Coordinates::half_pixel, 2), ElementsAre(1, 1.25F, 1.75F, 2));
    EXPECT_THAT(smooth(2, Mode::bilinear, Coordinates::asymmetric, 2), ElementsAre(1, 1.5F, 2, 2));
    EXPECT_THAT(
        smooth(3, Mode::bilinear, Coordinates::align_corners, 2),
        Pointwise(FloatNear(1e-6F), {1.0F, 1.4F, 1.8F, 2.2F, 2.6F, 3.0F}));
}

TEST(ResizeBilinear, ShrinksWithoutAntialiasing) {
    EXPECT_THAT(smooth(4, Mode::bilinear, Coordinates::half_pixel, 0.5), ElementsAre(1.5F, 3.5F));
    EXPECT_THAT(
        smooth(4, Mode::bilinear, Coordinates::half_pixel, 0.75),
        Pointwise(FloatNear(1e-6F), {1.0F + (1.0F / 6), 2.5F, 4.0F - (1.0F / 6)}));
}

TEST(ResizeBilinear, TakesASinglePixelForAlignedCorners) {
    EXPECT_THAT(smooth(2, Mode::bilinear, Coordinates::align_corners, 0.5), ElementsAre(1));
}

TEST(ResizeBicubic, HasKeysWeights) {
    // Halfway between two pixels the weights with a = −0.75 are −3/32, 19/32, 19/32, −3/32. Edges repeat.
    EXPECT_THAT(
        smooth(4, Mode::bicubic, Coordinates::half_pixel, 0.5),
        ElementsAre((-3.0F + 19 + 38 - 9) / 32 + 0, (-6.0F + 57 + 76 - 12) / 32));
    // A quarter on: −27/256, 225/256, 67/256, −9/256.
    EXPECT_THAT(
        smooth(2, Mode::bicubic, Coordinates::half_pixel, 2),
        ElementsAre(
            (1 * (-9.0F + 67 + 225) - 27 * 2) / 256, (1 * (-27.0F + 225) + 2 * (67 - 9)) / 256,
            (1 * (-9.0F + 67) + 2 * (225 - 27)) / 256, (1 * -27.0F + 2 * (225 + 67 - 9) - 0) / 256));
}

TEST(ResizeBicubic, TakesAnotherCoefficient) {
    const Resize op{.mode = Mode::bicubic, .coordinates = Coordinates::half_pixel, .cubic_a = -0.5F};
    // −1/16, 9/16, 9/16, −1/16
    EXPECT_THAT(resize_row(4, op, 0.5), ElementsAre((-1.0F + 9 + 18 - 3) / 16, (-2.0F + 27 + 36 - 4) / 16));
}

TEST(Resize, TreatsRowsAndColumnsApart) {
    const Resize op{
        .mode = Mode::bilinear, .coordinates = Coordinates::half_pixel, .scale_h = 2, .scale_w = 1};
    const Graph graph = test::chain(1, {op});
    EXPECT_THAT(
        run_reference(graph, test::counting({1, 1, 2, 2})).data,
        ElementsAre(1, 2, 1.5F, 2.5F, 2.5F, 3.5F, 3, 4));
}

TEST(Resize, ByOneChangesNothing) {
    const Tensor in = test::counting({1, 2, 3, 4});
    for (const Mode mode : {Mode::nearest, Mode::bilinear, Mode::bicubic}) {
        for (const auto coordinates :
             {Coordinates::half_pixel, Coordinates::asymmetric, Coordinates::align_corners}) {
            const Graph graph = test::chain(2, {Resize{.mode = mode, .coordinates = coordinates}});
            EXPECT_EQ(run_reference(graph, in).data, in.data);
        }
    }
}

} // namespace
} // namespace kizuna
