#include "graph/test_graphs.hpp"
#include "image/rows.hpp"
#include "upscale/reference_session.hpp"
#include "upscale/upscale.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

// Networks that weigh their channels by means of the whole picture: tiles are to give what one tile gives.
namespace kizuna {
namespace {

Image slanted_noise(std::uint32_t width, std::uint32_t height, int channels = 3) {
    Image image({width, height, {static_cast<std::uint8_t>(channels), SampleType::u16}, {}});
    test::Random random(width * 31 + height);
    // Brighter to the right, so that no part of it has the means of the whole.
    for (std::size_t i = 0; i + 1 < image.pixels().size(); i += 2) {
        const auto x = static_cast<int>(i / image.format().bytes_per_pixel() % width);
        image.pixels()[i] = static_cast<std::byte>(random.between(0, 255));
        image.pixels()[i + 1] =
            static_cast<std::byte>(random.between(0, 60) + 190 * x / static_cast<int>(width));
    }
    return image;
}

/// A network with everything that upscaling by it needs.
class PooledBench {
  public:
    explicit PooledBench(Graph graph, std::int64_t most_pixels = std::numeric_limits<std::int64_t>::max()) {
        network_.graph = std::move(graph);
        describe(*network_.graph, network_.spec);
        session_ = std::make_unique<ReferenceSession>(*network_.graph, most_pixels);
        pooled_ = std::make_unique<PooledNetwork>(network_, [this, most_pixels](const Network& stage) {
            ++opened_;
            return std::make_unique<ReferenceSession>(*stage.graph, most_pixels);
        });
    }

    Image
    upscale(const Image& image, const UpscaleOptions& options = {}, const ProgressCallback& progress = {}) {
        const UpscalePlan plan =
            plan_upscale(network_.spec, &*network_.graph, {0, 384}, image.width(), image.height(), options);
        ProgressCounter counter(tile_count(plan, options.tta), progress);
        return read_image(*upscale_rows(rows_of_borrowed(image), open(), plan, options.tta, counter, {}));
    }

    [[nodiscard]] OpenNetwork open() { return {network_.spec, *session_, tile_pixel_limit_, pooled_.get()}; }

    [[nodiscard]] int opened() const { return opened_; }

    [[nodiscard]] ModelSpec& spec() { return network_.spec; }

  private:
    Network network_;
    std::atomic<int> opened_{0};
    std::unique_ptr<Session> session_;
    std::unique_ptr<PooledNetwork> pooled_;
    std::atomic<std::int64_t> tile_pixel_limit_{std::numeric_limits<std::int64_t>::max()};
};

int largest_difference(const Image& a, const Image& b) {
    EXPECT_EQ(a.pixels().size(), b.pixels().size());
    int most = 0;
    for (std::size_t i = 0; i + 1 < a.pixels().size(); i += 2) {
        const auto sample = [i](const Image& image) {
            return std::to_integer<int>(image.pixels()[i]) +
                   256 * std::to_integer<int>(image.pixels()[i + 1]);
        };
        most = std::max(most, std::abs(sample(a) - sample(b)));
    }
    return most;
}

constexpr int one_tile = 1000;
/// Sums of the same numbers in another order, of 65535.
constexpr int rounding = 1;

TEST(PooledUpscale, TilesEqualTheWholePicture) {
    for (std::uint32_t seed = 1; seed < 4; ++seed) {
        PooledBench bench(test::squeeze_excite_graph(seed));
        const Image image = slanted_noise(61, 47);
        const Image whole = bench.upscale(image, {.tile_px = one_tile});
        EXPECT_EQ(bench.opened(), 0) << "one tile needs no stages";
        for (const int tile : {9, 16, 30}) {
            EXPECT_LE(largest_difference(whole, bench.upscale(image, {.tile_px = tile})), rounding)
                << "tile " << tile;
        }
        EXPECT_EQ(bench.opened(), 3) << "stages are opened once";
        EXPECT_GT(largest_difference(whole, bench.upscale(image, {.tile_px = 16, .syncgap = 0})), 1000)
            << "with means of their own tiles should differ, or the test shows nothing";
    }
}

TEST(PooledUpscale, TilesEqualTheWholePictureBeyondWhichANetworkSeesZeros) {
    test::GraphBuilder builder(3);
    test::Random random(3);
    const auto padded = [&random](int kernel) {
        Conv2d op = test::conv(3, 3, kernel, kernel / 2);
        op.weight = random.tensor(op.weight.shape, -0.2F, 0.25F);
        return op;
    };
    const int wide = builder.then(padded(7)); // reaches further than what it weighs
    const int mean = builder.add(GlobalAveragePool{}, {wide});
    const int narrow = builder.add(padded(3), {0});
    builder.add(Binary{Binary::Kind::mul}, {narrow, builder.add(Affine{{3}, {0}}, {mean})});
    PooledBench bench(builder.graph());
    ASSERT_EQ(bench.spec().receptive_field_px, 3);
    const Image image = slanted_noise(61, 47);
    const Image whole = bench.upscale(image, {.tile_px = one_tile});
    for (const int tile : {9, 16, 30}) {
        EXPECT_LE(largest_difference(whole, bench.upscale(image, {.tile_px = tile})), rounding);
    }
}

TEST(PooledUpscale, TilesEqualTheWholePictureInEveryOtherWayToo) {
    for (const int channels : {1, 2, 4}) { // grey through a colour network, and alpha beside it
        PooledBench bench(test::squeeze_excite_graph(1));
        const Image image = slanted_noise(41, 35, channels);
        EXPECT_LE(
            largest_difference(
                bench.upscale(image, {.tile_px = one_tile}), bench.upscale(image, {.tile_px = 15})),
            rounding);
    }
    PooledBench bench(test::squeeze_excite_graph(2));
    const Image image = slanted_noise(41, 35);
    for (const UpscaleOptions& options :
         {UpscaleOptions{.scale = 4}, UpscaleOptions{.tta = true}, UpscaleOptions{.scale = 3, .tta = true},
          UpscaleOptions{.overlap_px = 8, .blend = Blend::feather}}) {
        UpscaleOptions in_tiles = options;
        in_tiles.tile_px = 15;
        UpscaleOptions in_one = options;
        in_one.tile_px = one_tile;
        EXPECT_LE(largest_difference(bench.upscale(image, in_one), bench.upscale(image, in_tiles)), rounding);
    }
}

TEST(PooledUpscale, TilesThatMemoryDoesNotSufficeForAreCutInEveryStage) {
    const Graph graph = test::squeeze_excite_graph(2);
    const Image image = slanted_noise(61, 47);
    PooledBench rich(graph);
    const Image whole = rich.upscale(image, {.tile_px = one_tile});
    for (const int tile : {one_tile, 40}) {
        for (const int syncgap : {0, 1}) {
            PooledBench poor(graph, 900);
            const Image cut = poor.upscale(image, {.tile_px = tile, .syncgap = syncgap});
            if (tile == one_tile || syncgap == 1) {
                EXPECT_LE(largest_difference(whole, cut), rounding) << tile << ", " << syncgap;
            } else {
                const Image own = rich.upscale(image, {.tile_px = tile, .syncgap = 0});
                EXPECT_LE(largest_difference(own, cut), rounding) << "a tile that is cut keeps its own means";
            }
        }
    }
}

TEST(PooledUpscale, EstimatedMeansAreCloserThanThoseOfTiles) {
    PooledBench bench(test::squeeze_excite_graph(3));
    const Image image = slanted_noise(241, 207);
    const Image whole = bench.upscale(image, {.tile_px = one_tile});
    const auto error = [&](int syncgap) {
        std::uint64_t last = 0;
        std::uint64_t total = 0;
        const Image out =
            bench.upscale(image, {.tile_px = 60, .syncgap = syncgap}, [&](const Progress& progress) {
                last = progress.tiles_done;
                total = progress.tiles_total;
            });
        EXPECT_EQ(last, total) << "syncgap " << syncgap;
        return largest_difference(whole, out);
    };
    const int own = error(0);
    EXPECT_LT(error(2), own / 4);
    EXPECT_LT(error(3), own / 2);
    EXPECT_LE(error(1), rounding);
}

TEST(PooledUpscale, ProgressCountsTheRunsThatMeansTake) {
    PooledBench bench(test::squeeze_excite_graph(1));
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    (void)bench.upscale(
        slanted_noise(61, 47), {.scale = 4, .tile_px = 30, .tta = true}, [&](const Progress& progress) {
            EXPECT_EQ(progress.tiles_done, last + 1);
            last = progress.tiles_done;
            total = progress.tiles_total;
        });
    EXPECT_EQ(last, total);
}

TEST(PooledUpscale, TwoThreadsGetWhatOneGets) {
    PooledBench bench(test::squeeze_excite_graph(1));
    const Image image = slanted_noise(61, 47);
    const Image alone = bench.upscale(image, {.tile_px = 20});
    std::vector<Image> results(2);
    std::vector<std::thread> threads;
    for (Image& result : results) {
        threads.emplace_back([&] { result = bench.upscale(image, {.tile_px = 20}); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const Image& result : results) {
        EXPECT_EQ(largest_difference(alone, result), 0);
    }
}

TEST(PooledUpscale, StagesGoOnFromThePictureWhereNothingWasKept) {
    PooledBench bench(test::squeeze_excite_graph(4));
    const Tensor picture = test::Random(4).tensor({1, 3, 30, 40}, 0, 1);
    const ProgressCallback nobody;
    ProgressCounter counter(0, nobody);
    Tensor whole;
    TileRunner(bench.open(), {}, counter, {}).run(picture, whole);
    for (const bool keeps : {false, true}) {
        TileRunner runner(bench.open(), {}, counter, {});
        PooledTileValues values;
        PooledTileValues* const kept = keeps ? &values : nullptr;
        for (int mean = 0; mean < bench.spec().global_pools; ++mean) {
            const Growth side = runner.begin_mean();
            runner.add_to_mean(picture, {{0, side.of(40)}, {0, side.of(30)}}, true, kept);
            runner.end_mean();
        }
        Tensor out;
        runner.run(picture, out, kept);
        ASSERT_EQ(out.data.size(), whole.data.size());
        for (std::size_t i = 0; i < out.data.size(); ++i) {
            ASSERT_NEAR(out.data[i], whole.data[i], 1e-5F);
        }
        EXPECT_EQ(bench.opened(), keeps ? 5 : 3) << "the first stage is the same in both ways";
    }
}

TEST(PooledUpscale, AnUnknownSyncgapIsRefused) {
    PooledBench bench(test::squeeze_excite_graph(1));
    EXPECT_THROW((void)bench.upscale(slanted_noise(9, 9), {.syncgap = 4}), Error);
    EXPECT_THROW((void)bench.upscale(slanted_noise(9, 9), {.syncgap = -1}), Error);
}

} // namespace
} // namespace kizuna
