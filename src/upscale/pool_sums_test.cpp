#include "graph/test_graphs.hpp"
#include "upscale/planes.hpp"
#include "upscale/pool_sums.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

AxisTile reading(std::int64_t begin, std::int64_t end) {
    return {begin, end, 0, 0};
}

TEST(ShareOut, CountsEachPositionOnceInTheMiddleOfWhatTilesHaveInCommon) {
    const Growth half{2, 1, 3}; // a position for each two pixels, 3 positions lost
    const auto shares = share_out({reading(-4, 26), reading(16, 46), reading(30, 60)}, half);
    ASSERT_EQ(shares.size(), 3U);
    EXPECT_EQ(shares[0].begin, 0);
    EXPECT_EQ(shares[0].counted, (Span{0, 11})); // has [0, 12), the next begins at 10
    EXPECT_EQ(shares[1].begin, 10);
    EXPECT_EQ(shares[1].counted, (Span{1, 9})); // has [10, 22), the next begins at 17
    EXPECT_EQ(shares[2].begin, 17);
    EXPECT_EQ(shares[2].counted, (Span{2, 12}));
    EXPECT_EQ(shares[2].begin + shares[2].counted.end, half.of(64)) << "as many as one tile has";
}

TEST(ShareOut, CountsTilesWhollyThatLieApart) {
    const auto shares = share_out({reading(0, 10), reading(20, 30)}, {1, 2, 4});
    EXPECT_EQ(shares[0].counted, (Span{0, 16}));
    EXPECT_EQ(shares[1].counted, (Span{0, 16}));
}

TEST(ShareOut, LeavesNothingToATileThatOthersCover) {
    const auto shares = share_out({reading(0, 10), reading(2, 12), reading(3, 13)}, {1, 1, 0});
    std::int64_t next = 0;
    for (const PooledTile& share : shares) {
        EXPECT_EQ(share.counted.length() > 0 ? share.begin + share.counted.begin : next, next);
        next += share.counted.length();
    }
    EXPECT_EQ(next, 13);
}

TEST(PoolWindow, IsTurnedWithTheTile) {
    Tensor picture{{1, 1, 5, 7}, std::vector<float>(35)};
    const PoolWindow window{{1, 3}, {2, 5}};
    for (std::int64_t y = window.y.begin; y < window.y.end; ++y) {
        for (std::int64_t x = window.x.begin; x < window.x.end; ++x) {
            picture.data[static_cast<std::size_t>(y * 7 + x)] = 1;
        }
    }
    for (int way = 0; way < 8; ++way) {
        Tensor after;
        turn(picture, way, after);
        PoolSum sum;
        const PoolWindow there = turned(window, 7, 5, way);
        sum.add(after, there);
        EXPECT_EQ(there.x.length() * there.y.length(), 6) << "way " << way;
        EXPECT_EQ(sum.mean().data[0], 1) << "way " << way;
    }
}

TEST(PoolSum, IsTheMeanByPictureAndChannelOfAllThatWasCounted) {
    PoolSum sum;
    sum.add(test::counting({2, 2, 3, 20}), {{1, 19}, {1, 2}});
    sum.add(test::filled({2, 2, 1, 18}, 0), {{0, 18}, {0, 1}});
    const Tensor mean = sum.mean();
    EXPECT_EQ(mean.shape, (Shape{2, 2, 1, 1}));
    for (std::size_t plane = 0; plane < 4; ++plane) {
        EXPECT_EQ(mean.data[plane], (static_cast<float>(plane) * 60 + 30.5F) / 2);
    }
}

} // namespace
} // namespace kizuna
