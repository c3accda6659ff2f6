#include "graph/half_precision.hpp"
#include "graph/test_graphs.hpp"

#include <gtest/gtest.h>

namespace kizuna {

namespace {

using test::conv;
using test::GraphBuilder;

TEST(HalfPrecision, KeepsWhatFollowsTheLastConvolutionsInFloat32) {
    GraphBuilder builder(3);
    const int features = builder.then(conv(3, 12, 3, 1));
    const int active = builder.then(PRelu{{0.1F}});
    const int last = builder.then(conv(12, 12, 3, 1));
    const int shuffled = builder.then(PixelShuffle{});
    const int base = builder.add(Resize{.scale_h = 2, .scale_w = 2}, {0});
    const int sum = builder.add(Binary{}, {shuffled, base});
    const std::vector<bool> kept = stays_float32(builder.graph());
    EXPECT_TRUE(kept[0] && kept[shuffled] && kept[base] && kept[sum]);
    EXPECT_FALSE(kept[features] || kept[active] || kept[last]);
}

TEST(HalfPrecision, KeepsMeansAndWhatIsComputedOfThemInFloat32) {
    GraphBuilder builder(3);
    const int features = builder.then(conv(3, 8, 3, 1));
    const int mean = builder.add(GlobalAveragePool{}, {features});
    const int squeezed = builder.then(conv(8, 8, 1, 0));
    const int half = builder.add(Constant{test::filled({1, 8, 1, 1}, 0.5F)}, {});
    const int moved = builder.add(Binary{}, {squeezed, half});
    const int weights = builder.then(Sigmoid{});
    const int weighed = builder.add(Binary{Binary::Kind::mul}, {features, weights});
    builder.then(conv(8, 3, 3, 1));
    const std::vector<bool> kept = stays_float32(builder.graph());
    EXPECT_TRUE(kept[mean] && kept[squeezed] && kept[moved] && kept[weights]);
    EXPECT_FALSE(kept[features] || kept[weighed] || kept[half]);
}

TEST(HalfPrecision, LeavesNothingInFloat16WhereThereIsNoConvolution) {
    const std::vector<bool> kept = stays_float32(test::chain(3, {Affine{}, PRelu{{0.5F}}, Clip{}}));
    EXPECT_EQ(kept, std::vector<bool>(4, true));
}

} // namespace

} // namespace kizuna
