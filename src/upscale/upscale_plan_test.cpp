#include "graph/test_graphs.hpp"
#include "upscale/upscale_plan.hpp"

#include "kizuna/error.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

ModelSpec network(int scale, std::optional<int> radius = 18) {
    ModelSpec spec;
    spec.name = "test";
    spec.scale = scale;
    spec.channels = 3;
    spec.receptive_field_px = radius;
    return spec;
}

UpscalePlan
plan(const ModelSpec& spec, std::uint32_t width, std::uint32_t height, const UpscaleOptions& options = {}) {
    return plan_upscale(spec, nullptr, {0, 384}, width, height, options);
}

void expect_target(const UpscalePlan& plan, std::uint32_t width, std::uint32_t height, std::size_t passes) {
    EXPECT_EQ(plan.target_width, width);
    EXPECT_EQ(plan.target_height, height);
    EXPECT_EQ(plan.passes.size(), passes);
}

ErrorCode error_of(const ModelSpec& spec, const UpscaleOptions& options, std::uint32_t side = 100) {
    try {
        (void)plan(spec, side, side, options);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(UpscalePlan, TakesTheNetworksScaleUnlessTold) {
    expect_target(plan(network(2), 101, 7), 202, 14, 1);
    expect_target(plan(network(4), 101, 7), 404, 28, 1);
}

TEST(UpscalePlan, RunsTheNetworkAsOftenAsTheScaleNeeds) {
    expect_target(plan(network(2), 100, 50, {.scale = 1.5}), 150, 75, 1);
    expect_target(plan(network(2), 100, 50, {.scale = 2}), 200, 100, 1);
    expect_target(plan(network(2), 100, 50, {.scale = 2.01}), 201, 101, 2);
    expect_target(plan(network(2), 100, 50, {.scale = 8}), 800, 400, 3);
    expect_target(plan(network(4), 100, 50, {.scale = 2}), 200, 100, 1);
    expect_target(plan(network(4), 100, 50, {.scale = 0.5}), 50, 25, 1);
}

TEST(UpscalePlan, APictureStretchedAlongOneAxisIsNotEnlargedWithoutEndAlongBoth) {
    const UpscalePlan stretched = plan(network(2), 200, 2, {.width_px = 200, .height_px = 2000});
    EXPECT_LE(stretched.passes.size(), 5U);
    EXPECT_LE(std::uint64_t{stretched.network_width} * stretched.network_height, 4U * 200U * 2000U);
    expect_target(plan(network(4), 100, 100, {.scale = 4.01}), 401, 401, 2);
}

TEST(UpscalePlan, TheWorkingMemoryIsThatOfARowOfTiles) {
    // Input rows of 3 floats a pixel, and twice as many, twice as wide, of output; the halo is input only.
    const UpscalePlan one = plan(network(2, 0), 1000, 10);
    EXPECT_EQ(working_bytes(one, network(2)), (1000U * 10U + 2000U * 20U) * 12U);
    // Continued by 5 pixels on each side: larger input, and 5 rows that wait to be mirrored.
    const UpscalePlan continued = plan(network(2, 5), 1000, 10);
    EXPECT_EQ(working_bytes(continued, network(2)), (1010U * (20U + 5U) + 2000U * 20U) * 12U);
    const UpscalePlan tall = plan(network(2), 1000, 100'000);
    EXPECT_LT(working_bytes(tall, network(2)), 100U << 20U);
}

TEST(UpscalePlan, ANetworkThatKeepsTheSizeRunsOnce) {
    expect_target(plan(network(1), 100, 50, {.scale = 3}), 300, 150, 1);
}

TEST(UpscalePlan, RoundsSidesUpButNotBecauseOfFloatingPoint) {
    expect_target(plan(network(2), 10, 3, {.scale = 1.1}), 11, 4, 1);
    expect_target(plan(network(2), 3, 3, {.scale = 1.0 / 3}), 1, 1, 1);
}

TEST(UpscalePlan, TheMissingSideKeepsTheAspect) {
    expect_target(plan(network(2), 300, 200, {.width_px = 450}), 450, 300, 1);
    expect_target(plan(network(2), 300, 200, {.height_px = 50}), 75, 50, 1);
    expect_target(plan(network(2), 300, 200, {.width_px = 310, .height_px = 777}), 310, 777, 2);
    expect_target(plan(network(2), 1000, 1, {.width_px = 10}), 10, 1, 1);
}

TEST(UpscalePlan, FitsIntoABox) {
    expect_target(
        plan(network(2), 300, 200, {.width_px = 1920, .height_px = 1080, .fit = true}), 1620, 1080, 3);
    expect_target(plan(network(2), 300, 200, {.width_px = 600, .height_px = 1080, .fit = true}), 600, 400, 1);
}

TEST(UpscalePlan, RefusesWhatContradictsItself) {
    EXPECT_EQ(error_of(network(2), {.scale = -1}), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(network(2), {.scale = std::nan("")}), ErrorCode::invalid_argument);
    EXPECT_EQ(
        error_of(network(2), {.scale = std::numeric_limits<double>::infinity()}),
        ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(network(2), {.scale = 2, .width_px = 3}), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(network(2), {.width_px = 3, .fit = true}), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(network(2), {.tile_px = -1}), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(network(2), {.overlap_px = -1}), ErrorCode::invalid_argument);
}

TEST(UpscalePlan, SmallTilesOverlapByHalfOfTheirSize) {
    for (const int tile : {8, 32, 64}) {
        const UpscalePlan small = plan(network(2), 100, 100, {.tile_px = tile, .blend = Blend::feather});
        const auto& columns = small.passes.front().columns;
        ASSERT_GT(columns.size(), 1U);
        EXPECT_GE(columns[0].read_end - columns[1].read_begin, tile / 2);
        EXPECT_LT(columns[0].read_end - columns[1].read_begin, tile);
    }
}

TEST(UpscalePlan, ExactTilesNeedAKnownReceptiveField) {
    EXPECT_EQ(error_of(network(2, std::nullopt), {.blend = Blend::exact}), ErrorCode::invalid_argument);
    EXPECT_EQ(plan(network(2, std::nullopt), 100, 100).blend, TileBlend::feather);
    EXPECT_EQ(plan(network(2, 64), 100, 100).blend, TileBlend::exact);
    EXPECT_EQ(plan(network(2, 94), 100, 100).blend, TileBlend::feather);
    EXPECT_EQ(plan(network(2, 94), 100, 100, {.blend = Blend::exact}).blend, TileBlend::exact);
}

TEST(UpscalePlan, ExactTilesMayBeSmallerThanTheirHalo) {
    const UpscalePlan small = plan(network(2), 200, 100, {.tile_px = 32});
    EXPECT_LE(small.passes.front().columns.front().read_length(), 32 + 36);
    EXPECT_EQ(small.passes.front().columns.size(), 6U);
}

TEST(UpscalePlan, AResultAboveTheLimitIsRefusedWithItsSize) {
    try {
        (void)plan(network(2), 10'000, 10'000, {.scale = 4});
        FAIL() << "1600 million pixels were accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_NE(std::string(error.what()).find("40000×40000 = 1600 million"), std::string::npos)
            << error.what();
    }
    EXPECT_EQ(error_of(network(2), {.scale = 1e300}), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of(network(2), {.max_pixels = 39'999}), ErrorCode::limit_exceeded);
    EXPECT_EQ(plan(network(2), 100, 100, {.max_pixels = 40'000}).target_width, 200U);
}

TEST(UpscalePlan, LessMemoryMakesSmallerTiles) {
    const ModelSpec spec = network(2, std::nullopt); // not known: 32 KiB for each pixel of a tile
    const auto tile = [&](std::uint64_t free_bytes) {
        return plan_upscale(spec, nullptr, {free_bytes, 384}, 4000, 4000, {})
            .passes.front()
            .columns.front()
            .read_length();
    };
    EXPECT_GT(tile(std::uint64_t{64} << 30U), tile(std::uint64_t{4} << 30U));
    EXPECT_LE(tile(1), 128 + 2 * 14) << "twice the overlap, and what is read beyond the picture";
}

TEST(UpscalePlan, TilesAreAsLargeAsTheDeviceLikesThem) {
    const auto tiles = [](std::int64_t best_tile_px) {
        constexpr std::uint64_t plenty = std::uint64_t{1} << 40U;
        return plan_upscale(network(2), nullptr, {plenty, best_tile_px}, 640, 640, {})
            .passes.front()
            .tile_count();
    };
    EXPECT_EQ(tiles(640), 1U);
    EXPECT_EQ(tiles(320), 4U);
}

TEST(UpscalePlan, SizesOfTilesAreFewWhereTheDevicePreparesForEach) {
    constexpr std::int64_t step = 64;
    const auto side_of = [](const ModelSpec& spec, std::uint32_t width, const UpscaleOptions& options = {}) {
        const UpscalePlan plan = plan_upscale(spec, nullptr, {0, 384, step}, width, 200, options);
        const auto& columns = plan.passes.front().columns;
        EXPECT_EQ(columns.front().keep_begin, 0);
        EXPECT_EQ(columns.back().keep_end, width);
        for (const AxisTile& tile : columns) {
            EXPECT_EQ(tile.read_length(), columns.front().read_length());
        }
        return columns.front().read_length();
    };
    ModelSpec consuming = network(2);
    consuming.border_px = 18;
    consuming.zero_padding = false;
    ModelSpec unknown = network(4, std::nullopt);
    ModelSpec unknown_consuming = consuming;
    unknown_consuming.receptive_field_px.reset();
    for (const ModelSpec& spec : {network(2), network(2, 0), consuming, unknown, unknown_consuming}) {
        for (const std::uint32_t width : {1U, 63U, 300U, 641U, 1920U, 100'000U}) {
            EXPECT_EQ(side_of(spec, width) % step, 0) << width;
        }
    }
    EXPECT_EQ(side_of(network(2), 700), side_of(network(2), 710));
    EXPECT_NE(side_of(network(2), 700, {.tile_px = 100}) % step, 0) << "a size that was asked for is kept";
    ModelSpec pooled = consuming;
    pooled.global_pools = 1;
    EXPECT_NE(side_of(pooled, 100) % step, 0) << "its means would be of more than the picture";
}

TEST(UpscalePlan, WidePicturesGetFlatterTiles) {
    const UpscalePlan wide = plan(network(4), 50'000, 2000, {.max_pixels = 10'000'000'000});
    const UpscalePlan narrow = plan(network(4), 2000, 2000);
    EXPECT_LT(
        wide.passes.front().rows.front().read_length(), narrow.passes.front().rows.front().read_length());
}

TEST(UpscalePlan, ANetworkOfFixedSizeGetsTilesOfThatSize) {
    ModelSpec spec = network(2);
    spec.fixed_input = {64, 48};
    const UpscalePlan fixed = plan(spec, 500, 20);
    for (const AxisTile& column : fixed.passes.front().columns) {
        EXPECT_EQ(column.read_length(), 64);
    }
    EXPECT_EQ(fixed.passes.front().rows.front().read_length(), 48);
    EXPECT_EQ(error_of(spec, {.tta = true}), ErrorCode::invalid_argument) << "such tiles cannot be turned";
}

TEST(UpscalePlan, MemoryIsNotEstimatedAtSizesThatAFixedNetworkDoesNotTake) {
    const Graph graph{
        {{"input", Input{3}, {}},
         {"bias", Constant{{{1, 1, 24, 20}, std::vector<float>(480)}}, {}},
         {"sum", Binary{Binary::Kind::add}, {0, 1}}},
        2};
    ModelSpec spec = network(1, 0);
    spec.fixed_input = {20, 24};
    constexpr TileLimits limits{std::uint64_t{1} << 30U, 384};
    const UpscalePlan fixed = plan_upscale(spec, &graph, limits, 50, 50, {});
    EXPECT_EQ(fixed.passes.front().columns.front().read_length(), 20);
    EXPECT_EQ(fixed.passes.front().rows.front().read_length(), 24);
}

TEST(UpscalePlan, AFixedSizeTooSmallForItsHaloIsFeathered) {
    ModelSpec spec = network(2, 18);
    spec.fixed_input = {32, 32};
    EXPECT_EQ(plan(spec, 500, 200).blend, TileBlend::feather);
}

TEST(UpscalePlan, TilesKeepToTheAlignment) {
    ModelSpec spec = network(2, 5);
    spec.alignment_px = 4;
    const UpscalePlan aligned = plan(spec, 333, 101, {.tile_px = 50});
    for (const AxisTile& column : aligned.passes.front().columns) {
        EXPECT_EQ((column.read_begin + 5) % 4, 0);
        EXPECT_EQ(column.read_length() % 4, 0);
        EXPECT_GE(column.keep_begin - column.read_begin, 5);
    }
}

TEST(UpscalePlan, APictureIsContinuedForNetworksThatSeeZerosBeyondIt) {
    const auto beyond = [](const ModelSpec& spec) { return plan(spec, 100, 100).passes.front().beyond(); };
    EXPECT_EQ(beyond(network(2, 94)), (Sides{14, 14, 14, 14}));
    EXPECT_EQ(beyond(network(2, 3)), (Sides{3, 3, 3, 3}));
    EXPECT_EQ(beyond(network(2, std::nullopt)), (Sides{14, 14, 14, 14}));
    ModelSpec honest = network(2, 18);
    honest.zero_padding = false;
    EXPECT_EQ(beyond(honest), Sides{});
}

TEST(UpscalePlan, ANetworkThatConsumesABorderIsGivenIt) {
    ModelSpec valid = network(2, 7);
    valid.border_px = 7;
    valid.zero_padding = false;
    EXPECT_EQ(plan(valid, 100, 100).passes.front().beyond(), (Sides{7, 7, 7, 7}));
    valid.receptive_field_px.reset(); // feathered: what is consumed comes on top of tile and overlap
    const UpscalePlan feathered = plan(valid, 100, 100, {.tile_px = 40, .overlap_px = 10});
    for (const AxisTile& column : feathered.passes.front().columns) {
        EXPECT_LE(column.keep_length(), 40);
    }
    EXPECT_EQ(feathered.passes.front().columns.size(), 3U);
    valid.zero_padding = true; // and zeros inside
    EXPECT_EQ(plan(valid, 100, 100).passes.front().beyond(), (Sides{21, 21, 21, 21}));
}

TEST(UpscalePlan, APictureOfATilesSizeIsOneTile) {
    for (const auto radius : {std::optional<int>(18), std::optional<int>(94), std::optional<int>()}) {
        EXPECT_EQ(plan(network(2, radius), 384, 384).passes.front().tile_count(), 1U);
        EXPECT_EQ(plan(network(2, radius), 300, 200, {.tile_px = 300}).passes.front().tile_count(), 1U);
    }
}

TEST(UpscalePlan, WhatWasMeasuredOfATilesMemoryCountsMoreThanTheEstimate) {
    // 32 KiB a pixel are assumed of a network that is not known: 8 GiB are enough for tiles of 362 pixels,
    // of which half may be used.
    constexpr std::uint64_t free_bytes = std::uint64_t{8} << 30U;
    const auto tiles = [](const TileLimits& limits) {
        return plan_upscale(network(2, 0), nullptr, limits, 1024, 1024, {}).passes.front().tile_count();
    };
    EXPECT_EQ(tiles({.free_memory_bytes = free_bytes, .best_tile_px = 1024}), 9U);
    EXPECT_EQ(
        tiles({.free_memory_bytes = free_bytes, .best_tile_px = 1024, .bytes_per_pixel = 16 << 10}), 4U);
    EXPECT_EQ(
        tiles({.free_memory_bytes = free_bytes, .best_tile_px = 1024, .bytes_per_pixel = 100 << 10}), 16U);
    const std::uint64_t beyond_belief =
        tiles({.free_memory_bytes = free_bytes, .best_tile_px = 1024, .bytes_per_pixel = 1e9});
    EXPECT_EQ(
        tiles({.free_memory_bytes = free_bytes, .best_tile_px = 1024, .bytes_per_pixel = 128 << 10}),
        beyond_belief);
    EXPECT_LE(beyond_belief, 25U);
}

/// As Real-CUGAN: it consumes a border and has means of the whole picture.
struct Pooled {
    Graph graph = test::squeeze_excite_graph(1);
    ModelSpec spec;

    Pooled() { describe(graph, spec); }

    [[nodiscard]] PassPlan
    pass(std::uint64_t free_bytes, std::uint32_t side, const UpscaleOptions& options = {}) const {
        return plan_upscale(spec, &graph, {free_bytes, 384}, side, side, options).passes.front();
    }
};

constexpr std::uint64_t gigabyte = std::uint64_t{1} << 30U;

TEST(UpscalePlan, ANetworkWithMeansOfThePictureGetsItInOnePieceWhereMemoryAllows) {
    const Pooled pooled;
    const PassPlan pass = pooled.pass(gigabyte, 1000);
    EXPECT_EQ(pass.tile_count(), 1U);
    EXPECT_EQ(pass.run_count(), 1U);
    EXPECT_EQ(pooled.pass(gigabyte / 32, 1000).means, 2);
    EXPECT_EQ(pooled.pass(0, 1000).means, 2) << "where memory is not known, it may be small";
    EXPECT_GT(pooled.pass(64 * gigabyte, 11'000).tile_count(), 1U) << "that would be many gigabytes";
    const TileLimits card{.free_memory_bytes = 1024 * gigabyte, .best_tile_px = 384, .has_own_memory = true};
    EXPECT_EQ(
        plan_upscale(pooled.spec, &pooled.graph, card, 11'000, 11'000, {}).passes.front().tile_count(), 1U)
        << "a card's memory is there for this";
}

TEST(UpscalePlan, MeansAreTakenFromAllTilesOrEstimatedFromSmallOnes) {
    const Pooled pooled;
    const PassPlan exact = pooled.pass(0, 1000, {.tile_px = 250});
    EXPECT_EQ(exact.mean_columns, exact.columns);
    EXPECT_EQ(exact.mean_rows, exact.rows);
    EXPECT_EQ(exact.run_count(), 3 * exact.tile_count());
    const auto share = [&](int syncgap) {
        const PassPlan pass = pooled.pass(0, 1000, {.tile_px = 250, .syncgap = syncgap});
        std::int64_t read = 0;
        for (const AxisTile& tile : pass.mean_columns) {
            read += tile.read_length();
        }
        EXPECT_LT(pass.run_count(), 2 * pass.tile_count()) << "small parts count as what they are";
        return static_cast<double>(read * read) / 1e6;
    };
    EXPECT_NEAR(share(2), 1.0 / 4, 0.05);
    EXPECT_NEAR(share(3), 1.0 / 16, 0.02);
    const PassPlan alone = pooled.pass(0, 1000, {.tile_px = 250, .syncgap = 0});
    EXPECT_EQ(alone.means, 0);
    EXPECT_EQ(alone.run_count(), alone.tile_count());
}

TEST(UpscalePlan, ThePictureThatIsKeptForItsMeansCountsAsMemory) {
    const Pooled pooled;
    const UpscaleOptions tiles{.tile_px = 250};
    const auto kept = [&](int syncgap) {
        UpscaleOptions options = tiles;
        options.syncgap = syncgap;
        return working_bytes(
            plan_upscale(pooled.spec, &pooled.graph, {0, 384}, 1000, 1000, options), pooled.spec);
    };
    EXPECT_EQ(kept(1) - kept(0), std::uint64_t{1000} * 1000 * 3 * sizeof(float));
}

} // namespace
} // namespace kizuna
