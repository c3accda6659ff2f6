#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::chain;
using test::conv;
using ::testing::AllOf;
using ::testing::HasSubstr;

Shape output_shape(const Graph& graph, const Shape& input) {
    validate(graph);
    return infer_shapes(graph, input).back();
}

// Of one operator.
Shape shape_of(const Operator& op, const Shape& input) {
    return output_shape(chain(static_cast<int>(input.c), {op}), input);
}

std::string refusal(const Graph& graph, const Shape& input) {
    try {
        (void)output_shape(graph, input);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_network);
        return error.what();
    }
    return "";
}

std::string refusal(const Operator& op, const Shape& input) {
    return refusal(chain(static_cast<int>(input.c), {op}), input);
}

TEST(Shapes, OfConvolutions) {
    Conv2d op = conv(3, 5, 3, 1);
    EXPECT_EQ(shape_of(op, {2, 3, 8, 9}), (Shape{2, 5, 8, 9}));
    op.stride = {2, 3};
    EXPECT_EQ(shape_of(op, {1, 3, 8, 9}), (Shape{1, 5, 4, 3}));
    op.dilation = {2, 1};
    EXPECT_EQ(shape_of(op, {1, 3, 8, 9}), (Shape{1, 5, 3, 3}));
    op.padding = {0, 2, 0, 0};
    EXPECT_EQ(shape_of(op, {1, 3, 5, 9}), (Shape{1, 5, 1, 3}));
}

TEST(Shapes, OfGroupedConvolutions) {
    Conv2d op;
    op.weight = test::filled({6, 2, 1, 1}, 1);
    op.groups = 2;
    EXPECT_EQ(shape_of(op, {1, 4, 8, 8}), (Shape{1, 6, 8, 8}));
    EXPECT_THAT(refusal(op, {1, 6, 8, 8}), HasSubstr("should have 4 channels"));
}

TEST(Shapes, OfTransposedConvolutions) {
    ConvTranspose2d op;
    op.weight = test::filled({4, 3, 4, 3}, 1);
    op.stride = {2, 3};
    op.groups = 2;
    EXPECT_EQ(shape_of(op, {1, 4, 5, 7}), (Shape{1, 6, 12, 21}));
    op.padding = {1, 1, 1, 0};
    op.output_padding = {0, 2};
    EXPECT_EQ(shape_of(op, {1, 4, 5, 7}), (Shape{1, 6, 10, 22}));
}

TEST(Shapes, OfShufflesAndTheirInverse) {
    const PixelShuffle shuffle{PixelShuffle::Order::crd, 3};
    EXPECT_EQ(shape_of(shuffle, {1, 18, 4, 5}), (Shape{1, 2, 12, 15}));
    EXPECT_THAT(refusal(shuffle, {1, 12, 4, 5}), HasSubstr("multiple of 9"));
    const PixelUnshuffle unshuffle{PixelShuffle::Order::dcr, 2};
    EXPECT_EQ(shape_of(unshuffle, {1, 3, 4, 6}), (Shape{1, 12, 2, 3}));
    EXPECT_THAT(refusal(unshuffle, {1, 3, 5, 6}), HasSubstr("multiples of 2"));
}

TEST(Shapes, OfResizingRoundDown) {
    Resize op;
    op.scale_h = 0.75;
    op.scale_w = 1.5;
    EXPECT_EQ(shape_of(op, {1, 1, 8, 5}), (Shape{1, 1, 6, 7}));
    EXPECT_EQ(shape_of(op, {1, 1, 9, 6}), (Shape{1, 1, 6, 9}));
}

TEST(Shapes, OfResizingForgiveFactorsStoredAsFloats) {
    Resize op;
    op.scale_h = static_cast<double>(0.7F); // below 0.7
    op.scale_w = static_cast<double>(1.0F / 3);
    EXPECT_EQ(shape_of(op, {1, 1, 10, 9}), (Shape{1, 1, 7, 3}));
}

TEST(Shapes, OfCropsPadsAndSlices) {
    EXPECT_EQ(shape_of(Crop{{1, 2, 3, 4}}, {1, 1, 10, 11}), (Shape{1, 1, 6, 5}));
    EXPECT_THAT(refusal(Crop{{5, 0, 5, 0}}, {1, 1, 10, 11}), HasSubstr("empty"));
    EXPECT_EQ(shape_of(Pad{Pad::Mode::edge, {1, 2, 3, 4}}, {1, 1, 1, 1}), (Shape{1, 1, 5, 7}));
    EXPECT_THAT(refusal(Pad{Pad::Mode::reflect, {0, 4, 0, 0}}, {1, 1, 4, 4}), HasSubstr("mirrored"));
    EXPECT_EQ(shape_of(SliceChannels{1, 3}, {1, 3, 4, 4}), (Shape{1, 2, 4, 4}));
    EXPECT_THAT(refusal(SliceChannels{1, 4}, {1, 3, 4, 4}), HasSubstr("channels 1 to 4"));
}

TEST(Shapes, OfTheGlobalMean) {
    EXPECT_EQ(shape_of(GlobalAveragePool{}, {2, 3, 4, 5}), (Shape{2, 3, 1, 1}));
}

TEST(Shapes, OfTwoInputsBroadcast) {
    test::GraphBuilder builder(3);
    const int constant = builder.add(Constant{test::filled({1, 3, 1, 1}, 1)}, {});
    builder.add(Binary{}, {constant, 0});
    EXPECT_EQ(output_shape(builder.graph(), {2, 3, 4, 5}), (Shape{2, 3, 4, 5}));
}

TEST(Shapes, RefuseInputsThatDoNotFit) {
    test::GraphBuilder sum(3);
    const int cropped = sum.add(Crop{{1, 0, 0, 0}}, {0});
    sum.add(Binary{}, {0, cropped});
    EXPECT_THAT(refusal(sum.graph(), {1, 3, 4, 4}), AllOf(HasSubstr("node 2"), HasSubstr("do not fit")));

    test::GraphBuilder joined(3);
    joined.add(Concat{}, {0, joined.add(Crop{{1, 0, 0, 0}}, {0})});
    EXPECT_THAT(refusal(joined.graph(), {1, 3, 4, 4}), HasSubstr("do not fit"));
}

TEST(Shapes, OfJoinedInputsAddTheirChannels) {
    test::GraphBuilder builder(3);
    builder.add(Concat{}, {0, 0, builder.add(conv(3, 2, 1, 0), {0})});
    EXPECT_EQ(output_shape(builder.graph(), {1, 3, 4, 5}), (Shape{1, 8, 4, 5}));
}

TEST(Shapes, RefuseParametersForOtherChannels) {
    EXPECT_THAT(refusal(PRelu{{1, 2}}, {1, 3, 4, 4}), HasSubstr("should have 2 channels"));
    EXPECT_THAT(refusal(Affine{{1}, {1, 2}}, {1, 3, 4, 4}), HasSubstr("should have 2 channels"));
    EXPECT_THAT(refusal(conv(4, 1, 1, 0), {1, 3, 4, 4}), HasSubstr("should have 4 channels"));
}

TEST(Shapes, RefuseAKernelLargerThanItsPaddedInput) {
    EXPECT_EQ(shape_of(conv(1, 1, 5, 0), {1, 1, 5, 5}), (Shape{1, 1, 1, 1}));
    EXPECT_THAT(refusal(conv(1, 1, 5, 0), {1, 1, 4, 5}), HasSubstr("covers 5 pixels"));
}

TEST(Shapes, RefuseAnInputThatIsNotTheNetworks) {
    const Graph graph = chain(3, {});
    EXPECT_THAT(refusal(graph, {1, 1, 4, 4}), HasSubstr("takes 3 channels"));
    EXPECT_THAT(refusal(graph, {1, 3, 0, 4}), HasSubstr("empty"));
}

TEST(Shapes, RefuseToGrowWithoutLimit) {
    const PixelShuffle shuffle{PixelShuffle::Order::crd, 64};
    const Resize grow{.scale_h = 64, .scale_w = 64};
    const Graph graph = chain(1, {grow, grow, grow, grow, shuffle});
    validate(graph);
    try {
        (void)infer_shapes(graph, {1, 1, 100, 100});
        FAIL() << "a side of 100 · 64⁴ pixels was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_THAT(error.what(), HasSubstr("node 3"));
    }
}

TEST(PeakMemory, IsTheMostThatIsAliveAtOnce) {
    // 1×1×4×4 floats are 64 bytes. Input and result of each convolution are alive at the same time, no more.
    const Graph row = chain(1, {conv(1, 2, 1, 0), conv(2, 2, 1, 0), conv(2, 1, 1, 0)});
    EXPECT_EQ(peak_activation_bytes(row, {1, 1, 4, 4}), 256U);
    EXPECT_EQ(peak_activation_bytes(row, {3, 1, 4, 4}), 768U);
}

TEST(PeakMemory, KeepsWhatALaterNodeReads) {
    test::GraphBuilder builder(1);
    builder.then(conv(1, 2, 1, 0));
    const int last = builder.then(conv(2, 1, 1, 0));
    builder.add(Binary{}, {0, last});
    EXPECT_EQ(peak_activation_bytes(builder.graph(), {1, 1, 4, 4}), 256U); // 64 of the input, 128, 64
}

TEST(PeakMemory, DropsWhatNobodyReadsAndCountsNoConstants) {
    test::GraphBuilder builder(1);
    builder.add(conv(1, 2, 1, 0), {0}); // read by none
    const int constant = builder.add(Constant{test::filled({1, 1, 4, 4}, 1)}, {});
    builder.add(Binary{}, {0, constant});
    EXPECT_EQ(peak_activation_bytes(builder.graph(), {1, 1, 4, 4}), 192U);
}

} // namespace
} // namespace kizuna
