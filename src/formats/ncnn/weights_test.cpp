#include "formats/ncnn/test_files.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::Bin;
using test::param;
using test::refusal;
using test::row;
using test::run;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(NcnnWeights, ReadsHalfPrecisionWeightsAndTheirPadding) {
    const auto text = param({"Convolution c 1 1 x y 0=3 1=1 5=1 6=3"});
    const Tensor out = run(text, Bin().float16({0x3C00, 0x4000, 0xC000}).raw({0, 0, 1}), row({1}));
    EXPECT_THAT(out.data, ElementsAre(1, 2, -1));
}

TEST(NcnnWeights, ReadsWeightsByTheirIndicesInATable) {
    const auto text = param({"Convolution c 1 1 x y 0=3 1=1 5=1 6=3"});
    const Tensor out = run(text, Bin().indices({0, 3, 255}).raw({10, 20, 30}), row({2}));
    EXPECT_THAT(out.data, ElementsAre(10, 23, 285));
}

// Scales of the weights, by output; one for the input; above 100 another for the result.
TEST(NcnnWeights, DividesInt8WeightsByTheirScales) {
    for (const auto& [term, activation_scales] :
         {std::pair("8=1", std::vector{3.0F}), std::pair("8=2", std::vector{3.0F}),
          std::pair("8=101", std::vector{3.0F, 5.0F}), std::pair("8=102", std::vector{3.0F, 5.0F})}) {
        SCOPED_TRACE(term);
        const auto text = param({fmt::format("Convolution c 1 1 x y 0=3 1=1 11=2 14=0 5=1 6=6 {}", term)});
        Bin bin = Bin().int8({127, -128, 1, 2, 3, 4}).raw({10, 20, 30}).raw({2, 0.5F, 0});
        for (const float scale : activation_scales) {
            bin.raw({scale});
        }
        const Tensor out = run(text, bin, {{1, 1, 2, 1}, {1, 2}});
        EXPECT_THAT(out.data, ElementsAre(10 + 63.5F - 128, 20 + 2 + 8, 30));
    }
}

TEST(NcnnWeights, DividesInt8WeightsOfGroupsByTheScaleOfTheGroupOrOfAll) {
    const auto text = [](int term) {
        const auto line = fmt::format("ConvolutionDepthWise c 1 1 x y 0=4 1=1 6=4 7=2 8={}", term);
        return param({line}, "Input in 0 1 x 2=2");
    };
    const Tensor in{{1, 2, 1, 1}, {1, 10}};
    const Bin by_group = Bin().int8({1, 2, 3, 4}).raw({2, 4}).raw({7});
    EXPECT_THAT(run(text(1), by_group, in).data, ElementsAre(0.5F, 1, 7.5F, 10));
    const Bin for_all = Bin().int8({1, 2, 3, 4}).raw({2}).raw({7}).raw({7});
    EXPECT_THAT(run(text(102), for_all, in).data, ElementsAre(0.5F, 1, 15, 20));
}

TEST(NcnnWeights, ReadsAnInt8InnerProduct) {
    const auto text = param({"Pooling g 1 1 x g 0=1 4=1", "InnerProduct f 1 1 g y 0=2 1=1 2=2 8=1"});
    const Bin bin = Bin().int8({10, 20}).raw({1, 2}).raw({5, 10}).raw({3});
    EXPECT_THAT(run(text, bin, row({1, 3})).data, ElementsAre(5, 6));
}

TEST(NcnnWeights, TakesFloatWeightsOfAnInt8LayerAsTheyAre) {
    const auto text = param({"Convolution c 1 1 x y 0=1 1=1 6=1 8=1"});
    EXPECT_THAT(run(text, Bin().float32({2}).raw({100}).raw({3}), row({1, 2})).data, ElementsAre(2, 4));
}

TEST(NcnnWeights, RefusesInt8ThatItDoesNotKnow) {
    EXPECT_THAT(
        refusal(
            param({"Convolution c 1 1 x y 0=1 1=1 6=1 8=3"}), Bin().int8({1}).raw({1, 1}),
            ErrorCode::unsupported),
        HasSubstr("kind of int8 quantisation (3)"));
    EXPECT_THAT(
        refusal(
            param({"Convolution c 1 1 x y 0=1 1=1 6=1 8=1"}),
            Bin().int8({1}).raw({std::numeric_limits<float>::infinity(), 1}), ErrorCode::corrupt),
        HasSubstr("scale"));
}

TEST(NcnnWeights, SaysWhatIsWrongWithABin) {
    const auto text = param({"Convolution conv_first 1 1 x y 0=1 1=3 6=9"});
    EXPECT_THAT(
        refusal(text, Bin().float32({1, 2}), ErrorCode::corrupt),
        AllOf(HasSubstr("\"conv_first\""), HasSubstr("need 36 bytes"), HasSubstr("has 8 left")));
    EXPECT_THAT(
        refusal(text, Bin().float32({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), ErrorCode::corrupt),
        HasSubstr("4 bytes more"));
    EXPECT_THAT(
        refusal(text, Bin().int8({1, 2, 3, 4, 5, 6, 7, 8, 9}), ErrorCode::corrupt),
        AllOf(HasSubstr("\"conv_first\""), HasSubstr("has no scales")));
    EXPECT_THAT(
        refusal(text, Bin().tag(0x000D4B38).tag(0), ErrorCode::corrupt),
        AllOf(HasSubstr("need 12 bytes"), HasSubstr("has 4 left")));
    EXPECT_THAT(
        refusal(text, Bin().tag(0x12345678).tag(0), ErrorCode::corrupt),
        AllOf(HasSubstr("need 1024 bytes"), HasSubstr("has 4 left")));
}

} // namespace
} // namespace kizuna
