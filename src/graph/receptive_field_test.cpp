#include "graph/network.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::chain;
using test::conv;

Resize resize(Resize::Mode mode, double scale) {
    Resize op;
    op.mode = mode;
    op.coordinates =
        mode == Resize::Mode::nearest ? Resize::Coordinates::asymmetric : Resize::Coordinates::half_pixel;
    op.scale_h = scale;
    op.scale_w = scale;
    return op;
}

TEST(ReceptiveField, OfPixelwiseOperatorsIsZero) {
    EXPECT_EQ(receptive_field(chain(3, {PRelu{{0.1F}}, Sigmoid{}, Affine{}, conv(3, 3, 1, 0)})), 0);
}

TEST(ReceptiveField, AddsUpOverConvolutions) {
    EXPECT_EQ(receptive_field(chain(1, {conv(1, 1, 3, 1), conv(1, 1, 5, 2), conv(1, 1, 3, 1)})), 4);
}

TEST(ReceptiveField, CountsDilation) {
    Conv2d wide = conv(1, 1, 3, 4);
    wide.dilation = {4, 4};
    EXPECT_EQ(receptive_field(chain(1, {wide})), 4);
}

TEST(ReceptiveField, IsTheLargerOfBothAxes) {
    Conv2d tall;
    tall.weight = test::filled({1, 1, 7, 1}, 1);
    tall.padding = {.top = 3, .left = 0, .bottom = 3, .right = 0};
    EXPECT_EQ(receptive_field(chain(1, {tall})), 3);
}

TEST(ReceptiveField, CountsTheLongerSideOfALopsidedKernel) {
    Conv2d lopsided = conv(1, 1, 4, 0);
    lopsided.padding = {.top = 0, .left = 0, .bottom = 3, .right = 3};
    EXPECT_EQ(receptive_field(chain(1, {lopsided})), 3);
}

TEST(ReceptiveField, IsInInputPixelsBehindAnUpscale) {
    // Three pixels to each side at four times the size reach one input pixel.
    EXPECT_EQ(receptive_field(chain(1, {resize(Resize::Mode::nearest, 4), conv(1, 1, 7, 3)})), 1);
    EXPECT_EQ(receptive_field(chain(1, {resize(Resize::Mode::nearest, 4), conv(1, 1, 11, 5)})), 2);
}

TEST(ReceptiveField, GrowsTwiceAsFastBehindAnUnshuffle) {
    const Graph graph =
        chain(1, {PixelUnshuffle{PixelShuffle::Order::crd, 2}, conv(4, 4, 3, 1), PixelShuffle{}});
    EXPECT_EQ(receptive_field(graph), 3); // an even pixel reads its own pair and the next one, up to 3 away
}

TEST(ReceptiveField, OfResizingIsItsTaps) {
    EXPECT_EQ(receptive_field(chain(1, {resize(Resize::Mode::nearest, 2)})), 0);
    EXPECT_EQ(receptive_field(chain(1, {resize(Resize::Mode::bilinear, 2)})), 1);
    EXPECT_EQ(receptive_field(chain(1, {resize(Resize::Mode::bicubic, 2)})), 2);
}

TEST(ReceptiveField, OfBranchesIsTheWidest) {
    test::GraphBuilder builder(1);
    const int wide = builder.add(conv(1, 1, 9, 4), {0});
    const int narrow = builder.add(conv(1, 1, 3, 1), {0});
    builder.add(Concat{}, {narrow, wide});
    EXPECT_EQ(receptive_field(builder.graph()), 4);
}

TEST(ReceptiveField, IgnoresConstantsEvenWhereTheyAreConvolved) {
    test::GraphBuilder builder(1);
    const int constant = builder.add(Constant{test::filled({1, 1, 1, 1}, 1)}, {});
    const int blurred = builder.add(conv(1, 1, 3, 1), {constant});
    builder.add(Binary{}, {0, blurred});
    EXPECT_EQ(receptive_field(builder.graph()), 0);
}

TEST(ReceptiveField, TakesTheMeansOfGlobalPoolsAsGiven) {
    test::GraphBuilder builder(1);
    const int mean = builder.add(GlobalAveragePool{}, {0});
    builder.add(Binary{Binary::Kind::mul}, {0, mean});
    EXPECT_EQ(receptive_field(builder.graph()), 0);
}

TEST(ReceptiveField, CoversWhatTilesGiveToTheMeans) {
    test::GraphBuilder builder(1);
    const int wide = builder.then(conv(1, 1, 9, 4));
    builder.add(Binary{Binary::Kind::mul}, {0, builder.add(GlobalAveragePool{}, {wide})});
    EXPECT_EQ(receptive_field(builder.graph()), 4);
}

TEST(ReceptiveField, IsUnknownWhereCornersAreAligned) {
    Resize aligned = resize(Resize::Mode::bilinear, 2);
    aligned.coordinates = Resize::Coordinates::align_corners;
    EXPECT_EQ(receptive_field(chain(1, {aligned})), std::nullopt);
}

TEST(ReceptiveField, IgnoresAGlobalOperatorThatTheOutputDoesNotUse) {
    test::GraphBuilder builder(1);
    builder.add(GlobalAveragePool{}, {0});
    builder.add(conv(1, 1, 3, 1), {0});
    EXPECT_EQ(receptive_field(builder.graph()), 1);
}

TEST(ReceptiveField, CoversWhatIsCutOffAndPaddedAgain) {
    // A tile's outer three pixels are not the picture's, though each kept pixel depends on itself only.
    const Sides three{3, 3, 3, 3};
    EXPECT_EQ(receptive_field(chain(1, {Crop{three}, Pad{.mode = Pad::Mode::edge, .sides = three}})), 3);
}

TEST(ReceptiveField, IsMeasuredFromThePixelThatAnOutputBelongsTo) {
    EXPECT_EQ(receptive_field(chain(1, {conv(1, 1, 7, 0)}), 3), 3);
    // Cut off without being read: the network must be given five, but only ever looks one far.
    EXPECT_EQ(receptive_field(chain(1, {conv(1, 1, 3, 0), Crop{{4, 4, 4, 4}}}), 5), 1);
    // Doubled after two convolutions of 3.
    EXPECT_EQ(
        receptive_field(chain(1, {conv(1, 1, 3, 0), conv(1, 1, 3, 0), resize(Resize::Mode::nearest, 2)}), 2),
        2);
}

TEST(ReceptiveField, IsFoundForNetworksAsDeepAsTheDeepestInUse) {
    test::GraphBuilder builder(1);
    for (int i = 0; i < 348; ++i) {
        builder.then(conv(1, 1, 3, 1));
    }
    EXPECT_EQ(receptive_field(builder.graph()), 348);
}

TEST(ReceptiveField, IsUnknownAboveAThousandPixels) {
    EXPECT_EQ(receptive_field(chain(1, {conv(1, 1, 511, 255), conv(1, 1, 511, 255)})), 510);
    test::GraphBuilder builder(1);
    for (int i = 0; i < 5; ++i) {
        builder.then(conv(1, 1, 511, 255));
    }
    EXPECT_EQ(receptive_field(builder.graph()), std::nullopt);
}

// How far the change of one input pixel is seen, measured by changing each in turn (a whole row or column of
// them, as the probe is long on one axis only).
int measured_radius(const Graph& graph, bool vertical, std::uint32_t seed) {
    constexpr std::int64_t length = 48;
    constexpr std::int64_t breadth = 16;
    const std::int64_t channels = std::get<Input>(graph.nodes[0].op).channels;
    const std::int64_t h = vertical ? length : breadth;
    const std::int64_t w = vertical ? breadth : length;
    const Tensor base = test::Random(seed).tensor({1, channels, h, w}, 0.25F, 0.75F);
    const Tensor plain = run_reference(graph, base);
    const std::int64_t scale = plain.shape.h / h;
    const auto along_axis = [&](std::size_t index, const Shape& shape) {
        const auto pixel = static_cast<std::int64_t>(index) % (shape.h * shape.w);
        return vertical ? pixel / shape.w : pixel % shape.w;
    };

    std::int64_t radius = 0;
    for (std::int64_t changed = 0; changed < length; ++changed) {
        Tensor in = base;
        for (std::size_t i = 0; i < in.data.size(); ++i) {
            in.data[i] += along_axis(i, in.shape) == changed ? 1.0F : 0.0F;
        }
        const Tensor out = run_reference(graph, in);
        for (std::size_t i = 0; i < out.data.size(); ++i) {
            if (out.data[i] != plain.data[i]) {
                radius = std::max(radius, std::abs((along_axis(i, out.shape) / scale) - changed));
            }
        }
    }
    return static_cast<int>(radius);
}

int measured_radius(const Graph& graph, std::uint32_t seed) {
    return std::max(measured_radius(graph, true, seed), measured_radius(graph, false, seed));
}

TEST(ReceptiveField, HoldsAllInfluenceInRandomNetworks) {
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Graph graph = test::random_graph(seed, test::WeightKind::any);
        validate(graph);
        const std::optional<int> radius = receptive_field(graph);
        ASSERT_TRUE(radius);
        EXPECT_LE(measured_radius(graph, seed), *radius);
    }
}

TEST(ReceptiveField, IsReachedExactlyInDenseRandomNetworks) {
    for (std::uint32_t seed = 0; seed < 5; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Graph graph = test::random_graph(seed, test::WeightKind::dense);
        validate(graph);
        EXPECT_EQ(receptive_field(graph), measured_radius(graph, seed));
    }
}

// Rows [begin, end) of every channel.
Tensor rows(const Tensor& in, std::int64_t begin, std::int64_t end) {
    Tensor out{{in.shape.n, in.shape.c, end - begin, in.shape.w}, {}};
    for (std::int64_t plane = 0; plane < in.shape.n * in.shape.c; ++plane) {
        const auto start = in.data.begin() + (plane * in.shape.h * in.shape.w);
        out.data.insert(out.data.end(), start + (begin * in.shape.w), start + (end * in.shape.w));
    }
    return out;
}

Tensor transposed(const Tensor& in) {
    Tensor out{{in.shape.n, in.shape.c, in.shape.w, in.shape.h}, {}};
    for (std::int64_t plane = 0; plane < in.shape.n * in.shape.c; ++plane) {
        for (std::int64_t x = 0; x < in.shape.w; ++x) {
            for (std::int64_t y = 0; y < in.shape.h; ++y) {
                out.data.push_back(
                    in.data[static_cast<std::size_t>((((plane * in.shape.h) + y) * in.shape.w) + x)]);
            }
        }
    }
    return out;
}

// Runs rows [begin, end) with a halo around them, and compares with the same rows of the whole picture's
// result.
void expect_tile_equals_whole(const Graph& graph, bool vertical, std::uint32_t seed) {
    constexpr std::int64_t length = 96;
    constexpr std::int64_t begin = 40;
    constexpr std::int64_t end = 56;
    ModelSpec spec;
    describe(graph, spec);
    const std::int64_t alignment = spec.alignment_px;
    const std::int64_t halo = (*spec.receptive_field_px + alignment - 1) / alignment * alignment;
    const std::int64_t tile_begin = std::max<std::int64_t>(0, begin - halo);
    const std::int64_t tile_end = std::min<std::int64_t>(length, end + halo);

    const auto oriented = [&](const Tensor& tensor) { return vertical ? tensor : transposed(tensor); };
    const Tensor picture = test::Random(seed).tensor({1, spec.channels, length, 16}, 0, 1);
    const Tensor whole = oriented(run_reference(graph, oriented(picture)));
    const Tensor tile = oriented(run_reference(graph, oriented(rows(picture, tile_begin, tile_end))));
    const Tensor want = rows(whole, begin * spec.scale, end * spec.scale);
    const Tensor have = rows(tile, (begin - tile_begin) * spec.scale, (end - tile_begin) * spec.scale);
    ASSERT_EQ(have.shape, want.shape);
    for (std::size_t i = 0; i < want.data.size(); ++i) {
        ASSERT_NEAR(have.data[i], want.data[i], 1e-5) << "radius " << *spec.receptive_field_px;
    }
}

TEST(ReceptiveField, AsHaloMakesTilesEqualToTheWholePicture) {
    for (std::uint32_t seed = 100; seed < 140; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Graph graph =
            test::random_graph(seed, seed % 2 == 0 ? test::WeightKind::any : test::WeightKind::dense);
        expect_tile_equals_whole(graph, true, seed);
        expect_tile_equals_whole(graph, false, seed);
    }
}

} // namespace
} // namespace kizuna
