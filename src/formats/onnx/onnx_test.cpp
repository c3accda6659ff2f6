#include "base/test_errors.hpp"
#include "formats/formats.hpp"
#include "formats/onnx/graph_reader.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/onnx/operator_samples.hpp"
#include "formats/onnx/proto_for_tests.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

namespace kizuna {
namespace {

using test::chain;
using test::counting;
using test::FileMaker;
using test::operator_samples;
using test::Random;
using testing::ElementsAre;
using testing::HasSubstr;

onnx::ModelProto parse(const std::vector<std::byte>& bytes) {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return model;
}

void expect_same(const Graph& read, const Graph& written, const Tensor& input) {
    const Tensor expected = run_reference(written, input);
    const Tensor found = run_reference(read, input);
    ASSERT_EQ(found.shape, expected.shape);
    EXPECT_THAT(found.data, testing::Pointwise(testing::FloatNear(1e-6F), expected.data));
}

TEST(WriteOnnx, PassesTheCheckerWithEveryOperator) {
    for (const auto& sample : operator_samples()) {
        SCOPED_TRACE(sample.name);
        EXPECT_NO_THROW(onnx::checker::check_model(parse(write_onnx(sample.graph))));
    }
}

TEST(WriteOnnx, PassesTheCheckerWithEveryOperatorInFloat16) {
    for (const auto& sample : operator_samples()) {
        SCOPED_TRACE(sample.name);
        const auto model = parse(write_onnx(sample.graph, {OnnxPrecision::float16}));
        EXPECT_NO_THROW(onnx::checker::check_model(model));
        EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
        EXPECT_EQ(model.graph().output(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
    }
}

// One small file for each family.
TEST(WriteOnnx, PassesTheCheckerWithEveryFamilyInEitherPrecision) {
    const std::filesystem::path corpora = KIZUNA_SOURCE_DIR "/tests/fuzz/corpus";
    for (const auto* const file :
         {"torch/esrgan.pth", "torch/upconv7.pth", "torch/upcunet.pth", "torch/compact.pth",
          "safetensors/span.safetensors", "safetensors/real_plksr.safetensors", "anime4k/brightness",
          "anime4k/colours", "anime4k/restore"}) {
        SCOPED_TRACE(file);
        const Network network = load_network(corpora / file);
        const auto single = write_onnx(*network.graph);
        const auto half = write_onnx(*network.graph, {OnnxPrecision::float16});
        EXPECT_NO_THROW(onnx::checker::check_model(parse(single)));
        EXPECT_NO_THROW(onnx::checker::check_model(parse(half)));
        const Network again = read_onnx(half);
        ASSERT_TRUE(again.graph) << again.graph_problem;
        EXPECT_EQ(again.spec.scale, network.spec.scale);
        EXPECT_EQ(again.spec.border_px, network.spec.border_px);
    }
}

TEST(WriteOnnx, PassesTheCheckerWithEveryOperatorForPicturesOfBytes) {
    for (const auto& sample : operator_samples()) {
        for (const OnnxPrecision precision : {OnnxPrecision::float32, OnnxPrecision::float16}) {
            SCOPED_TRACE(sample.name);
            const auto model = parse(write_onnx(sample.graph, {precision, OnnxPicture::bytes}));
            EXPECT_NO_THROW(onnx::checker::check_model(model));
            EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::UINT8);
            EXPECT_EQ(model.graph().output(0).type().tensor_type().elem_type(), onnx::TensorProto::UINT8);
            EXPECT_EQ(model.graph().output(1).name(), "mean");
        }
    }
}

TEST(WriteOnnx, IsHalfAsLargeInFloat16) {
    const Graph graph = chain(3, {test::conv(3, 100, 3, 1), test::conv(100, 3, 3, 1)});
    const auto single = static_cast<double>(write_onnx(graph).size());
    EXPECT_NEAR(static_cast<double>(write_onnx(graph, {OnnxPrecision::float16}).size()) / single, 0.5, 0.05);
}

TEST(WriteOnnx, RefusesNumbersThatFloat16HasNoRoomFor) {
    const Graph graph =
        chain(3, {Affine{{1, 65519, 2}, {0}}, Affine{{1, 2, -65520}, {0}}, test::conv(3, 3, 1, 0)});
    try {
        (void)write_onnx(graph, {OnnxPrecision::float16});
        FAIL() << "it was written";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("\"n2\""), HasSubstr("-65520")));
    }
}

TEST(WriteOnnx, IsReadBackAsTheSameFunction) {
    Random random(2);
    for (const auto& sample : operator_samples()) {
        SCOPED_TRACE(sample.name);
        const onnx::ModelProto model = parse(write_onnx(sample.graph));
        constexpr std::int64_t opset = 17;
        const Graph graph = onnx_format::read_graph(
            model.graph(), {"input", static_cast<int>(test::sample_shape.c), {}}, opset);
        expect_same(graph, sample.graph, random.tensor(test::sample_shape, -2, 2));
    }
}

TEST(WriteOnnx, IsReadBackAsTheSameOperators) {
    const Graph graph = chain(3, {PixelUnshuffle{}, PixelShuffle{}, Affine{{2}, {0}}, Resize{}});
    const Network network = read_onnx(write_onnx(graph));
    ASSERT_TRUE(network.graph) << network.graph_problem;
    ASSERT_EQ(network.graph->nodes.size(), graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        EXPECT_EQ(operator_name(network.graph->nodes[i].op), operator_name(graph.nodes[i].op));
    }
}

TEST(WriteOnnx, IsReadBackWholeForRandomNetworks) {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        const Graph graph = test::random_graph(seed, test::WeightKind::any);
        const int channels = std::get<Input>(graph.nodes[0].op).channels;
        const Network network = read_onnx(write_onnx(graph));
        ASSERT_TRUE(network.graph) << network.graph_problem;
        expect_same(*network.graph, graph, Random(seed).tensor({1, channels, 8, 16}, 0, 1));
    }
}

TEST(WriteOnnx, RefusesAnInvalidGraph) {
    try {
        (void)write_onnx(chain(3, {Clip{1, 0}}));
        FAIL() << "it was written";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_network);
    }
}

TEST(ReadOnnx, KeepsTheBytesAsTheyWere) {
    const auto bytes = write_onnx(chain(1, {Sigmoid{}}));
    const Network network = read_onnx(bytes);
    EXPECT_EQ(network.onnx, bytes);
    EXPECT_EQ(network.spec.channels, 1);
    EXPECT_EQ(network.spec.scale, 1);
    EXPECT_FALSE(network.spec.fixed_input);
}

TEST(ReadOnnx, ReadsFloatsOfEveryKind) {
    for (const int type : {onnx::TensorProto::FLOAT, onnx::TensorProto::FLOAT16, onnx::TensorProto::DOUBLE}) {
        for (const bool raw : {false, true}) {
            FileMaker file;
            file.constant("two", {1, 1, 1, 1}, {2}, type, raw);
            file.node("Mul", {"x", "two"}, "y");
            EXPECT_THAT(file.run(counting({1, 1, 1, 2})).data, ElementsAre(2, 4));
        }
    }
}

TEST(ReadOnnx, MakesArithmeticWithConstantsAffine) {
    FileMaker file;
    file.constant("two", {}, {2});
    file.constant("four", {1, 1, 1}, {4});
    file.node("Add", {"two", "x"}, "a");
    file.node("Sub", {"four", "a"}, "b");
    file.node("Div", {"b", "two"}, "c");
    file.node("Sub", {"c", "two"}, "y");
    const Graph graph = file.read_graph();
    EXPECT_EQ(graph.nodes.size(), 5U);
    EXPECT_THAT(run_reference(graph, counting({1, 1, 1, 2})).data, ElementsAre(-1.5F, -2));
}

TEST(ReadOnnx, DividesAConstantByAValue) {
    FileMaker file;
    file.constant("four", {}, {4});
    file.node("Div", {"four", "x"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 2})).data, ElementsAre(4, 2));
}

TEST(ReadOnnx, ReadsVariadicSumsAndExtrema) {
    FileMaker file;
    file.constant("two", {}, {2});
    file.node("Sum", {"x", "x", "x"}, "three");
    file.node("Max", {"x", "two", "three"}, "largest");
    file.node("Min", {"largest", "two"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 2})).data, ElementsAre(2, 2));
}

TEST(ReadOnnx, ReadsTheBoundsOfClipFromAttributesAndInputs) {
    FileMaker old(6);
    auto& clip = old.node("Clip", {"x"}, "y");
    FileMaker::real(clip, "min", 2);
    EXPECT_THAT(old.run(counting({1, 1, 1, 3})).data, ElementsAre(2, 2, 3));
    FileMaker file;
    file.constant("two", {}, {2});
    file.node("Clip", {"x", "", "two"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 3})).data, ElementsAre(1, 2, 2));
}

TEST(ReadOnnx, FoldsBatchNormalisation) {
    FileMaker file;
    file.constant("scale", {1}, {2});
    file.constant("bias", {1}, {10});
    file.constant("mean", {1}, {1});
    file.constant("variance", {1}, {3});
    FileMaker::real(
        file.node("BatchNormalization", {"x", "scale", "bias", "mean", "variance"}, "y"), "epsilon", 1);
    EXPECT_THAT(file.run(counting({1, 1, 1, 3})).data, ElementsAre(10, 11, 12));
}

TEST(ReadOnnx, ResolvesAutomaticPadding) {
    FileMaker file;
    file.constant("w", {1, 1, 2, 2}, {1, 1, 1, 1});
    FileMaker::text(file.node("Conv", {"x", "w"}, "y"), "auto_pad", "SAME_LOWER");
    EXPECT_EQ(std::get<Conv2d>(file.read_graph().nodes[1].op).padding, (Sides{1, 1, 0, 0}));
}

TEST(ReadOnnx, ReadsUpsampleAndTheFirstResize) {
    for (const auto& [type, opset] : {std::pair{"Upsample", 9}, std::pair{"Resize", 10}}) {
        FileMaker file(opset);
        file.constant("scales", {4}, {1, 1, 1, 2});
        FileMaker::text(file.node(type, {"x", "scales"}, "y"), "mode", "linear");
        EXPECT_THAT(file.run(counting({1, 1, 1, 2})).data, ElementsAre(1, 1.5F, 2, 2));
    }
}

TEST(ReadOnnx, ReadsTheResizeOfSomeAxes) {
    FileMaker file(18);
    file.constant("scales", {2}, {1, 3});
    auto& resize = file.node("Resize", {"x", "", "scales"}, "y");
    FileMaker::integers(resize, "axes", {2, 3});
    FileMaker::text(resize, "coordinate_transformation_mode", "asymmetric");
    FileMaker::text(resize, "nearest_mode", "floor");
    EXPECT_THAT(file.run(counting({1, 1, 1, 2})).data, ElementsAre(1, 1, 1, 2, 2, 2));
}

TEST(ReadOnnx, ReadsPadsAndSlicesOfEveryVersion) {
    FileMaker old(9);
    auto& pad = old.node("Pad", {"x"}, "p");
    FileMaker::integers(pad, "pads", {0, 0, 0, 2, 0, 0, 0, 1});
    FileMaker::real(pad, "value", 9);
    auto& slice = old.node("Slice", {"p"}, "y");
    FileMaker::integers(slice, "starts", {1});
    FileMaker::integers(slice, "ends", {2147483647});
    FileMaker::integers(slice, "axes", {3});
    EXPECT_THAT(old.run(counting({1, 1, 1, 2})).data, ElementsAre(9, 1, 2, 9));
    FileMaker file;
    file.integers("pads", {0, 0, 0, -1, 0, 0, 0, 2});
    file.node("Pad", {"x", "pads"}, "p");
    file.integers("starts", {0});
    file.integers("ends", {-1});
    file.integers("axes", {-1});
    file.node("Slice", {"p", "starts", "ends", "axes"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 3})).data, ElementsAre(2, 3, 0));
}

TEST(ReadOnnx, ReadsTheMeanOfRowsAndColumns) {
    FileMaker file;
    FileMaker::integers(file.node("ReduceMean", {"x"}, "m"), "axes", {-2, -1});
    file.node("Mul", {"x", "m"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 3})).data, ElementsAre(2, 4, 6));
}

TEST(ReadOnnx, ReadsAMeanWhoseDimensionsAreRemovedAndBroughtBack) {
    FileMaker file(18);
    file.integers("rows_and_columns", {2, 3});
    FileMaker::integer(file.node("ReduceMean", {"x", "rows_and_columns"}, "m"), "keepdims", 0);
    file.node("Unsqueeze", {"m", "rows_and_columns"}, "a");
    file.node("Squeeze", {"a", "rows_and_columns"}, "b");
    file.integers("from_behind", {-1, -2});
    file.node("Unsqueeze", {"b", "from_behind"}, "c");
    file.node("Mul", {"x", "c"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 3})).data, ElementsAre(2, 4, 6));
    FileMaker other(18);
    other.integers("rows_and_columns", {2, 3});
    other.integers("first", {0, 1});
    other.node("Squeeze", {"x", "rows_and_columns"}, "a");
    other.node("Unsqueeze", {"a", "first"}, "y");
    EXPECT_THAT(other.read().graph_problem, HasSubstr("does not bring back what a Squeeze removed"));
}

TEST(ReadOnnx, ReadsConstantsThatAreSqueezed) {
    FileMaker file(11);
    file.constant("two", {1, 1, 1, 1, 1}, {2});
    FileMaker::integers(file.node("Squeeze", {"two"}, "a"), "axes", {0, 4});
    FileMaker::integers(file.node("Unsqueeze", {"a"}, "b"), "axes", {0});
    file.node("Mul", {"x", "b"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 2})).data, ElementsAre(2, 4));
    FileMaker wide(11);
    wide.constant("pair", {2}, {2, 3});
    FileMaker::integers(wide.node("Squeeze", {"pair"}, "a"), "axes", {0});
    wide.node("Mul", {"x", "a"}, "y");
    EXPECT_THAT(wide.read().graph_problem, HasSubstr("longer than 1"));
}

TEST(ReadOnnx, ReadsSplitsOfChannels) {
    FileMaker equal(17, {1, 3, 0, 0}, {1, 3, 0, 0});
    auto& split = equal.node("Split", {"x"}, "a");
    split.add_output("b");
    split.add_output("c");
    FileMaker::integer(split, "axis", 1);
    equal.node("Concat", {"c", "b", "a"}, "y");
    FileMaker::integer(*equal.model().mutable_graph()->mutable_node(1), "axis", 1);
    EXPECT_THAT(equal.run(counting({1, 3, 1, 1})).data, ElementsAre(3, 2, 1));
    for (const FileMaker::Dims& parts : {FileMaker::Dims{1, 1}, {1, 1, 2}, {4, -1}, {1LL << 62, 1LL << 62}}) {
        FileMaker wrong(13, {1, 3, 0, 0}, {1, 3, 0, 0});
        wrong.integers("parts", parts);
        auto& node = wrong.node("Split", {"x", "parts"}, "y");
        node.add_output("z");
        FileMaker::integer(node, "axis", 1);
        EXPECT_THAT(wrong.read().graph_problem, HasSubstr("parts that are all of them"));
    }
}

TEST(ReadOnnx, ReadsActivationsThatAreMadeOfOthers) {
    const auto run = [](const char* type) {
        FileMaker file(24);
        file.node("Neg", {"x"}, "n");
        file.node(type, {"n"}, "y");
        return file.run({{1, 1, 1, 3}, {-6, 1, 6}}).data;
    };
    EXPECT_THAT(run("HardSigmoid"), testing::Pointwise(testing::FloatEq(), {1.0F, 0.3F, 0.0F}));
    EXPECT_THAT(run("HardSwish"), testing::Pointwise(testing::FloatEq(), {6.0F, -1.0F / 3, 0.0F}));
    EXPECT_THAT(
        run("Swish"), testing::Pointwise(testing::FloatEq(), {5.9851642F, -0.26894143F, -0.014835738F}));
}

TEST(ReadOnnx, SeesThroughIdentityDropoutAndCast) {
    FileMaker file;
    file.node("Identity", {"x"}, "a");
    file.node("Dropout", {"a"}, "b");
    FileMaker::integer(file.node("Cast", {"b"}, "c"), "to", onnx::TensorProto::FLOAT16);
    file.node("Relu", {"c"}, "y");
    EXPECT_EQ(file.read_graph().nodes.size(), 2U);
}

/// A pixel shuffle (or its inverse) as Reshape, Transpose, Reshape.
Graph reshaped(
    std::vector<std::int64_t> first, std::vector<std::int64_t> order, std::vector<std::int64_t> last) {
    FileMaker file(9, {1, 4, 2, 2});
    file.integers("first", first);
    file.integers("last", last);
    file.node("Reshape", {"x", "first"}, "a");
    FileMaker::integers(file.node("Transpose", {"a"}, "b"), "perm", order);
    file.node("Reshape", {"b", "last"}, "y");
    return file.read_graph();
}

TEST(ReadOnnx, RecognisesPixelShufflesWrittenWithReshape) {
    const auto shuffle = [](const Graph& graph) { return std::get<PixelShuffle>(graph.nodes[1].op).order; };
    const auto unshuffle = [](const Graph& graph) {
        return std::get<PixelUnshuffle>(graph.nodes[1].op).order;
    };
    EXPECT_EQ(
        shuffle(reshaped({1, 1, 2, 2, 2, 2}, {0, 1, 4, 2, 5, 3}, {1, 1, 4, 4})), PixelShuffle::Order::crd);
    EXPECT_EQ(
        shuffle(reshaped({1, 2, 2, 1, 2, 2}, {0, 3, 4, 1, 5, 2}, {1, 1, 4, 4})), PixelShuffle::Order::dcr);
    EXPECT_EQ(
        unshuffle(reshaped({1, 4, 1, 2, 1, 2}, {0, 1, 3, 5, 2, 4}, {1, 16, 1, 1})), PixelShuffle::Order::crd);
    EXPECT_EQ(
        unshuffle(reshaped({1, 4, 1, 2, 1, 2}, {0, 3, 5, 1, 2, 4}, {1, 16, 1, 1})), PixelShuffle::Order::dcr);
    EXPECT_THROW((void)reshaped({1, 1, 2, 2, 2, 2}, {0, 1, 2, 3, 4, 5}, {1, 4, 2, 2}), Error);
}

TEST(ReadOnnx, TakesAFixedSizeFromTheFile) {
    FileMaker file(17, {1, 1, 4, 6}, {1, 1, 8, 12});
    file.integers("sizes", {1, 1, 8, 12});
    file.node("Resize", {"x", "", "", "sizes"}, "y");
    const Network network = file.read();
    ASSERT_TRUE(network.spec.fixed_input);
    EXPECT_EQ(network.spec.fixed_input->width, 6);
    EXPECT_EQ(network.spec.fixed_input->height, 4);
    EXPECT_EQ(network.spec.scale, 2);
    ASSERT_TRUE(network.graph) << network.graph_problem;
    EXPECT_EQ(std::get<Resize>(network.graph->nodes[1].op).scale_w, 2);
}

TEST(ReadOnnx, LeavesAnUnknownOperatorToOnnxRuntime) {
    FileMaker file(17, {1, 3, 4, 6}, {1, 3, 8, 12});
    file.node("Gelu", {"x"}, "y");
    const Network network = file.read();
    EXPECT_FALSE(network.graph);
    EXPECT_EQ(network.graph_problem, "the operator Gelu is not one that the native engines know");
    EXPECT_EQ(network.spec.scale, 2) << "the fixed sizes tell";
    EXPECT_FALSE(network.onnx.empty());
}

TEST(ReadOnnx, LeavesAnUnknownUseOfAKnownOperatorToOnnxRuntime) {
    FileMaker file(18);
    file.constant("scales", {4}, {1, 1, 0.5F, 0.5F});
    FileMaker::integer(file.node("Resize", {"x", "", "scales"}, "y"), "antialias", 1);
    const Network network = file.read();
    EXPECT_FALSE(network.graph);
    EXPECT_THAT(network.graph_problem, AllOf(HasSubstr("Resize (\"y\")"), HasSubstr("antialias")));
    EXPECT_EQ(network.spec.scale, 0);
}

TEST(ReadOnnx, LeavesBlocksOfNoPixelsToOnnxRuntime) {
    for (const char* type : {"DepthToSpace", "SpaceToDepth"}) {
        FileMaker file;
        FileMaker::integer(file.node(type, {"x"}, "y"), "blocksize", 0);
        EXPECT_THAT(file.read().graph_problem, HasSubstr("its blocksize 0 is not 1 to 64"));
    }
}

TEST(ReadOnnx, LeavesPaddingThatNoIntHoldsToOnnxRuntime) {
    constexpr int kernel = 130;
    FileMaker file;
    file.constant("w", {1, 1, 1, kernel}, std::vector<float>(kernel, 1));
    auto& conv = file.node("Conv", {"x", "w"}, "y");
    FileMaker::text(conv, "auto_pad", "SAME_UPPER");
    FileMaker::integers(conv, "dilations", {1, 1 << 24});
    EXPECT_THAT(file.read().graph_problem, HasSubstr("its automatic padding is 2164260864"));
}

TEST(ReadOnnx, LeavesAnEndWithoutOppositeToOnnxRuntime) {
    FileMaker file;
    file.integers("starts", {0});
    file.integers("ends", {std::numeric_limits<std::int64_t>::min()});
    file.integers("axes", {3});
    file.node("Slice", {"x", "starts", "ends", "axes"}, "y");
    EXPECT_THAT(file.read().graph_problem, HasSubstr("an end is -9223372036854775808"));
}

TEST(ReadOnnx, LeavesWhatIsNoWholeScaleToOnnxRuntime) {
    FileMaker file;
    file.node("GlobalAveragePool", {"x"}, "y");
    const Network network = file.read();
    EXPECT_FALSE(network.graph);
    EXPECT_THAT(network.graph_problem, HasSubstr("does not upscale"));
}

TEST(ReadOnnx, TakesConstantsThatAreListedAsInputsForConstants) {
    FileMaker file;
    file.constant("two", {1}, {2});
    file.input("two", {1});
    file.node("Mul", {"x", "two"}, "y");
    EXPECT_THAT(file.run(counting({1, 1, 1, 1})).data, ElementsAre(2));
}

std::string refusal(const FileMaker& file, ErrorCode code) {
    return test::refusal_of([&] { (void)file.read(); }, code);
}

TEST(ReadOnnx, RefusesWhatIsNoPictureToPictureNetwork) {
    const auto refuse = [](const FileMaker& file) { return refusal(file, ErrorCode::unsupported); };
    FileMaker two_inputs;
    two_inputs.input("other", {1, 3, 0, 0});
    two_inputs.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(two_inputs), HasSubstr("several inputs (\"x\", \"other\")"));
    FileMaker flat(17, {1, 3});
    flat.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(flat), HasSubstr("has 2 dimensions"));
    FileMaker many_channels(17, {1, 5, 0, 0});
    many_channels.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(many_channels), HasSubstr("5 channels"));
    FileMaker batches(17, {8, 3, 0, 0});
    batches.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(batches), HasSubstr("8 pictures"));
    FileMaker recoloured(17, {1, 3, 0, 0}, {1, 1, 0, 0});
    recoloured.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(recoloured), HasSubstr("1 channels of 3"));
}

TEST(ReadOnnx, RefusesDamagedFiles) {
    const auto refuse = [](const FileMaker& file) { return refusal(file, ErrorCode::corrupt); };
    FileMaker unsorted;
    unsorted.node("Relu", {"later"}, "y");
    unsorted.node("Relu", {"x"}, "later");
    EXPECT_THAT(refuse(unsorted), HasSubstr("uses \"later\", which nothing before it gives"));
    FileMaker twice;
    twice.node("Relu", {"x"}, "y");
    twice.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(twice), HasSubstr("gives the value \"y\" twice"));
    FileMaker no_output;
    EXPECT_THAT(refuse(no_output), HasSubstr("output uses \"y\""));
    FileMaker short_data;
    short_data.constant("w", {1, 1, 3, 3}, {1, 2});
    short_data.node("Conv", {"x", "w"}, "y");
    EXPECT_THAT(refuse(short_data), AllOf(HasSubstr("\"w\""), HasSubstr("not the 9 elements")));
    FileMaker negative;
    negative.constant("w", {1, -1}, {1});
    negative.node("Relu", {"x"}, "y");
    EXPECT_THAT(refuse(negative), HasSubstr("dimension -1 is negative"));
    FileMaker missing_input;
    missing_input.node("Relu", {""}, "y");
    EXPECT_THAT(refuse(missing_input), HasSubstr("lacks its input 1"));
}

TEST(ReadOnnx, SharesAConstantAmongItsUses) {
    FileMaker file;
    file.constant("c", {1, 1, 1, 2}, {1, 2});
    file.node("Concat", {"x", "c", "c"}, "joined");
    file.node("Identity", {"c"}, "same");
    file.node("Concat", {"joined", "same"}, "y");
    const Graph graph = file.read_graph();
    EXPECT_EQ(graph.nodes.size(), 4U) << "the picture, the constant, and two that join";
    EXPECT_THAT(run_reference(graph, counting({1, 1, 1, 2})).data, ElementsAre(1, 2, 1, 2, 1, 2, 1, 2));
}

TEST(ReadOnnx, RefusesToRepeatConstantsWithoutEnd) {
    // A quarter of a million weights, 1 MiB: as often as 64 + 8 times, and no more.
    constexpr int side = 512;
    const auto repeating = [](int times) {
        FileMaker file(17, {1, side, 0, 0});
        file.constant("w", {side, side, 1, 1}, std::vector<float>(std::size_t{side} * side), 1, true);
        std::string last = "x";
        for (int i = 0; i < times; ++i) {
            const std::string next = std::to_string(i);
            file.node("Conv", {last, "w"}, next);
            last = next;
        }
        file.node("Relu", {last}, "y");
        return file;
    };
    EXPECT_EQ(repeating(72).read_graph().nodes.size(), 74U);
    EXPECT_EQ(
        test::refusal_of([&] { (void)repeating(73).read_graph(); }, ErrorCode::limit_exceeded),
        "the operators of the ONNX network repeat its constants so often that they would take many times the "
        "file's size");
}

TEST(ReadOnnx, LeavesWhatJoinsOrBecomesTooMuchToOnnxRuntime) {
    FileMaker joining;
    auto& concat = joining.node("Concat", {}, "y");
    for (int i = 0; i < 1025; ++i) {
        concat.add_input("x");
    }
    EXPECT_THAT(joining.read().graph_problem, HasSubstr("it joins 1025 values"));
    FileMaker summing;
    auto& sum = summing.node("Sum", {}, "y");
    for (int i = 0; i < 100'001; ++i) {
        sum.add_input("x");
    }
    EXPECT_THAT(summing.read().graph_problem, HasSubstr("more than 100000 operators"));
}

TEST(ReadOnnx, CutsLongNamesInWhatItSays) {
    const std::string longest(10'000, 'n');
    const auto brief = HasSubstr(longest.substr(0, 60) + "...");
    const auto expect_brief = [&](const std::string& message) {
        EXPECT_THAT(message, brief);
        EXPECT_LT(message.size(), 300U);
    };
    FileMaker not_given;
    not_given.node("Relu", {longest}, "y").set_name(longest);
    expect_brief(refusal(not_given, ErrorCode::corrupt));
    FileMaker missing_input;
    missing_input.node("Relu", {""}, "y").set_name(longest);
    expect_brief(refusal(missing_input, ErrorCode::corrupt));
    FileMaker unknown;
    unknown.node(longest, {"x"}, "y");
    expect_brief(unknown.read().graph_problem);
}

TEST(ReadOnnx, LearnsTheChannelsFromTheFirstConvolutionOverThePicture) {
    FileMaker file(17, {1, 0, 0, 0});
    file.constant("inner", {1, 1, 1, 1}, {1});
    file.constant("outer", {1, 3, 1, 1}, {1, 1, 1});
    file.constant("grey", {1, 1, 1, 1}, {1});
    file.node("Conv", {"x", "outer"}, "a");
    file.node("Conv", {"a", "inner"}, "b");
    file.node("Conv", {"x", "grey"}, "y");
    EXPECT_EQ(std::get<Input>(file.read_graph().nodes[0].op).channels, 3);
}

TEST(ReadOnnx, RefusesATensorWithMoreElementsThanNumbersHold) {
    FileMaker huge;
    huge.constant("w", {1LL << 40, 1LL << 40}, {1});
    huge.node("Relu", {"x"}, "y");
    refusal(huge, ErrorCode::limit_exceeded);
}

TEST(ReadOnnx, RefusesAFileThatIsCutOff) {
    auto bytes = write_onnx(chain(3, {test::conv(3, 3, 3, 1)}));
    for (const std::size_t size : {bytes.size() / 2, bytes.size() - 1}) {
        EXPECT_THROW((void)read_onnx(std::span(bytes).first(size)), Error);
    }
}

} // namespace
} // namespace kizuna
