#include "graph/network.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::chain;
using test::conv;
using ::testing::HasSubstr;

ModelSpec described(const Graph& graph) {
    validate(graph);
    ModelSpec spec;
    describe(graph, spec);
    return spec;
}

std::string refusal_to_describe(const Graph& graph) {
    try {
        (void)described(graph);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_network);
        return error.what();
    }
    return "";
}

Resize resize(double scale) {
    return {
        .mode = Resize::Mode::bicubic,
        .coordinates = Resize::Coordinates::half_pixel,
        .scale_h = scale,
        .scale_w = scale};
}

TEST(Describe, FindsScaleAndChannels) {
    const ModelSpec spec =
        described(chain(3, {conv(3, 27, 3, 1), PixelShuffle{PixelShuffle::Order::crd, 3}}));
    EXPECT_EQ(spec.scale, 3);
    EXPECT_EQ(spec.channels, 3);
    EXPECT_EQ(spec.alignment_px, 1);
    EXPECT_EQ(spec.receptive_field_px, 1);
}

TEST(Describe, KeepsWhatAGraphDoesNotTell) {
    ModelSpec spec;
    spec.name = "mine";
    spec.licence = "MIT";
    describe(chain(1, {}), spec);
    EXPECT_EQ(spec.name, "mine");
    EXPECT_EQ(spec.licence, "MIT");
    EXPECT_EQ(spec.scale, 1);
    EXPECT_EQ(spec.channels, 1);
}

TEST(Describe, SeesThroughAnUpscaleThatIsShrunkAgain) {
    for (const auto& [factor, scale] : {std::pair(0.5, 2), std::pair(0.75, 3)}) {
        const ModelSpec spec = described(
            chain(1, {conv(1, 16, 3, 1), PixelShuffle{PixelShuffle::Order::crd, 4}, resize(factor)}));
        EXPECT_EQ(spec.scale, scale);
        EXPECT_EQ(spec.alignment_px, 1);
        EXPECT_EQ(spec.receptive_field_px, 2);
    }
}

TEST(Describe, FindsTheBorderThatANetworkConsumes) {
    const ModelSpec spec = described(
        chain(3, {conv(3, 12, 5, 0), conv(12, 12, 3, 0), PixelShuffle{PixelShuffle::Order::crd, 2}}));
    EXPECT_EQ(spec.scale, 2);
    EXPECT_EQ(spec.border_px, 3);
    EXPECT_EQ(spec.receptive_field_px, 3);
    EXPECT_FALSE(spec.zero_padding);
    EXPECT_EQ(described(chain(1, {})).border_px, 0);
}

TEST(Describe, FindsTheBorderOfADeepNetworkWithALevelOfHalfTheSize) {
    Conv2d down = conv(1, 1, 2, 0);
    down.stride = {2, 2};
    ConvTranspose2d up;
    up.weight = test::filled({1, 1, 2, 2}, 1);
    up.stride = {2, 2};
    const ModelSpec spec = described(chain(1, {conv(1, 1, 25, 0), down, conv(1, 1, 9, 0), up, resize(2)}));
    EXPECT_EQ(spec.scale, 2);
    EXPECT_EQ(spec.border_px, 12 + 8);
    EXPECT_EQ(spec.alignment_px, 2);
}

TEST(Describe, SeesWhetherZerosLieBeyondTheBorder) {
    EXPECT_TRUE(described(chain(1, {conv(1, 1, 3, 1)})).zero_padding);
    EXPECT_FALSE(described(chain(1, {conv(1, 1, 1, 0), resize(2)})).zero_padding);
}

TEST(Describe, FindsTheAlignmentOfAnUnshuffle) {
    const auto unshuffled = [](int factor) {
        const PixelUnshuffle down{PixelShuffle::Order::crd, factor};
        return described(chain(1, {down, PixelShuffle{PixelShuffle::Order::crd, factor}})).alignment_px;
    };
    EXPECT_EQ(unshuffled(2), 2);
    EXPECT_EQ(unshuffled(8), 8);
    EXPECT_EQ(unshuffled(64), 64);
}

TEST(Describe, FindsTheAlignmentOfSizesThatAreRounded) {
    Conv2d halve = conv(1, 4, 3, 1);
    halve.stride = {2, 2};
    EXPECT_EQ(described(chain(1, {halve, PixelShuffle{}})).alignment_px, 2);
    EXPECT_EQ(described(chain(1, {resize(0.25), resize(8)})).alignment_px, 4);
    EXPECT_EQ(described(chain(1, {resize(0.25), resize(8)})).scale, 2);
}

TEST(Describe, RefusesWhatDoesNotScaleByOneWholeNumber) {
    EXPECT_THAT(refusal_to_describe(chain(1, {resize(1.5)})), HasSubstr("whole number"));
    EXPECT_THAT(refusal_to_describe(chain(1, {resize(0.5)})), HasSubstr("whole number"));
    EXPECT_THAT(
        refusal_to_describe(chain(1, {conv(1, 1, 2, 0)})),
        HasSubstr("whole number")); // one pixel on one side
    EXPECT_THAT(
        refusal_to_describe(chain(1, {conv(1, 1, 3, 2)})),
        HasSubstr("whole number")); // larger than its input
    EXPECT_THAT(refusal_to_describe(chain(1, {conv(1, 1, 3, 0), resize(1.5)})), HasSubstr("whole number"));
    EXPECT_THAT(refusal_to_describe(chain(1, {GlobalAveragePool{}})), HasSubstr("whole number"));
    EXPECT_THAT(
        refusal_to_describe(chain(1, {Resize{.scale_h = 2, .scale_w = 3}})), HasSubstr("whole number"));
}

TEST(Describe, RefusesWhatFitsOneSizeOnly) {
    test::GraphBuilder builder(1);
    builder.add(Binary{}, {0, builder.add(Constant{test::filled({1, 1, 64, 64}, 1)}, {})});
    EXPECT_THAT(refusal_to_describe(builder.graph()), HasSubstr("pictures of any size"));
}

TEST(Describe, RefusesChannelsThatAreNoPicture) {
    EXPECT_THAT(refusal_to_describe(chain(4, {})), HasSubstr("4 channels"));
    EXPECT_THAT(refusal_to_describe(chain(3, {conv(3, 1, 1, 0)})), HasSubstr("1 channels of 3"));
}

TEST(Describe, CountsMeansOfThePictureThatTilesMustBeGiven) {
    EXPECT_EQ(described(chain(3, {conv(3, 3, 3, 1)})).global_pools, 0);
    test::GraphBuilder builder(3);
    const int wide = builder.then(conv(3, 3, 3, 1));
    builder.add(Binary{Binary::Kind::mul}, {wide, builder.add(GlobalAveragePool{}, {wide})});
    EXPECT_EQ(described(builder.graph()).global_pools, 1);
    EXPECT_EQ(described(builder.graph()).receptive_field_px, 1);
}

} // namespace
} // namespace kizuna
