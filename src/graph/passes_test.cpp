#include "graph/channels.hpp"
#include "graph/passes.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

namespace kizuna {

namespace {

using test::chain;
using test::GraphBuilder;
using test::Random;

using Pass = Graph (*)(const Graph&);

struct NamedPass {
    std::string name;
    Pass pass;
};

void PrintTo(const NamedPass& pass, std::ostream* out) {
    *out << pass.name;
}

// Folded weights are rounded once more: far below what a wrong weight or pixel does.
void expect_near(const Tensor& actual, const Tensor& expected) {
    constexpr float tolerance = 1e-5F;
    ASSERT_EQ(to_string(actual.shape), to_string(expected.shape));
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
        ASSERT_NEAR(actual.data[i], expected.data[i], tolerance * std::max(1.0F, std::abs(expected.data[i])))
            << "at value " << i;
    }
}

void expect_same_results(const Graph& graph, Pass pass, Random& random, int smallest = 16) {
    const Graph made = pass(graph);
    ASSERT_NO_THROW(validate(made));
    const int channels = std::get<Input>(graph.nodes[0].op).channels;
    const Tensor in = random.tensor({1, channels, smallest, smallest + 8}, -1, 1);
    ASSERT_NO_FATAL_FAILURE(expect_near(run_reference(made, in), run_reference(graph, in)));
}

template <typename Op>
int count(const Graph& graph) {
    return static_cast<int>(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
        return std::holds_alternative<Op>(node.op);
    }));
}

std::vector<float> numbers(Random& random, int many) {
    return random.tensor({1, many, 1, 1}, -1, 1).data;
}

Conv2d convolution(Random& random, int in, int out, int kernel) {
    Conv2d op = test::conv(in, out, kernel, kernel / 2);
    op.weight = random.tensor(op.weight.shape, -1, 1);
    op.bias = numbers(random, out);
    return op;
}

class AnyPass : public testing::TestWithParam<NamedPass> {};

TEST_P(AnyPass, LeavesTheResultsOfRandomGraphs) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const Graph graph = test::random_graph(seed, test::WeightKind::any);
        ASSERT_NO_FATAL_FAILURE(expect_same_results(graph, GetParam().pass, random));
    }
}

TEST_P(AnyPass, KeepsAGraphThatGivesItsInput) {
    Random random(1);
    expect_same_results(chain(3, {}), GetParam().pass, random);
    expect_same_results(chain(3, {Crop{}}), GetParam().pass, random);
}

INSTANTIATE_TEST_SUITE_P(
    Passes, AnyPass,
    testing::Values(
        NamedPass{"simplified", simplified}, NamedPass{"without_identities", without_identities},
        NamedPass{"with_folded_scales", with_folded_scales},
        NamedPass{"without_transposed_convolutions", without_transposed_convolutions},
        NamedPass{"with_early_activations", with_early_activations}),
    [](const testing::TestParamInfo<NamedPass>& test) { return test.param.name; });

TEST(WithoutIdentities, DropsWhatChangesNothing) {
    Resize once;
    once.mode = Resize::Mode::bicubic;
    const Graph graph = chain(
        4, {Affine{{1, 1, 1, 1}, {0}}, PRelu{{1}}, Crop{}, Pad{}, PixelShuffle{PixelShuffle::Order::crd, 1},
            PixelUnshuffle{PixelShuffle::Order::crd, 1}, SliceChannels{0, 4}, once});
    EXPECT_EQ(without_identities(graph).nodes.size(), 1U);
}

TEST(WithoutIdentities, KeepsASliceOfSomeChannels) {
    EXPECT_EQ(without_identities(chain(4, {SliceChannels{0, 3}})).nodes.size(), 2U);
}

TEST(WithoutIdentities, JoinsConcatsOfConcats) {
    GraphBuilder builder(1);
    const int two = builder.add(Concat{}, {0, 0});
    const int three = builder.add(Concat{}, {0, two});
    builder.add(Concat{}, {three, two});
    const Graph made = without_identities(builder.graph());
    EXPECT_EQ(count<Concat>(made), 1);
    EXPECT_EQ(made.nodes[static_cast<std::size_t>(made.output)].inputs.size(), 5U);
}

TEST(WithoutIdentities, DropsWhatTheOutputDoesNotNeed) {
    GraphBuilder builder(1);
    builder.add(Sigmoid{}, {0});
    builder.add(Tanh{}, {0});
    EXPECT_EQ(without_identities(builder.graph()).nodes.size(), 2U);
}

TEST(WithFoldedScales, FoldsThemIntoTheConvolutionBefore) {
    Random random(2);
    ConvTranspose2d transposed;
    transposed.weight = random.tensor({6, 2, 3, 3}, -1, 1);
    transposed.groups = 2;
    const Affine affine{numbers(random, 4), numbers(random, 4)};
    for (const Operator& op : std::vector<Operator>{convolution(random, 6, 4, 3), transposed}) {
        const Graph graph = chain(6, {op, affine, Affine{{2}, {1}}});
        EXPECT_EQ(with_folded_scales(graph).nodes.size(), 2U);
        expect_same_results(graph, with_folded_scales, random);
    }
}

TEST(WithFoldedScales, LeavesAConvolutionThatOthersReadToo) {
    Random random(3);
    GraphBuilder builder(2);
    const int conv = builder.add(convolution(random, 2, 2, 1), {0});
    const int scaled = builder.add(Affine{{3}, {0}}, {conv});
    builder.add(Binary{}, {conv, scaled});
    EXPECT_EQ(count<Affine>(with_folded_scales(builder.graph())), 1);
    expect_same_results(builder.graph(), with_folded_scales, random);
}

TEST(WithFoldedScales, TakesArithmeticWithOneNumberForEachChannel) {
    for (const Binary::Kind kind :
         {Binary::Kind::add, Binary::Kind::sub, Binary::Kind::mul, Binary::Kind::div}) {
        for (const bool constant_first : {false, true}) {
            Random random(4);
            GraphBuilder builder(3);
            const int conv = builder.add(convolution(random, 3, 3, 1), {0});
            const int constant = builder.add(Constant{random.tensor({1, 3, 1, 1}, 1, 2)}, {});
            builder.add(
                Binary{kind}, constant_first ? std::vector{constant, conv} : std::vector{conv, constant});
            const bool folds = kind != Binary::Kind::div || !constant_first;
            EXPECT_EQ(count<Binary>(with_folded_scales(builder.graph())), folds ? 0 : 1);
            expect_same_results(builder.graph(), with_folded_scales, random);
        }
    }
}

TEST(WithFoldedScales, LeavesAConstantThatGivesChannels) {
    Random random(5);
    GraphBuilder builder(1);
    const int constant = builder.add(Constant{random.tensor({1, 3, 1, 1}, 1, 2)}, {});
    builder.add(Binary{Binary::Kind::mul}, {0, constant});
    EXPECT_EQ(count<Binary>(with_folded_scales(builder.graph())), 1);
    expect_same_results(builder.graph(), with_folded_scales, random);
}

ConvTranspose2d random_transposed(Random& random) {
    ConvTranspose2d op;
    const int stride = random.between(1, 4);
    const int h = random.between(1, 6);
    const int w = random.between(1, 6);
    op.weight = random.tensor({3, random.between(1, 3), h, w}, -1, 1);
    op.stride = {stride, stride};
    op.padding = {random.between(0, 4), random.between(0, 4), random.between(0, 4), random.between(0, 4)};
    op.output_padding = {random.between(0, stride - 1), random.between(0, stride - 1)};
    if (random.coin()) {
        op.bias = numbers(random, static_cast<int>(op.weight.shape.c));
    }
    return op;
}

TEST(WithoutTransposedConvolutions, IsExactForAnyKernelStrideAndPadding) {
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const ConvTranspose2d op = random_transposed(random);
        const Graph graph = chain(3, {op});
        const bool reaches = 2 * std::min(op.weight.shape.h, op.weight.shape.w) >= op.stride[0];
        EXPECT_EQ(count<ConvTranspose2d>(without_transposed_convolutions(graph)), reaches ? 0 : 1);
        ASSERT_NO_FATAL_FAILURE(expect_same_results(graph, without_transposed_convolutions, random, 9));
    }
}

TEST(WithoutTransposedConvolutions, DoesNoMoreWorkWhereTheStrideDividesTheKernel) {
    Random random(6);
    ConvTranspose2d op;
    op.weight = random.tensor({8, 2, 4, 4}, -1, 1);
    op.stride = {2, 2};
    op.padding = {3, 3, 3, 3};
    const Graph made = without_transposed_convolutions(chain(8, {op}));
    EXPECT_EQ(std::get<Conv2d>(made.nodes[1].op).weight.data.size(), op.weight.data.size());
    EXPECT_EQ(std::get<Conv2d>(made.nodes[1].op).padding, Sides{});
}

TEST(WithoutTransposedConvolutions, LeavesAStrideFarAboveTheKernel) {
    Random random(11);
    for (const Shape& kernel : {Shape{4, 2, 1, 1}, Shape{4, 2, 64, 1}, Shape{4, 2, 1, 64}}) {
        ConvTranspose2d op;
        op.weight = random.tensor(kernel, -1, 1);
        op.stride = {64, 64};
        op.output_padding = {63, 63};
        EXPECT_EQ(count<ConvTranspose2d>(simplified(chain(4, {op}))), 1);
    }
}

TEST(WithEarlyActivations, MovesThemToTheConvolution) {
    for (const PixelShuffle::Order order : {PixelShuffle::Order::crd, PixelShuffle::Order::dcr}) {
        Random random(7);
        const Graph graph = chain(
            2, {convolution(random, 2, 12, 3), PixelShuffle{order, 2}, Crop{{1, 0, 2, 1}},
                Affine{numbers(random, 3), {1}}, PRelu{numbers(random, 3)}});
        const Graph made = simplified(graph);
        ASSERT_EQ(made.nodes.size(), 5U);
        EXPECT_TRUE(std::holds_alternative<PRelu>(made.nodes[2].op));
        EXPECT_TRUE(std::holds_alternative<Crop>(made.nodes[4].op));
        expect_same_results(graph, with_early_activations, random);
        expect_same_results(graph, simplified, random);
    }
}

// Each is made again for each activation behind it: with no bound, a chain of both would grow by its square.
TEST(WithEarlyActivations, MovesThemAcrossAFewOperatorsOnly) {
    Random random(10);
    for (const int crops : {1, 8, 9, 100}) {
        GraphBuilder builder(3);
        builder.then(convolution(random, 3, 3, 1));
        for (int i = 0; i < crops; ++i) {
            builder.then(Crop{{0, 0, 0, i % 10 == 0 ? 1 : 0}});
        }
        builder.then(PRelu{{0.5F}});
        const Graph made = with_early_activations(builder.graph());
        EXPECT_EQ(std::holds_alternative<PRelu>(made.nodes.back().op), crops > 8) << crops;
        expect_same_results(builder.graph(), with_early_activations, random);
    }
}

TEST(WithEarlyActivations, GivesShufflesTheCheaperOrder) {
    Random random(8);
    const Graph graph = chain(
        2, {convolution(random, 2, 27, 1), PRelu{numbers(random, 27)},
            PixelShuffle{PixelShuffle::Order::crd, 3}});
    const Graph made = with_early_activations(graph);
    EXPECT_EQ(std::get<PixelShuffle>(made.nodes.back().op).order, PixelShuffle::Order::dcr);
    expect_same_results(graph, with_early_activations, random);
}

TEST(WithEarlyActivations, LeavesAShuffleWhoseInputOthersRead) {
    Random random(9);
    GraphBuilder builder(2);
    const int conv = builder.add(convolution(random, 2, 4, 1), {0});
    const int shuffled = builder.add(PixelShuffle{PixelShuffle::Order::crd, 2}, {conv});
    const int back = builder.add(PixelUnshuffle{PixelShuffle::Order::crd, 2}, {shuffled});
    builder.add(Binary{Binary::Kind::sub}, {conv, back});
    expect_same_results(builder.graph(), with_early_activations, random);
}

TEST(Channels, AreThoseOfTheShapes) {
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        const Graph graph = test::random_graph(seed, test::WeightKind::any);
        const auto shapes = infer_shapes(graph, {1, std::get<Input>(graph.nodes[0].op).channels, 16, 16});
        const auto channels = channel_counts(graph);
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            ASSERT_EQ(channels[i], shapes[i].c) << "seed " << seed << ", node " << i;
        }
    }
}

} // namespace

} // namespace kizuna
