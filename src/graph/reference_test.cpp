#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::chain;
using test::counting;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::FloatNear;
using ::testing::Pointwise;

std::vector<float> run(const Operator& op, const Tensor& input) {
    const Graph graph = chain(static_cast<int>(input.shape.c), {op});
    validate(graph);
    return run_reference(graph, input).data;
}

std::vector<float> run_on_two(const Operator& op, const Tensor& input, const Tensor& second) {
    test::GraphBuilder builder(static_cast<int>(input.shape.c));
    builder.add(op, {0, builder.add(Constant{second}, {})});
    validate(builder.graph());
    return run_reference(builder.graph(), input).data;
}

TEST(Reference, ConvolvesWithZerosAround) {
    Conv2d op;
    op.weight = counting({1, 1, 3, 3});
    op.padding = {1, 1, 1, 1};
    op.bias = {100};
    // Bottom right of the result: 1·1 + 2·2 + 3·4 + 4·5 = 37, as cross-correlation.
    EXPECT_THAT(run(op, counting({1, 1, 2, 2})), ElementsAre(177, 167, 147, 137));
}

TEST(Reference, ConvolvesWithStrideAndDilation) {
    Conv2d op;
    op.weight = {{1, 1, 1, 2}, {1, 10}};
    op.stride = {2, 1};
    op.dilation = {1, 2};
    // 1 2 3 / 4 5 6 / 7 8 9: rows 0 and 2, columns 0 and 2.
    EXPECT_THAT(run(op, counting({1, 1, 3, 3})), ElementsAre(31, 97));
}

TEST(Reference, PadsEachSideByItsOwn) {
    Conv2d op;
    op.weight = {{1, 1, 1, 1}, {1}};
    op.padding = {.top = 1, .left = 0, .bottom = 0, .right = 2};
    EXPECT_THAT(run(op, counting({1, 1, 1, 2})), ElementsAre(0, 0, 0, 0, 1, 2, 0, 0));
}

TEST(Reference, ConvolvesGroupsApart) {
    Conv2d op;
    op.weight = {{4, 2, 1, 1}, {1, 0, 0, 1, 1, 1, 2, 0}};
    op.groups = 2;
    // Channels 1 2 | 3 4 of one pixel.
    EXPECT_THAT(run(op, counting({1, 4, 1, 1})), ElementsAre(1, 2, 7, 6));
}

TEST(Reference, TransposedConvolutionStampsItsKernel) {
    ConvTranspose2d op;
    op.weight = {{1, 1, 1, 3}, {1, 2, 3}};
    op.stride = {1, 2};
    // 1 and 10 stamped two apart: 1 2 3+10 20 30.
    EXPECT_THAT(run(op, {{1, 1, 1, 2}, {1, 10}}), ElementsAre(1, 2, 13, 20, 30));
    op.padding = {.top = 0, .left = 1, .bottom = 0, .right = 2};
    op.output_padding = {0, 1};
    op.bias = {0.5F};
    EXPECT_THAT(run(op, {{1, 1, 1, 2}, {1, 10}}), ElementsAre(2.5F, 13.5F, 20.5F));
}

TEST(Reference, TransposedConvolutionDilatesAndGroups) {
    ConvTranspose2d op;
    op.weight = {{2, 1, 2, 1}, {1, 2, 3, 4}};
    op.dilation = {2, 1};
    op.groups = 2;
    EXPECT_THAT(run(op, {{1, 2, 1, 1}, {1, 10}}), ElementsAre(1, 0, 2, 30, 0, 40));
}

TEST(Reference, AppliesPixelwiseFunctions) {
    const Tensor in{{1, 2, 1, 2}, {-2, 1, -4, 3}};
    EXPECT_THAT(run(PRelu{{0.5F}}, in), ElementsAre(-1, 1, -2, 3));
    EXPECT_THAT(run(PRelu{{0, 2}}, in), ElementsAre(0, 1, -8, 3));
    EXPECT_THAT(run(Clip{-1, 2}, in), ElementsAre(-1, 1, -1, 2));
    EXPECT_THAT(run(Affine{{2, 3}, {1}}, in), ElementsAre(-3, 3, -11, 10));
    EXPECT_THAT(
        run(Sigmoid{}, in), Pointwise(FloatNear(1e-6F), {0.1192029F, 0.7310586F, 0.0179862F, 0.9525741F}));
    EXPECT_THAT(
        run(Tanh{}, in), Pointwise(FloatNear(1e-6F), {-0.9640276F, 0.7615942F, -0.9993293F, 0.9950548F}));
    EXPECT_THAT(run(Sqrt{}, {{1, 1, 1, 3}, {0, 2.25F, 16}}), ElementsAre(0, 1.5F, 4));
}

TEST(Reference, CombinesTwoInputs) {
    const Tensor a{{1, 1, 1, 3}, {1, -6, 8}};
    const Tensor b{{1, 1, 1, 3}, {2, 3, -4}};
    const auto combine = [&](Binary::Kind kind) { return run_on_two(Binary{kind}, a, b); };
    EXPECT_THAT(combine(Binary::Kind::add), ElementsAre(3, -3, 4));
    EXPECT_THAT(combine(Binary::Kind::sub), ElementsAre(-1, -9, 12));
    EXPECT_THAT(combine(Binary::Kind::mul), ElementsAre(2, -18, -32));
    EXPECT_THAT(combine(Binary::Kind::div), ElementsAre(0.5F, -2, -2));
    EXPECT_THAT(combine(Binary::Kind::max), ElementsAre(2, 3, 8));
    EXPECT_THAT(combine(Binary::Kind::min), ElementsAre(1, -6, -4));
}

TEST(Reference, BroadcastsSidesOfOne) {
    const Tensor a = counting({2, 2, 1, 2});
    EXPECT_THAT(
        run_on_two(Binary{}, a, {{1, 2, 1, 1}, {10, 20}}), ElementsAre(11, 12, 23, 24, 15, 16, 27, 28));
    EXPECT_THAT(
        run_on_two(Binary{}, counting({1, 1, 1, 1}), counting({1, 1, 2, 2})), ElementsAre(2, 3, 4, 5));
}

TEST(Reference, JoinsAndSlicesChannels) {
    EXPECT_THAT(
        run_on_two(Concat{}, counting({1, 1, 1, 2}), {{1, 2, 1, 2}, {7, 8, 9, 10}}),
        ElementsAre(1, 2, 7, 8, 9, 10));
    EXPECT_THAT(run(SliceChannels{1, 3}, counting({1, 4, 1, 1})), ElementsAre(2, 3));
}

TEST(Reference, CropsAndPads) {
    EXPECT_THAT(run(Crop{{1, 0, 0, 2}}, counting({1, 1, 2, 3})), ElementsAre(4));
    const Tensor row = counting({1, 1, 1, 3});
    const Sides two{.top = 0, .left = 2, .bottom = 0, .right = 2};
    EXPECT_THAT(run(Pad{Pad::Mode::constant, two, 9}, row), ElementsAre(9, 9, 1, 2, 3, 9, 9));
    EXPECT_THAT(run(Pad{Pad::Mode::edge, two}, row), ElementsAre(1, 1, 1, 2, 3, 3, 3));
    EXPECT_THAT(run(Pad{Pad::Mode::reflect, two}, row), ElementsAre(3, 2, 1, 2, 3, 2, 1));
    EXPECT_THAT(
        run(Pad{Pad::Mode::edge, {1, 0, 0, 0}}, counting({1, 1, 2, 2})), ElementsAre(1, 2, 1, 2, 3, 4));
}

TEST(Reference, ShufflesChannelsIntoPixels) {
    const Tensor in = counting({1, 8, 1, 1}); // two result channels of four pixels
    EXPECT_THAT(run(PixelShuffle{PixelShuffle::Order::crd, 2}, in), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_THAT(run(PixelShuffle{PixelShuffle::Order::dcr, 2}, in), ElementsAre(1, 3, 5, 7, 2, 4, 6, 8));
    EXPECT_THAT(
        run(PixelShuffle{PixelShuffle::Order::crd, 2}, counting({1, 4, 1, 2})),
        ElementsAre(1, 3, 2, 4, 5, 7, 6, 8));
}

TEST(Reference, UnshufflesBackAgain) {
    for (const auto order : {PixelShuffle::Order::crd, PixelShuffle::Order::dcr}) {
        const Tensor in = counting({2, 3, 6, 9});
        const Graph graph = chain(3, {PixelUnshuffle{order, 3}, PixelShuffle{order, 3}});
        EXPECT_EQ(run_reference(graph, in).data, in.data);
    }
    EXPECT_THAT(
        run(PixelUnshuffle{PixelShuffle::Order::crd, 2}, counting({1, 1, 2, 4})),
        ElementsAre(1, 3, 2, 4, 5, 7, 6, 8));
}

TEST(Reference, AveragesEachChannel) {
    EXPECT_THAT(run(GlobalAveragePool{}, counting({1, 2, 2, 2})), ElementsAre(2.5F, 6.5F));
}

TEST(Reference, FollowsBranches) {
    test::GraphBuilder builder(1);
    const int doubled = builder.add(Affine{{2}, {0}}, {0});
    const int tripled = builder.add(Affine{{3}, {0}}, {0});
    const int sum = builder.add(Binary{}, {doubled, tripled});
    builder.add(Binary{Binary::Kind::mul}, {sum, 0});
    EXPECT_THAT(run_reference(builder.graph(), counting({1, 1, 1, 3})).data, ElementsAre(5, 20, 45));
}

TEST(Reference, RefusesAnInputWhoseNumbersAreMissing) {
    EXPECT_THROW((void)run_reference(chain(1, {}), {{1, 1, 2, 2}, {1, 2, 3}}), Error);
}

} // namespace
} // namespace kizuna
