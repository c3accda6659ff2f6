#include "graph/network.hpp"
#include "graph/test_graphs.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::chain;
using test::conv;

ConvTranspose2d transposed(int kernel, int stride, int cut) {
    ConvTranspose2d op;
    op.weight = test::filled({1, 1, kernel, kernel}, 1);
    op.stride = {stride, stride};
    op.padding = {cut, cut, cut, cut};
    return op;
}

TEST(ZeroPadding, IsThatOfConvolutionsAndOfPadding) {
    EXPECT_TRUE(has_zero_padding(chain(1, {conv(1, 1, 3, 1)})));
    EXPECT_TRUE(has_zero_padding(chain(1, {conv(1, 1, 3, 0), Pad{.sides = {0, 0, 0, 1}}})));
    EXPECT_FALSE(has_zero_padding(chain(1, {conv(1, 1, 3, 0), PRelu{{0.1F}}})));
    EXPECT_FALSE(has_zero_padding(chain(1, {Pad{.mode = Pad::Mode::reflect, .sides = {1, 1, 1, 1}}})));
    EXPECT_FALSE(has_zero_padding(chain(1, {Pad{.mode = Pad::Mode::edge, .sides = {1, 1, 1, 1}}})));
}

TEST(ZeroPadding, OfATransposedConvolutionIsWhatItsNeighboursWouldHaveAdded) {
    EXPECT_FALSE(has_zero_padding(chain(1, {transposed(2, 2, 0)}))) << "each output has one input";
    EXPECT_TRUE(has_zero_padding(chain(1, {transposed(4, 2, 1)}))) << "the usual doubling";
    EXPECT_TRUE(has_zero_padding(chain(1, {transposed(3, 1, 1)})));
    EXPECT_FALSE(has_zero_padding(chain(1, {transposed(3, 1, 2)})));
    EXPECT_FALSE(has_zero_padding(chain(1, {transposed(4, 2, 3)}))) << "upconv_7's last layer";
    EXPECT_FALSE(has_zero_padding(chain(1, {transposed(4, 2, 2)})));
    ConvTranspose2d longer = transposed(4, 2, 2);
    longer.output_padding = {0, 1};
    EXPECT_TRUE(has_zero_padding(chain(1, {longer})));
}

TEST(ZeroPadding, OfWhatTheOutputDoesNotUseDoesNotCount) {
    test::GraphBuilder builder(1);
    builder.add(conv(1, 1, 3, 1), {0});
    builder.add(conv(1, 1, 3, 0), {0});
    EXPECT_FALSE(has_zero_padding(builder.graph()));
}

} // namespace
} // namespace kizuna
