#include "tiling/tile_plan.hpp"

#include "kizuna/error.hpp"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace kizuna {
namespace {

/// Whether it does for a hundred requests at random: the same in every run, unless RC_PARAMS in the
/// environment names another seed.
template <typename Property>
bool holds(const Property& property) {
    ::setenv("RC_PARAMS", "seed=1", 0);
    return rc::check(property);
}

// Any request that a picture and a network can lead to.
AxisRequest arbitrary_request(TileBlend blend) {
    AxisRequest request;
    request.blend = blend;
    request.length = *rc::gen::inRange<std::int64_t>(1, 5000);
    request.alignment = *rc::gen::element<std::int64_t>(1, 2, 4, 8);
    request.overlap = *rc::gen::inRange<std::int64_t>(0, 130);
    request.margin = *rc::gen::inRange<std::int64_t>(0, request.overlap / 2 + 1);
    request.border = *rc::gen::inRange<std::int64_t>(0, request.margin + 1);
    const std::int64_t least = (request.overlap / request.alignment + 2) * request.alignment;
    request.tile = *rc::gen::inRange<std::int64_t>(least, least + 600);
    request.fixed = *rc::gen::arbitrary<bool>();
    if (request.fixed) {
        request.tile = request.tile / request.alignment * request.alignment;
    }
    return request;
}

void check_reads(const AxisRequest& request, const std::vector<AxisTile>& tiles) {
    const std::int64_t origin = tiles.front().read_begin;
    for (const AxisTile& tile : tiles) {
        RC_ASSERT(tile.read_begin >= -request.margin);
        RC_ASSERT((tile.read_begin - origin) % request.alignment == 0);
        RC_ASSERT(tile.read_length() == tiles.front().read_length());
        RC_ASSERT(tile.read_length() % request.alignment == 0);
        RC_ASSERT(tile.read_length() <= request.tile);
        RC_ASSERT(!request.fixed || tile.read_length() == request.tile);
        RC_ASSERT(tile.keep_begin - tile.read_begin >= request.border);
        RC_ASSERT(tile.read_end - tile.keep_end >= request.border);
        RC_ASSERT(tile.keep_length() > 0);
    }
}

TEST(TilePlan, CoversEveryPixelOnceWhenExact) {
    EXPECT_TRUE(holds([] {
        const AxisRequest request = arbitrary_request(TileBlend::exact);
        const auto tiles = plan_axis(request);
        check_reads(request, tiles);
        std::int64_t next = 0;
        for (const AxisTile& tile : tiles) {
            RC_ASSERT(tile.keep_begin == next);
            next = tile.keep_end;
        }
        RC_ASSERT(next == request.length);
    }));
}

TEST(TilePlan, KeepsHalfTheOverlapAwayFromInnerBordersWhenExact) {
    EXPECT_TRUE(holds([] {
        AxisRequest request = arbitrary_request(TileBlend::exact);
        request.overlap = request.overlap / 2 * 2;
        const auto tiles = plan_axis(request);
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            RC_ASSERT(i == 0 || tiles[i].keep_begin - tiles[i].read_begin >= request.overlap / 2);
            RC_ASSERT(i + 1 == tiles.size() || tiles[i].read_end - tiles[i].keep_end >= request.overlap / 2);
        }
    }));
}

TEST(TilePlan, ReadsTheMarginBeforeAndBeyondThePicture) {
    EXPECT_TRUE(holds([] {
        AxisRequest request = arbitrary_request(TileBlend::exact);
        const bool room = request.length + 2 * request.margin <= request.tile;
        request.fixed = request.fixed && room;
        const auto tiles = plan_axis(request);
        RC_ASSERT(tiles.front().read_begin == -request.margin);
        RC_ASSERT(tiles.back().read_end >= request.length + request.margin);
        RC_ASSERT(
            request.fixed || tiles.back().read_end < request.length + request.margin + request.alignment);
    }));
}

TEST(TilePlan, FeatherWeightsSumToOneAndNeverVanish) {
    EXPECT_TRUE(holds([] {
        AxisRequest request = arbitrary_request(TileBlend::feather);
        const auto tiles = plan_axis(request);
        check_reads(request, tiles);
        const int scale = *rc::gen::inRange(1, 5);
        std::vector<double> sums(static_cast<std::size_t>(request.length * scale), 0.0);
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            const auto weights = axis_weights(tiles, i, scale, TileBlend::feather);
            RC_ASSERT(weights.size() == static_cast<std::size_t>(tiles[i].keep_length() * scale));
            for (std::size_t x = 0; x < weights.size(); ++x) {
                RC_ASSERT(weights[x] > 0.0F);
                sums[static_cast<std::size_t>(tiles[i].keep_begin * scale) + x] += weights[x];
            }
        }
        for (const double sum : sums) {
            RC_ASSERT(std::abs(sum - 1.0) < 1e-6);
        }
    }));
}

TEST(TilePlan, FeatherRisesInEqualStepsOverTheSharedPart) {
    const auto tiles = plan_axis({.length = 24, .tile = 14, .overlap = 4, .blend = TileBlend::feather});
    ASSERT_EQ(tiles.size(), 2U);
    const auto weights = axis_weights(tiles, 1, 1, TileBlend::feather);
    EXPECT_FLOAT_EQ(weights[0], 0.125F);
    EXPECT_FLOAT_EQ(weights[1], 0.375F);
    EXPECT_FLOAT_EQ(weights[2], 0.625F);
    EXPECT_FLOAT_EQ(weights[3], 0.875F);
    EXPECT_FLOAT_EQ(weights[4], 1.0F);
    EXPECT_FLOAT_EQ(weights.back(), 1.0F) << "the picture's own border must not fade";
}

TEST(TilePlan, APictureThatFitsIsOneTileOfItsOwnSize) {
    const auto tiles = plan_axis({.length = 100, .tile = 256, .overlap = 36});
    ASSERT_EQ(tiles.size(), 1U);
    EXPECT_EQ(tiles.front(), (AxisTile{0, 100, 0, 100}));
}

TEST(TilePlan, TilesShareTheWorkEvenly) {
    // 300 pixels in tiles of 256: two of 168 rather than one of 256 and one of 80.
    const auto tiles = plan_axis({.length = 300, .tile = 256, .overlap = 36});
    ASSERT_EQ(tiles.size(), 2U);
    EXPECT_EQ(tiles.front().read_length(), 168);
    EXPECT_EQ(tiles.front().keep_end, 150);
}

TEST(TilePlan, PadsUpToAFixedSize) {
    const auto tiles = plan_axis({.length = 10, .tile = 64, .overlap = 16, .fixed = true});
    ASSERT_EQ(tiles.size(), 1U);
    EXPECT_EQ(tiles.front(), (AxisTile{0, 64, 0, 10}));
}

TEST(TilePlan, APictureThatFillsAFixedSizeIsNotCutForTheMargin) {
    const AxisRequest request{.length = 60, .tile = 64, .overlap = 20, .margin = 10, .fixed = true};
    const auto tiles = plan_axis(request);
    ASSERT_EQ(tiles.size(), 1U);
    EXPECT_EQ(tiles.front(), (AxisTile{-2, 62, 0, 60}));
}

TEST(TilePlan, APictureBeyondAFixedSizeGetsTheWholeMargin) {
    const AxisRequest request{.length = 65, .tile = 64, .overlap = 20, .margin = 10, .fixed = true};
    const auto tiles = plan_axis(request);
    EXPECT_EQ(tiles.front().read_begin, -10);
    EXPECT_GE(tiles.back().read_end, 75);
}

TEST(TilePlan, WhatANetworkConsumesIsNeverKept) {
    const AxisRequest request{
        .length = 50, .tile = 32, .overlap = 12, .margin = 4, .border = 4, .blend = TileBlend::feather};
    const auto tiles = plan_axis(request);
    ASSERT_EQ(tiles.size(), 3U);
    EXPECT_EQ(tiles[0], (AxisTile{-4, 24, 0, 20}));
    EXPECT_EQ(tiles[1], (AxisTile{12, 40, 16, 36}));
    EXPECT_EQ(tiles[2], (AxisTile{26, 54, 30, 50}));
}

TEST(TilePlan, FeatheredTilesShorterThanTheMarginCoverThePictureAll) {
    const auto tiles = plan_axis(
        {.length = 20, .tile = 8, .overlap = 2, .margin = 14, .fixed = true, .blend = TileBlend::feather});
    EXPECT_EQ(tiles.front().keep_begin, 0);
    EXPECT_EQ(tiles.back().keep_end, 20);
    for (std::size_t i = 1; i < tiles.size(); ++i) {
        EXPECT_LE(tiles[i].keep_begin, tiles[i - 1].keep_end);
    }
}

TEST(TilePlan, PadsUpToTheAlignment) {
    const auto tiles = plan_axis({.length = 13, .tile = 64, .overlap = 0, .alignment = 4});
    ASSERT_EQ(tiles.size(), 1U);
    EXPECT_EQ(tiles.front(), (AxisTile{0, 16, 0, 13}));
}

TEST(TilePlan, RefusesTilesThatTheOverlapEatsUp) {
    EXPECT_THROW((void)plan_axis({.length = 100, .tile = 36, .overlap = 36}), Error);
    EXPECT_THROW((void)plan_axis({.length = 100, .tile = 39, .overlap = 33, .alignment = 4}), Error);
    EXPECT_THROW((void)plan_axis({.length = 0, .tile = 39, .overlap = 3}), Error);
}

TEST(SpreadSamples, LieApartInOrderWithinWhatTilesRead) {
    EXPECT_TRUE(holds([] {
        const AxisRequest request = arbitrary_request(TileBlend::exact);
        const auto tiles = plan_axis(request);
        const std::int64_t total = tiles.back().read_end - tiles.front().read_begin;
        const auto length = *rc::gen::inRange<std::int64_t>(1, 300);
        const auto pitch = *rc::gen::inRange<std::int64_t>(length, 5 * length + 1);
        const auto least = *rc::gen::inRange<std::int64_t>(1, 6);
        const auto samples = spread_samples(tiles, length, pitch, least, request.alignment);
        RC_ASSERT(!samples.empty());
        std::int64_t from = tiles.front().read_begin;
        for (const AxisTile& sample : samples) {
            RC_ASSERT(sample.read_begin >= from);
            RC_ASSERT((sample.read_begin - tiles.front().read_begin) % request.alignment == 0);
            RC_ASSERT(sample.read_length() % request.alignment == 0);
            RC_ASSERT(sample.read_length() >= std::min(length, total));
            RC_ASSERT(sample.read_end <= tiles.back().read_end);
            from = sample.read_end;
        }
        const auto wanted = std::min(least, total / samples.front().read_length());
        RC_ASSERT(std::cmp_greater_equal(samples.size(), wanted));
    }));
}

TEST(SpreadSamples, AreInTheMiddleOfEqualParts) {
    const auto samples = spread_samples({{-10, 90, 0, 40}, {90, 190, 40, 190}}, 20, 100, 1, 2);
    ASSERT_EQ(samples.size(), 2U);
    EXPECT_EQ(samples[0], (AxisTile{30, 50, 0, 0}));
    EXPECT_EQ(samples[1], (AxisTile{130, 150, 0, 0}));
}

} // namespace
} // namespace kizuna
