#include "base/test_errors.hpp"
#include "engine/fake/fake_engine.hpp"
#include "graph/reference.hpp"
#include "upscale/continued_rows.hpp"
#include "upscale/reference_session.hpp"
#include "upscale/session_ladder.hpp"
#include "upscale/test_inputs.hpp"
#include "upscale/upscale.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::nearest_spec;
using test::noise;

/// One network on one engine; everything a test needs to upscale pictures with it.
class Bench {
  public:
    explicit Bench(ModelSpec spec, const FakeBehaviour& behaviour = {})
        : spec_(std::move(spec))
        , engine_(behaviour) {
        const auto open = [this] {
            Network network;
            network.spec = spec_;
            return engine_.open(network, "fake", {});
        };
        session_ = std::make_unique<SessionLadder>(
            spec_.name, std::vector<Rung>{{"fake", "fake", true, open}}, open());
    }

    Bench(ModelSpec spec, std::unique_ptr<Session> session)
        : spec_(std::move(spec))
        , session_(std::move(session)) {}

    Image upscale(
        const Image& image, const UpscaleOptions& options = {}, const ProgressCallback& progress = {},
        const CancelToken& cancel = {}) {
        const UpscalePlan plan =
            plan_upscale(spec_, nullptr, {0, 384}, image.width(), image.height(), options);
        ProgressCounter counter(tile_count(plan, options.tta), progress);
        const auto rows = upscale_rows(
            rows_of_borrowed(image), {spec_, *session_, tile_pixel_limit_}, plan, options.tta, counter,
            cancel);
        return read_image(*rows);
    }

    ErrorCode error_of(const Image& image, const UpscaleOptions& options = {}) {
        try {
            (void)upscale(image, options);
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    }

    FakeEngine& engine() { return engine_; }

    void limit_tiles(std::int64_t pixels) { tile_pixel_limit_ = pixels; }

  private:
    ModelSpec spec_;
    FakeEngine engine_;
    std::unique_ptr<Session> session_;
    std::atomic<std::int64_t> tile_pixel_limit_{std::numeric_limits<std::int64_t>::max()};
};

void expect_nearest(const Image& in, const Image& out, std::uint32_t scale) {
    ASSERT_EQ(out.width(), in.width() * scale);
    ASSERT_EQ(out.height(), in.height() * scale);
    ASSERT_EQ(out.format(), in.format());
    const std::size_t pixel = in.format().bytes_per_pixel();
    for (std::uint32_t y = 0; y < out.height(); ++y) {
        for (std::uint32_t x = 0; x < out.width(); ++x) {
            ASSERT_EQ(
                std::memcmp(
                    out.row(y).data() + x * pixel, in.row(y / scale).data() + x / scale * pixel, pixel),
                0)
                << "pixel " << x << "," << y;
        }
    }
}

TEST(Upscale, EveryPixelArrivesWhateverTheTiles) {
    const Image image = noise(75, 53, {3, SampleType::u8});
    for (const int tile : {0, 7, 16, 50, 200}) {
        for (const Blend blend : {Blend::exact, Blend::feather}) {
            Bench bench(nearest_spec(3));
            expect_nearest(
                image, bench.upscale(image, {.tile_px = tile, .overlap_px = 4, .blend = blend}), 3);
        }
    }
}

TEST(Upscale, SixteenBitsDoNotPassThroughEight) {
    const Image image = noise(40, 30, {3, SampleType::u16});
    Bench bench(nearest_spec(2));
    expect_nearest(image, bench.upscale(image, {.tile_px = 16}), 2);
}

TEST(Upscale, GreyStaysGreyWithAColourNetwork) {
    const Image image = noise(20, 30, {1, SampleType::u8});
    Bench bench(nearest_spec(2));
    expect_nearest(image, bench.upscale(image, {.tile_px = 16}), 2);
}

TEST(Upscale, ColourGoesThroughAGreyNetworkChannelByChannel) {
    const Image image = noise(20, 30, {3, SampleType::u8});
    Bench bench(nearest_spec(2, 1));
    expect_nearest(image, bench.upscale(image, {.tile_px = 16}), 2);
    EXPECT_EQ(bench.engine().shapes().front().n, 3);
}

TEST(Upscale, OpaquePicturesStayOpaque) {
    Image image = noise(33, 21, {4, SampleType::u8});
    for (std::size_t i = 3; i < image.pixels().size(); i += 4) {
        image.pixels()[i] = std::byte{255};
    }
    Bench bench(nearest_spec(2));
    expect_nearest(image, bench.upscale(image, {.tile_px = 16}), 2);
}

TEST(Upscale, AlphaIsResizedWholeNotInTiles) {
    // A ramp of alpha: tile by tile its edges would repeat at each border and break the ramp.
    Image image({64, 8, {2, SampleType::u8}, {}});
    for (std::uint32_t y = 0; y < 8; ++y) {
        for (std::uint32_t x = 0; x < 64; ++x) {
            image.row(y)[x * 2 + 1] = static_cast<std::byte>(x * 4);
        }
    }
    Bench bench(nearest_spec(2));
    const Image out = bench.upscale(image, {.tile_px = 8});
    for (std::uint32_t x = 6; x < 120; ++x) {
        const double expected = (x + 0.5) * 2 - 2;
        EXPECT_NEAR(std::to_integer<int>(out.row(4)[x * 2 + 1]), expected, 1.0) << "column " << x;
    }
}

TEST(Upscale, TtaOfASymmetricNetworkChangesNothing) {
    const Image image = noise(30, 44, {3, SampleType::u8});
    Bench bench(nearest_spec(2));
    expect_nearest(image, bench.upscale(image, {.tile_px = 16, .tta = true}), 2);
    EXPECT_EQ(bench.engine().calls() % 8, 0);
}

TEST(Upscale, RunsAgainAndThenShrinksToTheTarget) {
    Image image({10, 10, {3, SampleType::u8}, {}});
    std::fill(image.pixels().begin(), image.pixels().end(), std::byte{77});
    Bench bench(nearest_spec(2));
    const Image out = bench.upscale(image, {.scale = 3});
    EXPECT_EQ(out.width(), 30U);
    EXPECT_EQ(bench.engine().calls(), 2);
    for (const std::byte value : out.pixels()) {
        EXPECT_EQ(std::to_integer<int>(value), 77);
    }
}

TEST(Upscale, SmallerTilesAfterOutOfMemoryGiveTheSamePicture) {
    const Image image = noise(90, 70, {3, SampleType::u8});
    for (const Blend blend : {Blend::exact, Blend::feather}) {
        Bench bench(nearest_spec(2), {.max_tile_pixels = 1000});
        expect_nearest(image, bench.upscale(image, {.overlap_px = 8, .blend = blend}), 2);
        for (const Shape& shape : bench.engine().shapes()) {
            EXPECT_GE(shape.h * shape.w, 100) << "tiles fell apart needlessly";
        }
    }
}

TEST(Upscale, OutOfMemoryIsRememberedForTheNextPicture) {
    const Image image = noise(90, 70, {3, SampleType::u8});
    Bench bench(nearest_spec(2), {.max_tile_pixels = 1000});
    (void)bench.upscale(image);
    const int first = bench.engine().calls();
    (void)bench.upscale(image);
    EXPECT_LT(bench.engine().calls() - first, first) << "the second picture tried the large tiles again";
}

TEST(Upscale, GivesUpWhenNoTileIsSmallEnough) {
    Bench bench(nearest_spec(2), {.max_tile_pixels = 10});
    EXPECT_EQ(bench.error_of(noise(90, 70, {3, SampleType::u8})), ErrorCode::out_of_memory);
}

TEST(Upscale, AnEngineThatFailsIsAnError) {
    Bench bench(nearest_spec(2), {.fail_at_call = 3});
    EXPECT_EQ(bench.error_of(noise(90, 70, {3, SampleType::u8}), {.tile_px = 32}), ErrorCode::engine_failed);
}

TEST(Upscale, ValuesThatAreNotNumbersAreNeverWritten) {
    Bench bench(nearest_spec(2), {.nan_at_call = 2});
    EXPECT_EQ(bench.error_of(noise(90, 70, {3, SampleType::u8}), {.tile_px = 32}), ErrorCode::bad_network);
}

TEST(Upscale, AResultOfAnotherShapeIsRefused) {
    Bench bench(nearest_spec(2), {.wrong_shape_at_call = 1});
    EXPECT_EQ(bench.error_of(noise(90, 70, {3, SampleType::u8})), ErrorCode::bad_network);
}

TEST(Upscale, CancellingEndsACallThatStalls) {
    Bench bench(nearest_spec(2), {.stall_at_call = 2});
    CancelSource source;
    std::thread canceller([&] {
        bench.engine().wait_for_calls(2);
        source.request_stop();
    });
    try {
        (void)bench.upscale(noise(90, 70, {3, SampleType::u8}), {.tile_px = 32}, {}, source.get_token());
        ADD_FAILURE() << "a cancelled picture came out";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    canceller.join();
}

TEST(Upscale, ProgressCountsUpToTheAnnouncedTotal) {
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    Bench bench(nearest_spec(2));
    (void)bench.upscale(
        noise(90, 70, {3, SampleType::u8}), {.scale = 4, .tile_px = 32, .tta = true},
        [&](const Progress& progress) {
            EXPECT_EQ(progress.tiles_done, last + 1);
            EXPECT_TRUE(total == 0 || total == progress.tiles_total);
            last = progress.tiles_done;
            total = progress.tiles_total;
        });
    EXPECT_EQ(last, total);
    EXPECT_EQ(total, static_cast<std::uint64_t>(bench.engine().calls()));
}

TEST(Upscale, EightThreadsGetWhatOneGets) {
    const Image image = noise(90, 70, {3, SampleType::u8});
    Bench bench(nearest_spec(2), {.max_tile_pixels = 3000});
    std::vector<Image> results(8);
    std::vector<std::thread> threads;
    for (Image& result : results) {
        threads.emplace_back([&] { result = bench.upscale(image, {.tile_px = 48}); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const Image& result : results) {
        expect_nearest(image, result, 2);
    }
}

TEST(Upscale, AlignedNetworksSeeOnlyMultiples) {
    ModelSpec spec = nearest_spec(2);
    spec.alignment_px = 4;
    const Image image = noise(33, 70, {3, SampleType::u8});
    Bench bench(spec, {.max_tile_pixels = 700});
    expect_nearest(image, bench.upscale(image, {.tile_px = 30}), 2);
    for (const Shape& shape : bench.engine().shapes()) {
        EXPECT_EQ(shape.h % 4, 0);
        EXPECT_EQ(shape.w % 4, 0);
    }
}

TEST(Upscale, FixedSizeNetworksSeeOnlyThatSize) {
    ModelSpec spec = nearest_spec(2);
    spec.fixed_input = {32, 24};
    Bench bench(spec);
    for (const auto& [width, height] : {std::pair{5U, 5U}, {100U, 10U}, {64U, 48U}}) {
        const Image image = noise(width, height, {3, SampleType::u8});
        expect_nearest(image, bench.upscale(image), 2);
    }
    for (const Shape& shape : bench.engine().shapes()) {
        EXPECT_EQ(shape, (Shape{1, 3, 24, 32}));
    }
}

TEST(Upscale, APictureOfOnePixelIsAPicture) {
    const Image image = noise(1, 1, {4, SampleType::u16});
    Bench bench(nearest_spec(4));
    EXPECT_EQ(bench.upscale(image).width(), 4U);
}

// Enlarges by repetition, and makes brighter.
Graph enlarging(float brighter) {
    Graph graph;
    graph.nodes.push_back({"in", Input{3}, {}});
    graph.nodes.push_back({"brighter", Affine{{1.0F}, {brighter}}, {0}});
    Resize resize;
    resize.scale_h = resize.scale_w = 2;
    graph.nodes.push_back({"out", resize, {1}});
    graph.output = 2;
    return graph;
}

TEST(Upscale, PicturesWithValuesThatAreNoNumbersAreRefusedNotTheNetwork) {
    const ModelSpec spec = nearest_spec(2);
    ReferenceSession session(enlarging(0));
    std::atomic<std::int64_t> limit{std::numeric_limits<std::int64_t>::max()};
    for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        Image image({3, 2, {4, SampleType::f32}, {}});
        as_floats(image.row(1))[7] = value;
        const UpscalePlan plan = plan_upscale(spec, nullptr, {0, 384}, 3, 2, {});
        const ProgressCallback nobody;
        ProgressCounter counter(tile_count(plan, false), nobody);
        const auto rows =
            upscale_rows(rows_of_borrowed(image), {spec, session, limit}, plan, false, counter, {});
        const std::string said = test::refusal_of([&] { (void)read_image(*rows); }, ErrorCode::corrupt);
        EXPECT_NE(said.find("row 1 of the picture"), std::string::npos) << said;
    }
}

TEST(Upscale, AnotherNetworkMayTakeOverAfterTheFirstRun) {
    const ModelSpec spec = nearest_spec(2);
    ReferenceSession first(enlarging(0.125F));
    ReferenceSession after(enlarging(0));
    std::atomic<std::int64_t> limit{std::numeric_limits<std::int64_t>::max()};
    const OpenNetwork later{spec, after, limit};
    Image image({3, 2, {3, SampleType::f32}, {}});
    std::fill_n(reinterpret_cast<float*>(image.pixels().data()), 18, 0.25F);
    const UpscalePlan plan = plan_upscale(spec, nullptr, {0, 384}, 3, 2, {.scale = 8});
    ASSERT_EQ(plan.passes.size(), 3U);
    const ProgressCallback nobody;
    const auto brightness = [&](const OpenNetwork* network) {
        ProgressCounter counter(tile_count(plan, false), nobody);
        const auto rows =
            upscale_rows(rows_of_borrowed(image), {spec, first, limit}, plan, false, counter, {}, network);
        const Image result = read_image(*rows);
        return *reinterpret_cast<const float*>(result.pixels().data());
    };
    EXPECT_FLOAT_EQ(brightness(&later), 0.25F + 0.125F);
    EXPECT_FLOAT_EQ(brightness(nullptr), 0.25F + 3 * 0.125F);
}

// Without padding each layer consumes a pixel on each side.
Graph convolutions(int layers, int padding = 1) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(-0.12F, 0.18F);
    Graph graph;
    graph.nodes.push_back({"in", Input{3}, {}});
    for (int i = 0; i < layers; ++i) {
        Conv2d convolution;
        convolution.padding = {padding, padding, padding, padding};
        convolution.weight = {{3, 3, 3, 3}, std::vector<float>(81)};
        for (float& weight : convolution.weight.data) {
            weight = uniform(random);
        }
        graph.nodes.push_back({"conv", convolution, {i}});
    }
    graph.output = layers;
    return graph;
}

ModelSpec described(const Graph& graph) {
    ModelSpec spec;
    describe(graph, spec);
    return spec;
}

void expect_equal(const Image& a, const Image& b, const std::string& what) {
    ASSERT_EQ(a.pixels().size(), b.pixels().size()) << what;
    EXPECT_EQ(std::memcmp(a.pixels().data(), b.pixels().data(), a.pixels().size()), 0) << what;
}

// In tiles of these sizes, and cut to pieces for lack of memory.
void expect_tiles_equal_the_whole(const Graph& graph, const ModelSpec& spec) {
    const Image image = noise(61, 47, {3, SampleType::u16});
    Bench bench(spec, std::make_unique<ReferenceSession>(graph));
    const Image whole = bench.upscale(image, {.tile_px = 1000});
    for (const int tile : {9, 16, 30}) {
        expect_equal(whole, bench.upscale(image, {.tile_px = tile}), "tile " + std::to_string(tile));
    }
    Bench poor(spec, std::make_unique<ReferenceSession>(graph));
    const Shape enough{1, 1, 47 + 2 * *spec.receptive_field_px, 30 + 2 * *spec.receptive_field_px};
    poor.limit_tiles(enough.h * enough.w);
    expect_equal(whole, poor.upscale(image), "cut for memory");
}

TEST(Upscale, ExactTilesEqualTheWholePicture) {
    const Graph graph = convolutions(3);
    const ModelSpec spec = described(graph);
    ASSERT_EQ(spec.receptive_field_px, 3);
    expect_tiles_equal_the_whole(graph, spec);
}

TEST(Upscale, ExactTilesEqualTheWholePictureWhereLittleOfTheFieldIsContinued) {
    const Graph graph = convolutions(17);
    ModelSpec spec = described(graph);
    ASSERT_EQ(spec.receptive_field_px, 17);
    expect_tiles_equal_the_whole(graph, spec);
    spec.alignment_px = 4;
    expect_tiles_equal_the_whole(graph, spec);
}

TEST(Upscale, ExactTilesEqualTheWholePictureThroughANetworkThatConsumesItsBorder) {
    const Graph graph = convolutions(3, 0);
    ModelSpec spec = described(graph);
    ASSERT_EQ(spec.border_px, 3);
    ASSERT_FALSE(spec.zero_padding);
    expect_tiles_equal_the_whole(graph, spec);
    spec.border_fill = BorderFill::repeat;
    expect_tiles_equal_the_whole(graph, spec);
}

// What the network makes of the picture continued by `margin` pixels, computed here in one piece.
Image of_continued_picture(const Graph& graph, const Image& image, int margin, BorderFill fill) {
    const Image all = read_image(*continued(rows_of_borrowed(image), {margin, margin, margin, margin}, fill));
    Tensor in{{1, 3, all.height(), all.width()}, {}};
    for (std::uint32_t c = 0; c < 3; ++c) {
        for (std::uint32_t y = 0; y < all.height(); ++y) {
            for (std::uint32_t x = 0; x < all.width(); ++x) {
                in.data.push_back(static_cast<float>(all.row(y)[x * 3 + c]) / 255.0F);
            }
        }
    }
    const Tensor out = run_reference(graph, in);
    const std::int64_t skip = (out.shape.h - image.height()) / 2;
    Image result(image.info());
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        for (std::uint32_t x = 0; x < image.width(); ++x) {
            for (std::uint32_t c = 0; c < 3; ++c) {
                const float value = out.data[(c * out.shape.h + y + skip) * out.shape.w + x + skip];
                result.row(y)[x * 3 + c] =
                    static_cast<std::byte>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255.0F));
            }
        }
    }
    return result;
}

TEST(Upscale, TheNetworkSeesThePictureContinuedBeyondItsBorder) {
    const Image image = noise(23, 9, {3, SampleType::u8});
    for (const int padding : {1, 0}) {
        for (const BorderFill fill : {BorderFill::mirror, BorderFill::repeat}) {
            const Graph graph = convolutions(4, padding);
            ModelSpec spec = described(graph);
            spec.border_fill = fill;
            const Image wanted = of_continued_picture(graph, image, 4, fill);
            Bench bench(spec, std::make_unique<ReferenceSession>(graph));
            expect_equal(bench.upscale(image, {.tile_px = 100}), wanted, "in one piece");
            expect_equal(bench.upscale(image, {.tile_px = 10}), wanted, "in tiles");
        }
    }
}

void expect_one_colour(const ModelSpec& spec, const Graph& graph, const UpscaleOptions& options) {
    Image image({60, 50, {3, SampleType::u8}, {}});
    std::fill(image.pixels().begin(), image.pixels().end(), std::byte{90});
    Bench bench(spec, std::make_unique<ReferenceSession>(graph));
    const Image out = bench.upscale(image, options);
    const auto interior = out.row(25).subspan(std::size_t{30} * 3, 3);
    for (std::size_t i = 0; i < out.pixels().size(); ++i) {
        ASSERT_EQ(out.pixels()[i], interior[i % 3]) << "pixel " << i / 3;
    }
}

TEST(Upscale, APlainColourStaysOneColourToTheVeryBorder) {
    const Graph graph = convolutions(5);
    ModelSpec spec = described(graph);
    expect_one_colour(spec, graph, {.tile_px = 20});
    expect_one_colour(spec, graph, {.tile_px = 20, .tta = true});
    expect_one_colour(spec, graph, {.tile_px = 60, .overlap_px = 20, .blend = Blend::feather});
    spec.fixed_input = {40, 40};
    expect_one_colour(spec, graph, {});
}

/// Gives what it is given, after a look at all pixels that are no further away than this.
Graph identity(int radius) {
    const int side = 2 * radius + 1;
    Conv2d convolution;
    convolution.padding = {radius, radius, radius, radius};
    convolution.weight = {{3, 3, side, side}, std::vector<float>(std::size_t{9} * side * side)};
    for (int c = 0; c < 3; ++c) {
        convolution.weight.data[static_cast<std::size_t>((4 * c * side + radius) * side + radius)] = 1;
    }
    Graph graph;
    graph.nodes = {{"in", Input{3}, {}}, {"conv", convolution, {0}}};
    graph.output = 1;
    return graph;
}

// The second row of tiles reads so much of what is beyond the picture that it, too, begins with its first
// row.
TEST(Upscale, RowsAreNotGivenOutBeforeAllTilesThatReachThemAreDone) {
    const Graph graph = identity(14);
    const Image image = noise(30, 40);
    for (const int side : {22, 24, 28}) {
        ModelSpec spec = described(graph);
        spec.fixed_input = {side, side};
        Bench bench(spec, std::make_unique<ReferenceSession>(graph));
        expect_equal(bench.upscale(image, {}), image, "tiles of " + std::to_string(side));
    }
}

TEST(Upscale, AlphaStaysBetweenZeroAndOneInFloats) {
    Image image({8, 1, {4, SampleType::f32}, {}});
    for (std::size_t x = 0; x < 8; ++x) {
        as_floats(image.row(0))[4 * x + 3] = x % 4 < 2 ? 1.0F : 0.0F;
    }
    Bench bench(nearest_spec(2), std::make_unique<ReferenceSession>(enlarging(0)));
    const Image out = bench.upscale(image, {});
    for (std::size_t x = 0; x < 16; ++x) {
        const float alpha = as_floats(out.row(0))[4 * x + 3];
        EXPECT_GE(alpha, 0.0F);
        EXPECT_LE(alpha, 1.0F);
    }
}

TEST(Upscale, GreyGoesThroughANetworkThatConsumesItsBorder) {
    const Graph graph = convolutions(3, 0);
    Bench bench(described(graph), std::make_unique<ReferenceSession>(graph));
    const Image out = bench.upscale(noise(20, 11, {2, SampleType::u8}), {.tile_px = 8, .tta = true});
    EXPECT_EQ(out.width(), 20U);
    EXPECT_EQ(out.height(), 11U);
}

} // namespace
} // namespace kizuna
