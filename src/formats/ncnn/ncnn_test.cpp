#include "formats/ncnn/test_files.hpp"
#include "graph/network.hpp"
#include "graph/test_graphs.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::Bin;
using test::counting;
using test::param;
using test::refusal;
using test::row;
using test::run;
using test::run_layer;
using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

TEST(Ncnn, ReadsAConvolutionWithBias) {
    const auto text = param({"Convolution c 1 1 x y 0=2 1=1 5=1 6=2"});
    const Tensor out = run(text, Bin().float32({2, 3}).raw({10, 20}), row({1, 2}));
    EXPECT_THAT(out.data, ElementsAre(12, 14, 23, 26));
}

TEST(Ncnn, ReadsUnequalSidesOfKernelsStridesDilationsAndPaddings) {
    const Graph graph = read_ncnn(
        param({"Convolution c 1 1 x y 0=1 1=2 11=1 2=3 12=1 3=2 13=1 4=1 15=2 14=3 16=4 6=2"}),
        Bin().float32({1, 1}).bytes());
    const auto& conv = std::get<Conv2d>(graph.nodes[1].op);
    EXPECT_EQ(conv.weight.shape, (Shape{1, 1, 1, 2}));
    EXPECT_THAT(conv.dilation, ElementsAre(1, 3));
    EXPECT_THAT(conv.stride, ElementsAre(1, 2));
    EXPECT_EQ(conv.padding, (Sides{3, 1, 4, 2}));
}

TEST(Ncnn, TakesTheTopPaddingFromTheLeftAndTheBottomFromTheTop) {
    const Graph graph =
        read_ncnn(param({"Convolution c 1 1 x y 0=1 1=1 4=2 14=1 6=1"}), Bin().float32({1}).bytes());
    EXPECT_EQ(std::get<Conv2d>(graph.nodes[1].op).padding, (Sides{1, 2, 1, 2}));
}

TEST(Ncnn, ResolvesSamePadding) {
    const Bin bin = Bin().float32({1, 1, 1, 1});
    const Graph upper = read_ncnn(param({"Convolution c 1 1 x y 0=1 1=2 4=-233 6=4"}), bin.bytes());
    EXPECT_EQ(std::get<Conv2d>(upper.nodes[1].op).padding, (Sides{0, 0, 1, 1}));
    const Graph lower = read_ncnn(param({"Convolution c 1 1 x y 0=1 1=2 4=-234 6=4"}), bin.bytes());
    EXPECT_EQ(std::get<Conv2d>(lower.nodes[1].op).padding, (Sides{1, 1, 0, 0}));
}

TEST(Ncnn, PadsWithAValueOtherThanZero) {
    const auto text = param({"Convolution c 1 1 x y 0=1 1=3 11=1 4=1 14=0 18=5 6=3"});
    EXPECT_THAT(run(text, Bin().float32({1, 1, 1}), row({1, 2})).data, ElementsAre(8, 8));
}

TEST(Ncnn, ReadsGroups) {
    const auto text = param({"ConvolutionDepthWise c 1 1 x y 0=2 1=1 6=2 7=2"}, "Input in 0 1 x 2=2");
    EXPECT_THAT(run(text, Bin().float32({2, 3}), {{1, 2, 1, 1}, {1, 1}}).data, ElementsAre(2, 3));
}

TEST(Ncnn, FusesActivations) {
    const auto activated = [](std::string_view activation) {
        const auto text = param({fmt::format("Convolution c 1 1 x y 0=1 1=1 6=1 {}", activation)});
        return run(text, Bin().float32({1}), row({-2, 0.5F, 2})).data;
    };
    EXPECT_THAT(activated("9=0"), ElementsAre(-2, 0.5F, 2));
    EXPECT_THAT(activated("9=1"), ElementsAre(0, 0.5F, 2));
    EXPECT_THAT(activated("9=2 -23310=1,0.25"), ElementsAre(-0.5F, 0.5F, 2));
    EXPECT_THAT(activated("9=2 10=0.25"), ElementsAre(-0.5F, 0.5F, 2));
    EXPECT_THAT(activated("9=3 -23310=2,-1,1"), ElementsAre(-1, 0.5F, 1));
    EXPECT_THAT(activated("9=4"), Pointwise(FloatEq(), {0.11920292F, 0.62245933F, 0.88079708F}));
    EXPECT_THAT(activated("9=5"), Pointwise(FloatNear(1e-6F), {-0.25250148F, 0.37524524F, 1.9439590F}));
    EXPECT_THAT(activated("9=6 -23310=2,0.25,0.5"), Pointwise(FloatEq(), {0.0F, 0.3125F, 2.0F}));
}

TEST(Ncnn, ReadsActivationsThatAreLayers) {
    const Tensor in = row({-2, 0.5F, 30});
    const auto run_on = [&](std::string_view line) { return run_layer(line, in).data; };
    EXPECT_THAT(run_on("Swish s 1 1 x y"), Pointwise(FloatNear(1e-6F), {-0.23840584F, 0.31122967F, 30.0F}));
    EXPECT_THAT(run_on("Mish m 1 1 x y"), Pointwise(FloatNear(1e-6F), {-0.25250148F, 0.37524524F, 30.0F}));
    EXPECT_THAT(run_on("HardSigmoid h 1 1 x y"), Pointwise(FloatNear(1e-6F), {0.1F, 0.6F, 1.0F}));
    EXPECT_THAT(
        run_on("HardSwish h 1 1 x y 0=0.25 1=0.5"), Pointwise(FloatNear(1e-6F), {0.0F, 0.3125F, 30.0F}));
    EXPECT_THAT(run_on("UnaryOp u 1 1 x y 0=1"), ElementsAre(2, -0.5F, -30));
    EXPECT_THAT(run_on("UnaryOp u 1 1 x y 0=4"), ElementsAre(4, 0.25F, 900));
    EXPECT_THAT(run_on("UnaryOp u 1 1 x y 0=15"), Pointwise(FloatEq(), {-0.5F, 2.0F, 1.0F / 30}));
    EXPECT_THAT(run_on("UnaryOp u 1 1 x y 0=16")[1], FloatEq(0.46211716F));
    EXPECT_THAT(run_layer("UnaryOp u 1 1 x y 0=5", row({4, 9})).data, ElementsAre(2, 3));
    EXPECT_THAT(run_layer("UnaryOp u 1 1 x y 0=6", row({4, 16})).data, ElementsAre(0.5F, 0.25F));
}

TEST(Ncnn, CutsChannelsIntoParts) {
    const Tensor in{{1, 4, 1, 1}, {1, 2, 3, 4}};
    const auto parts = [&](std::string_view slice) {
        const auto text = param({slice, "Concat c 3 1 r q p y"}, "Input in 0 1 x 2=4");
        return run(text, {}, in).data;
    };
    EXPECT_THAT(parts("Slice s 1 3 x p q r -23300=3,1,2,1"), ElementsAre(4, 2, 3, 1));
    EXPECT_THAT(parts("Slice s 1 3 x p q r -23300=3,2,-233,-233"), ElementsAre(4, 3, 1, 2));
    EXPECT_THAT(parts("Slice s 1 3 x p q r -23300=3,-233,-233,-233 1=-3"), ElementsAre(3, 4, 2, 1));
    const auto refuse = [](std::string_view slice, ErrorCode code, std::string_view input) {
        return refusal(param({slice, "Concat c 2 1 p q y"}, input), {}, code);
    };
    EXPECT_THAT(
        refuse("Slice s 1 2 x p q -23300=2,3,2", ErrorCode::corrupt, "Input in 0 1 x 2=4"),
        HasSubstr("not those of 4 channels"));
    EXPECT_THAT(
        refuse("Slice s 1 2 x p q -23300=1,2", ErrorCode::corrupt, "Input in 0 1 x 2=4"),
        HasSubstr("another number of parts"));
    EXPECT_THAT(
        refuse("Slice s 1 2 x p q -23300=2,2,2 1=1", ErrorCode::unsupported, "Input in 0 1 x 2=4"),
        HasSubstr("only channels"));
    EXPECT_THAT(
        refuse("Slice s 1 2 x p q -23300=2,2,2", ErrorCode::unsupported, "Input in 0 1 x"),
        HasSubstr("which nothing before it tells"));
}

// Two inputs, one output: the blob is output by output, its kernel for the first input first.
TEST(Ncnn, ReadsTheWeightsOfADeconvolutionOutputByOutput) {
    const auto text = param({"Deconvolution c 1 1 x y 0=2 1=2 11=1 3=2 13=1 6=8"}, "Input in 0 1 x 2=2");
    const Tensor out = run(text, Bin().float32({1, 2, 3, 4, 5, 6, 7, 8}), {{1, 2, 1, 2}, {1, 10, 100, 1000}});
    EXPECT_EQ(out.shape, (Shape{1, 2, 1, 4}));
    EXPECT_THAT(out.data, ElementsAre(301, 402, 3010, 4020, 705, 806, 7050, 8060));
}

TEST(Ncnn, ReadsTheWeightsOfAGroupedDeconvolutionGroupByGroup) {
    const auto text = param({"DeconvolutionDepthWise c 1 1 x y 0=4 1=1 6=8 7=2"}, "Input in 0 1 x 2=4");
    const Tensor out = run(text, Bin().float32({1, 2, 3, 4, 5, 6, 7, 8}), {{1, 4, 1, 1}, {1, 10, 100, 1000}});
    EXPECT_THAT(out.data, ElementsAre(21, 43, 6500, 8700));
}

TEST(Ncnn, CutsAndExtendsDeconvolutions) {
    const Graph graph = read_ncnn(
        param({"Deconvolution c 1 1 x y 0=1 1=3 3=2 4=1 14=2 15=3 16=4 18=1 19=0 6=9"}),
        Bin().float32({1, 1, 1, 1, 1, 1, 1, 1, 1}).bytes());
    const auto& conv = std::get<ConvTranspose2d>(graph.nodes[1].op);
    EXPECT_EQ(conv.padding, (Sides{2, 1, 4, 3}));
    EXPECT_THAT(conv.output_padding, ElementsAre(0, 1));
}

TEST(Ncnn, ReadsPointwiseLayers) {
    const Tensor x = row({-2, 1});
    EXPECT_THAT(run_layer("ReLU l 1 1 x y", x).data, ElementsAre(0, 1));
    EXPECT_THAT(run_layer("ReLU l 1 1 x y 0=0.5", x).data, ElementsAre(-1, 1));
    EXPECT_THAT(run_layer("PReLU l 1 1 x y 0=1", x, Bin().raw({0.25F})).data, ElementsAre(-0.5F, 1));
    EXPECT_THAT(run_layer("Clip l 1 1 x y 0=-1", x).data, ElementsAre(-1, 1));
    EXPECT_THAT(run_layer("Noop l 1 1 x y", x).data, ElementsAre(-2, 1));
    EXPECT_THAT(run_layer("Dropout l 1 1 x y 0=0.5", x).data, ElementsAre(-1, 0.5F));
    EXPECT_THAT(run_layer("TanH l 1 1 x y", x).data, Pointwise(FloatEq(), {-0.96402758F, 0.76159416F}));
    EXPECT_THAT(run_layer("Sigmoid l 1 1 x y", x).data, Pointwise(FloatEq(), {0.11920292F, 0.73105858F}));
    EXPECT_THAT(run_layer("Scale l 1 1 x y 0=1 1=1", x, Bin().raw({3}).raw({1})).data, ElementsAre(-5, 4));
}

TEST(Ncnn, FoldsBatchNormalisation) {
    const Bin bin = Bin().raw({2}).raw({1}).raw({3}).raw({10}); // slope, mean, variance, bias
    EXPECT_THAT(run_layer("BatchNorm l 1 1 x y 0=1 1=1", row({1, 3}), bin).data, ElementsAre(10, 12));
}

TEST(Ncnn, ReadsBinaryOperationsWithANumber) {
    const auto with_two = [](int type) {
        return run_layer(fmt::format("BinaryOp l 1 1 x y 0={} 1=1 2=2.0", type), row({1, 4})).data;
    };
    EXPECT_THAT(with_two(0), ElementsAre(3, 6));
    EXPECT_THAT(with_two(1), ElementsAre(-1, 2));
    EXPECT_THAT(with_two(2), ElementsAre(2, 8));
    EXPECT_THAT(with_two(3), ElementsAre(0.5F, 2));
    EXPECT_THAT(with_two(4), ElementsAre(2, 4));
    EXPECT_THAT(with_two(5), ElementsAre(1, 2));
    EXPECT_THAT(with_two(7), ElementsAre(1, -2));
    EXPECT_THAT(with_two(8), ElementsAre(2, 0.5F));
}

TEST(Ncnn, ReadsBinaryOperationsOfTwoBlobs) {
    const auto with_double = [](int type) {
        const auto text = param(
            {"Split s 1 2 x a b", "Dropout d 1 1 b c 0=2.0", fmt::format("BinaryOp l 2 1 a c y 0={}", type)});
        return run(text, {}, row({1, -4})).data;
    };
    EXPECT_THAT(with_double(0), ElementsAre(3, -12));
    EXPECT_THAT(with_double(1), ElementsAre(-1, 4));
    EXPECT_THAT(with_double(2), ElementsAre(2, 32));
    EXPECT_THAT(with_double(3), ElementsAre(0.5F, 0.5F));
    EXPECT_THAT(with_double(4), ElementsAre(2, -4));
    EXPECT_THAT(with_double(5), ElementsAre(1, -8));
    EXPECT_THAT(with_double(7), ElementsAre(1, -4));
    EXPECT_THAT(with_double(8), ElementsAre(2, 2));
}

TEST(Ncnn, ReadsElementwiseLayers) {
    const auto three = [](std::string_view kind) {
        const auto text = param({"Split s 1 3 x a b c", fmt::format("Eltwise l 3 1 a b c y {}", kind)});
        return run(text, {}, row({3})).data;
    };
    EXPECT_THAT(three("0=0"), ElementsAre(27));
    EXPECT_THAT(three("0=1"), ElementsAre(9));
    EXPECT_THAT(three("0=1 -23301=3,0.5,1,-2"), ElementsAre(-1.5F));
    EXPECT_THAT(three("0=2"), ElementsAre(3));
}

TEST(Ncnn, JoinsAndCutsChannels) {
    const auto text = param(
        {"Split s 1 2 x a b", "Dropout d 1 1 b c 0=2.0", "Concat j 2 1 a c d",
         "Crop k 1 1 d y -23309=1,1 -23310=1,2 -23311=1,0"});
    EXPECT_THAT(run(text, {}, row({1, 5})).data, ElementsAre(2, 10));
}

TEST(Ncnn, CropsByEndsCountedFromBehind) {
    const auto text = param({"Crop k 1 1 x y -23309=2,1,2 -23310=2,-1,-233 -23311=2,-2,-1"});
    EXPECT_THAT(run(text, {}, counting({1, 1, 3, 4})).data, ElementsAre(7, 8));
}

TEST(Ncnn, CropsByOffsets) {
    const auto text = param({"Crop k 1 1 x y 0=1 1=2 3=-233 4=-233 6=1 7=0"});
    EXPECT_THAT(run(text, {}, counting({1, 1, 3, 4})).data, ElementsAre(10, 11));
}

TEST(Ncnn, CropsToTheSizeOfAnotherBlob) {
    const auto text = param(
        {"Split s 1 2 x a b", "Convolution c 1 1 b c 0=1 1=3 6=9", "Crop k 2 1 a c d 0=1 1=1",
         "BinaryOp m 2 1 d c y 0=1"});
    const Tensor out = run(text, Bin().float32({0, 0, 0, 0, 1, 0, 0, 0, 0}), counting({1, 1, 4, 5}));
    EXPECT_EQ(out.shape, (Shape{1, 1, 2, 3}));
    EXPECT_THAT(out.data, testing::Each(0));
}

TEST(Ncnn, PadsInEveryWay) {
    const Tensor x = row({1, 2, 3});
    EXPECT_THAT(run_layer("Padding p 1 1 x y 2=1 3=2 4=0 5=9.0", x).data, ElementsAre(9, 1, 2, 3, 9, 9));
    EXPECT_THAT(run_layer("Padding p 1 1 x y 2=1 3=2 4=1", x).data, ElementsAre(1, 1, 2, 3, 3, 3));
    EXPECT_THAT(run_layer("Padding p 1 1 x y 2=1 3=2 4=2", x).data, ElementsAre(2, 1, 2, 3, 2, 1));
}

TEST(Ncnn, InterpolatesAsItsKindSays) {
    const Tensor x = row({0, 4});
    EXPECT_THAT(run_layer("Interp i 1 1 x y 0=1 2=2.0", x).data, ElementsAre(0, 0, 4, 4));
    EXPECT_THAT(run_layer("Interp i 1 1 x y 0=2 2=2.0", x).data, ElementsAre(0, 1, 3, 4));
    EXPECT_THAT(
        run_layer("Interp i 1 1 x y 0=2 2=2.0 6=1", x).data,
        Pointwise(FloatEq(), {0.0F, 4 / 3.F, 8 / 3.F, 4.0F}));
    // Keys' weights a quarter of a pixel away, with a = −0.75: −27/256, 225/256, 67/256, −9/256.
    EXPECT_THAT(
        run_layer("Interp i 1 1 x y 0=3 2=2.0", x).data,
        Pointwise(FloatEq(), {-0.421875F, 0.90625F, 3.09375F, 4.421875F}));
}

TEST(Ncnn, ShufflesPixelsInBothOrders) {
    const Tensor x = counting({1, 8, 1, 1});
    EXPECT_THAT(run_layer("PixelShuffle p 1 1 x y 0=2", x).data, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_THAT(run_layer("PixelShuffle p 1 1 x y 0=2 1=1", x).data, ElementsAre(1, 3, 5, 7, 2, 4, 6, 8));
    const Tensor y = counting({1, 2, 2, 2});
    EXPECT_THAT(run_layer("Reorg p 1 1 x y 0=2", y).data, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_THAT(run_layer("Reorg p 1 1 x y 0=2 1=1", y).data, ElementsAre(1, 5, 2, 6, 3, 7, 4, 8));
}

TEST(Ncnn, ReadsASqueezeAndExciteBlock) {
    const auto text = param(
        {"Split s 1 2 x a b", "Pooling g 1 1 a g 0=1 4=1", "InnerProduct f 1 1 g f 0=1 1=1 2=1 9=1",
         "Scale m 2 1 b f y 0=-233"});
    EXPECT_THAT(run(text, Bin().float32({2}).raw({1}), row({1, 3})).data, ElementsAre(5, 15));
}

TEST(Ncnn, LearnsTheChannelsOfThePictureFromTheFirstConvolution) {
    const auto text = param({"Reorg r 1 1 x b 0=2", "Convolution c 1 1 b y 0=1 1=1 6=12"}, "Input in 0 1 x");
    const Graph graph = read_ncnn(text, Bin().float32({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).bytes());
    EXPECT_EQ(std::get<Input>(graph.nodes[0].op).channels, 3);
}

TEST(Ncnn, TakesTheBlobThatNobodyUsesAsTheOutput) {
    const auto text =
        param({"Split s 1 2 x a b", "Dropout d 1 1 a output 0=2.0", "Dropout e 1 1 b other 0=3.0"});
    EXPECT_THAT(run(text, {}, row({1})).data, ElementsAre(2));
}

TEST(Ncnn, ReadsWindowsLineEndsAndBlankLines) {
    EXPECT_THAT(
        run("7767517\r\n\r\n2 2\r\nInput in 0 1 x 2=1\r\nReLU r 1 1 x y\r\n\r\n", {}, row({-1})).data,
        ElementsAre(0));
}

TEST(Ncnn, SaysWhatIsWrongWithAParam) {
    const auto corrupt = [](const std::string& text) { return refusal(text, {}, ErrorCode::corrupt); };
    EXPECT_THAT(corrupt("hello"), HasSubstr("begins with the line 7767517"));
    EXPECT_THAT(corrupt("7767517\n3 3\nInput i 0 1 x\n"), HasSubstr("ends after 1 of its 3 layers"));
    EXPECT_THAT(corrupt("7767517\n1 1\nInput i 0 1 x\nReLU r 1 1 x y\n"), HasSubstr("line 4"));
    EXPECT_THAT(corrupt("7767517\n-1 1\n"), HasSubstr("should be a count"));
    EXPECT_THAT(corrupt(param({"ReLU r 9 9 x y"})), HasSubstr("names fewer inputs"));
    EXPECT_THAT(corrupt(param({"ReLU r 1 1 z y"})), HasSubstr("no earlier layer gives the blob \"z\""));
    EXPECT_THAT(corrupt(param({"ReLU r 1 1 x x"})), HasSubstr("is given by an earlier layer too"));
    EXPECT_THAT(corrupt(param({"ReLU r 1 1 x y 0=abc"})), HasSubstr("\"abc\" is not a number"));
    EXPECT_THAT(corrupt(param({"ReLU r 1 1 x y nonsense"})), HasSubstr("not a parameter"));
    EXPECT_THAT(corrupt(param({"ReLU r 1 1 x y -23310=3,1"})), HasSubstr("an array says it has 3 elements"));
    EXPECT_THAT(corrupt(param({"Convolution c 1 1 x y 0=1 6=9"})), HasSubstr("how large its kernel is"));
    EXPECT_THAT(
        corrupt(param({"Convolution c 1 1 x y 0=2 1=3 6=9"})), HasSubstr("9 weights do not make 2 outputs"));
    EXPECT_THAT(corrupt(param({"Convolution c 1 1 x y 0=1 1=1 3=0 6=1"})), HasSubstr("parameter 3"));
    EXPECT_THAT(corrupt("7767517\n0 0\n"), HasSubstr("no Input layer"));
}

TEST(Ncnn, RefusesNamesThatAreLongerThanNcnnReads) {
    const std::string longest(255, 'n');
    const std::string longer(256, 'n');
    EXPECT_NO_THROW(read_ncnn(param({"ReLU " + longest + " 1 1 x y"}), {}));
    for (const std::string& line :
         {longer + " r 1 1 x y", "ReLU " + longer + " 1 1 x y", "ReLU r 1 1 x " + longer}) {
        EXPECT_THAT(
            refusal(param({line}), {}, ErrorCode::limit_exceeded),
            HasSubstr("line 4 of the ncnn .param: a name has 256 characters"));
    }
}

TEST(Ncnn, CountsTheOperatorsThatALayerBecomes) {
    std::string layer = "Eltwise e 100002 1";
    for (int i = 0; i < 100'002; ++i) {
        layer += " x";
    }
    EXPECT_THAT(
        refusal(param({layer + " y 0=1"}), {}, ErrorCode::limit_exceeded),
        HasSubstr("more than 100000 operators so far"));
}

TEST(Ncnn, NamesWhatItDoesNotKnow) {
    const auto unsupported = [](const std::string& text) {
        return refusal(text, {}, ErrorCode::unsupported);
    };
    EXPECT_THAT(
        unsupported(param({"LSTM memory 1 1 x y"})), AllOf(HasSubstr("\"memory\""), HasSubstr("LSTM")));
    EXPECT_THAT(unsupported(param({"BinaryOp p 1 1 x y 0=6 1=1 2=2"})), HasSubstr("operation 6"));
    EXPECT_THAT(unsupported(param({"Pooling p 1 1 x y 0=0 1=2"})), HasSubstr("global average"));
    EXPECT_THAT(unsupported(param({"Input other 0 1 y"})), HasSubstr("several inputs"));
    EXPECT_THAT(unsupported(param({"Split s 1 2 x a b"})), HasSubstr("2 outputs"));
    EXPECT_THAT(unsupported(param({"InnerProduct f 1 1 x y 0=1 2=1"})), HasSubstr("global pooling"));
    EXPECT_THAT(
        unsupported(param({"Crop k 1 1 x y -23309=1,1 -23310=1,5 -23311=1,1"})),
        HasSubstr("size of the picture"));
    EXPECT_THAT(refusal("7767517\n200000 1\n", {}, ErrorCode::limit_exceeded), HasSubstr("200000 layers"));
}

} // namespace
} // namespace kizuna
