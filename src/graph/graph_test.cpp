#include "graph/graph.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::chain;
using test::conv;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const Graph& graph) {
    try {
        validate(graph);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_network);
        return error.what();
    }
    return "";
}

// The refusal of a network with this one operator behind the input.
std::string refusal(const Operator& op) {
    return refusal(chain(1, {op}));
}

template <typename Op>
std::string refusal_of_changed(Op op, const std::function<void(Op&)>& change) {
    EXPECT_EQ(refusal(op), "");
    change(op);
    return refusal(Operator(op));
}

TEST(Graph, WritesShapes) {
    EXPECT_EQ(to_string(Shape{1, 3, 64, 48}), "1x3x64x48");
}

TEST(Graph, CountsElementsAndRefusesWhatOverflows) {
    EXPECT_EQ(element_count({2, 3, 4, 5}), 120U);
    EXPECT_EQ(element_count({1, 0, 4, 5}), 0U);
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    EXPECT_THROW((void)element_count({1, 3, huge, huge}), Error);
    EXPECT_THROW((void)element_count({1, 3, -1, 5}), Error);
}

TEST(Graph, NamesEveryOperator) {
    EXPECT_EQ(operator_name(Input{}), "Input");
    EXPECT_EQ(operator_name(Clip{}), "Clip");
    EXPECT_EQ(operator_name(PixelUnshuffle{}), "PixelUnshuffle");
    EXPECT_EQ(operator_name(GlobalAveragePool{}), "GlobalAveragePool");
}

TEST(Validate, AcceptsRandomNetworks) {
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        EXPECT_EQ(refusal(test::random_graph(seed, test::WeightKind::any)), "") << "seed " << seed;
    }
}

TEST(Validate, RefusesAGraphWithoutNodes) {
    EXPECT_THAT(refusal(Graph{}), HasSubstr("no nodes"));
}

TEST(Validate, RefusesAnOutputThatIsNotThere) {
    Graph graph = chain(1, {});
    graph.output = 1;
    EXPECT_THAT(refusal(graph), HasSubstr("output"));
    graph.output = -1;
    EXPECT_THAT(refusal(graph), HasSubstr("output"));
}

TEST(Validate, WantsTheInputFirstAndOnce) {
    EXPECT_THAT(refusal(Input{1}), HasSubstr("must be the Input"));
    Graph graph;
    graph.nodes.push_back({"c", Constant{test::filled({1, 1, 1, 1}, 0)}, {}});
    EXPECT_THAT(refusal(graph), HasSubstr("must be the Input"));
}

TEST(Validate, RefusesToReadWhatComesLater) {
    Graph graph = chain(1, {Sigmoid{}, Tanh{}});
    graph.nodes[1].inputs = {2};
    EXPECT_THAT(refusal(graph), AllOf(HasSubstr("node 1 \"n1\" (Sigmoid)"), HasSubstr("value 2")));
    graph.nodes[1].inputs = {1};
    EXPECT_THAT(refusal(graph), HasSubstr("value 1"));
    graph.nodes[1].inputs = {-1};
    EXPECT_THAT(refusal(graph), HasSubstr("value -1"));
}

TEST(Validate, CountsInputs) {
    Graph graph = chain(1, {Sigmoid{}});
    graph.nodes[1].inputs = {};
    EXPECT_THAT(refusal(graph), HasSubstr("0 inputs"));
    graph.nodes[1].inputs = {0, 0};
    EXPECT_THAT(refusal(graph), HasSubstr("2 inputs"));
    EXPECT_THAT(refusal(Binary{}), HasSubstr("1 inputs"));
    EXPECT_THAT(refusal(Concat{}), HasSubstr("1 inputs"));
}

TEST(Validate, ComparesWeightsWithTheirShape) {
    const auto broken = [](const std::function<void(Conv2d&)>& change) {
        return refusal_of_changed<Conv2d>(conv(1, 4, 3, 1), change);
    };
    EXPECT_THAT(broken([](Conv2d& op) { op.weight.data.pop_back(); }), HasSubstr("35 numbers"));
    EXPECT_THAT(broken([](Conv2d& op) { op.weight.shape.h = -3; }), HasSubstr("empty shape"));
    EXPECT_THAT(broken([](Conv2d& op) { op.weight.shape.h = 1LL << 62; }), HasSubstr("node 1"));
    EXPECT_THAT(broken([](Conv2d& op) { op.bias = {1, 2, 3}; }), HasSubstr("3 biases"));
    EXPECT_THAT(broken([](Conv2d& op) { op.groups = 3; }), HasSubstr("3 groups"));
    EXPECT_THAT(broken([](Conv2d& op) { op.groups = 0; }), HasSubstr("groups"));
}

TEST(Validate, RefusesSenselessConvolutions) {
    const auto broken = [](const std::function<void(Conv2d&)>& change) {
        return refusal_of_changed<Conv2d>(conv(1, 1, 3, 1), change);
    };
    EXPECT_THAT(broken([](Conv2d& op) { op.stride[1] = 0; }), HasSubstr("stride"));
    EXPECT_THAT(broken([](Conv2d& op) { op.stride[0] = -1; }), HasSubstr("stride"));
    EXPECT_THAT(broken([](Conv2d& op) { op.dilation[0] = 0; }), HasSubstr("dilation"));
    EXPECT_THAT(broken([](Conv2d& op) { op.padding.left = -1; }), HasSubstr("padding"));
    EXPECT_THAT(
        broken([](Conv2d& op) { op.padding.top = std::numeric_limits<int>::max(); }), HasSubstr("padding"));
}

TEST(Validate, RefusesSenselessTransposedConvolutions) {
    ConvTranspose2d good;
    good.weight = test::filled({1, 1, 4, 4}, 1);
    good.stride = {2, 2};
    const auto broken = [&](const std::function<void(ConvTranspose2d&)>& change) {
        return refusal_of_changed<ConvTranspose2d>(good, change);
    };
    EXPECT_THAT(broken([](auto& op) { op.output_padding[0] = 2; }), HasSubstr("output padding"));
    EXPECT_THAT(broken([](auto& op) { op.output_padding[1] = -1; }), HasSubstr("output padding"));
    EXPECT_THAT(broken([](auto& op) { op.groups = 2; }), HasSubstr("2 groups"));
    EXPECT_THAT(broken([](auto& op) { op.groups = std::numeric_limits<int>::max(); }), HasSubstr("groups"));
}

TEST(Validate, RefusesFieldsOutOfRange) {
    EXPECT_THAT(refusal(PRelu{}), HasSubstr("slopes"));
    EXPECT_THAT(refusal(Affine{{}, {0}}), HasSubstr("scales"));
    EXPECT_THAT(refusal(Affine{{1}, {}}), HasSubstr("offsets"));
    EXPECT_THAT(refusal(Clip{1, 0}), HasSubstr("range"));
    EXPECT_THAT(refusal(Clip{std::numeric_limits<float>::quiet_NaN(), 0}), HasSubstr("range"));
    EXPECT_THAT(refusal(SliceChannels{1, 1}), HasSubstr("end of the channels"));
    EXPECT_THAT(refusal(SliceChannels{-1, 1}), HasSubstr("first channel"));
    EXPECT_THAT(refusal(Crop{{-1, 0, 0, 0}}), HasSubstr("cuts off"));
    EXPECT_THAT(refusal(Pad{Pad::Mode::edge, {0, 0, 0, -1}}), HasSubstr("padding"));
    EXPECT_THAT(refusal(Pad{static_cast<Pad::Mode>(3), {}}), HasSubstr("mode"));
    EXPECT_THAT(refusal(PixelShuffle{PixelShuffle::Order::crd, 0}), HasSubstr("factor"));
    EXPECT_THAT(refusal(PixelUnshuffle{PixelShuffle::Order::crd, -2}), HasSubstr("factor"));
}

TEST(Validate, RefusesScalesThatAreNoNumbersOrTooLarge) {
    for (const double scale : {0.0, -2.0, 1e9, std::numeric_limits<double>::quiet_NaN()}) {
        Resize op;
        op.scale_w = scale;
        EXPECT_THAT(refusal(op), HasSubstr("scale")) << scale;
    }
}

TEST(Validate, ShortensAndCleansNamesInMessages) {
    Graph graph = chain(1, {PRelu{}});
    graph.nodes[1].name = "\n\x1b[31m" + std::string(10'000, 'x');
    EXPECT_THAT(refusal(graph), AllOf(HasSubstr("\"??[31mxx"), testing::Not(HasSubstr("\n"))));
    EXPECT_LT(refusal(graph).size(), 200U);
}

} // namespace
} // namespace kizuna
