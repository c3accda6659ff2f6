#include "base/byte_stream.hpp"
#include "engine/cpu/engine.hpp"
#include "engine/registry.hpp"
#include "engine/test_networks.hpp"
#include "formats/ncnn/ncnn.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/reference.hpp"
#include "graph/test_distance.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What this engine does beyond the operators, which engine_conformance_test.cpp holds against the reference:
// fusion, shared memory, threads, types.
namespace kizuna {

namespace {

using test::GraphBuilder;
using test::Random;

std::unique_ptr<Session> open(const Graph& graph, const SessionOptions& options = {}) {
    static const auto engine = make_cpu_engine();
    Network network;
    network.graph = graph;
    return engine->open(network, "cpu", options);
}

Tensor run(const Graph& graph, const Tensor& in, const SessionOptions& options = {}) {
    Tensor out;
    open(graph, options)->run(in, out, {});
    return out;
}

SessionOptions with_threads(int threads) {
    return {.threads = threads};
}

const SessionOptions bf16{.precision = Precision::bf16};

float greatest_difference(const Tensor& a, const Tensor& b) {
    EXPECT_EQ(to_string(a.shape), to_string(b.shape));
    float greatest = 0;
    for (std::size_t i = 0; i < std::min(a.data.size(), b.data.size()); ++i) {
        greatest = std::max(greatest, test::distance(a.data[i], b.data[i]));
    }
    return greatest;
}

/// A convolution whose results are about as large as its inputs.
Conv2d convolution(Random& random, int in, int out, int kernel = 3) {
    Conv2d op = test::conv(in, out, kernel, kernel / 2);
    const float range = std::sqrt(3.0F / static_cast<float>(in * kernel * kernel));
    op.weight = random.tensor(op.weight.shape, -range, range);
    op.bias = random.tensor({1, out, 1, 1}, -0.1F, 0.1F).data;
    return op;
}

PRelu prelu(Random& random, int channels) {
    return {random.tensor({1, channels, 1, 1}, 0.05F, 0.4F).data};
}

/// As realesr-animevideov3-x2, but small: convolutions with PReLU, a PixelShuffle, the input added, and a
/// bicubic shrink.
Graph compact(Random& random) {
    GraphBuilder builder(3);
    builder.then(convolution(random, 3, 32));
    builder.then(prelu(random, 32));
    for (int i = 0; i < 3; ++i) {
        builder.then(convolution(random, 32, 32));
        builder.then(prelu(random, 32));
    }
    builder.then(convolution(random, 32, 48));
    const int shuffled = builder.then(PixelShuffle{PixelShuffle::Order::crd, 4});
    Resize grow;
    grow.scale_h = grow.scale_w = 4;
    grow.coordinates = Resize::Coordinates::asymmetric;
    const int nearest = builder.add(grow, {0});
    builder.add(Binary{}, {shuffled, nearest});
    Resize shrink;
    shrink.mode = Resize::Mode::bicubic;
    shrink.scale_h = shrink.scale_w = 0.5;
    builder.then(shrink);
    return builder.graph();
}

/// As realesrgan-x4plus, but small: dense blocks whose values are joined again and again, residuals of them,
/// and convolutions on a picture enlarged by repeating pixels.
Graph dense(Random& random) {
    GraphBuilder builder(3);
    const int first = builder.add(convolution(random, 3, 32), {0});
    int block_in = first;
    for (int block = 0; block < 2; ++block) {
        std::vector<int> parts{block_in};
        for (int i = 0; i < 3; ++i) {
            const int joined = parts.size() == 1 ? parts[0] : builder.add(Concat{}, parts);
            builder.add(convolution(random, 32 + (16 * i), 16), {joined});
            parts.push_back(builder.then(PRelu{{0.2F}}));
        }
        const int all = builder.add(Concat{}, parts);
        builder.add(convolution(random, 80, 32), {all});
        const int scaled = builder.then(Affine{{0.2F}, {0}});
        block_in = builder.add(Binary{}, {scaled, block_in});
    }
    builder.add(Binary{}, {block_in, first});
    Resize grow;
    grow.scale_h = grow.scale_w = 2;
    grow.coordinates = Resize::Coordinates::asymmetric;
    builder.then(grow);
    builder.then(convolution(random, 32, 16));
    builder.then(PRelu{{0.2F}});
    builder.then(convolution(random, 16, 3));
    return builder.graph();
}

/// As Real-CUGAN, but small: convolutions without padding, strides down, transposed ones up, crops of what
/// was before, and channels weighed by what their means say.
Graph hourglass(Random& random) {
    GraphBuilder builder(3);
    builder.then(Pad{Pad::Mode::reflect, {8, 8, 8, 8}, 0});
    Conv2d valid = convolution(random, 3, 16);
    valid.padding = {};
    builder.then(valid);
    const int top = builder.then(PRelu{{0.1F}});
    Conv2d down = convolution(random, 16, 32, 2);
    down.padding = {};
    down.stride = {2, 2};
    builder.then(down);
    const int low = builder.then(PRelu{{0.1F}});
    builder.then(GlobalAveragePool{});
    builder.then(convolution(random, 32, 8, 1));
    builder.then(PRelu{{0}});
    builder.then(convolution(random, 8, 32, 1));
    const int weights = builder.then(Sigmoid{});
    builder.add(Binary{Binary::Kind::mul}, {low, weights});
    ConvTranspose2d up;
    up.weight = random.tensor({32, 16, 2, 2}, -0.2F, 0.2F);
    up.stride = {2, 2};
    builder.then(up);
    const int raised = builder.then(PRelu{{0.1F}});
    const int cut = builder.add(Crop{{4, 4, 4, 4}}, {top});
    const int cut_too = builder.add(Crop{{4, 4, 4, 4}}, {raised});
    builder.add(Binary{}, {cut_too, cut});
    ConvTranspose2d last;
    last.weight = random.tensor({16, 3, 4, 4}, -0.2F, 0.2F);
    last.stride = {2, 2};
    last.padding = {3, 3, 3, 3};
    builder.then(last);
    return builder.graph();
}

struct Family {
    std::string name;
    Graph (*make)(Random&);
};

class CpuEngine : public testing::TestWithParam<Family> {};

TEST_P(CpuEngine, RunsSmallNetworksAsTheReferenceDoes) {
    constexpr float tolerance = 1e-4F; // some layers of what engine_conformance_test.cpp allows for one
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        Random random(seed);
        const Graph graph = GetParam().make(random);
        const std::int64_t height = 2 * random.between(5, 40);
        const Tensor in = random.tensor({1, 3, height, 2 * random.between(5, 30)}, 0, 1);
        EXPECT_LT(greatest_difference(run(graph, in), run_reference(graph, in)), tolerance)
            << "seed " << seed << ", " << to_string(in.shape);
    }
}

TEST_P(CpuEngine, GivesTheSameBytesWithAnyNumberOfThreads) {
    Random random(5);
    const Graph graph = GetParam().make(random);
    const Tensor in = random.tensor({1, 3, 90, 54}, 0, 1);
    const Tensor expected = run(graph, in, with_threads(1));
    for (const int threads : {2, 3, 5}) {
        EXPECT_EQ(run(graph, in, with_threads(threads)).data, expected.data) << threads << " threads";
    }
}

// Every product's factors are rounded to 8 bits: an error of up to 2^-8 of a product, at random; what is
// summed and added stays float32.
TEST_P(CpuEngine, ComputesInBf16AboutAsWell) {
    if (const std::string problem = test::problem_with_bf16(*make_cpu_engine()); !problem.empty()) {
        GTEST_SKIP() << problem;
    }
    constexpr float tolerance = 0.02F;
    Random random(6);
    const Graph graph = GetParam().make(random);
    const Tensor in = random.tensor({1, 3, 70, 62}, 0, 1);
    const float difference = greatest_difference(run(graph, in, bf16), run_reference(graph, in));
    EXPECT_LT(difference, tolerance);
    EXPECT_GT(difference, 1e-5F) << "that was float32";
}

INSTANTIATE_TEST_SUITE_P(
    Families, CpuEngine,
    testing::Values(Family{"Compact", compact}, Family{"Dense", dense}, Family{"Hourglass", hourglass}),
    [](const testing::TestParamInfo<Family>& test) { return test.param.name; });

TEST(CpuEngineGraphs, RunsRandomGraphsAsTheReferenceDoes) {
    constexpr float tolerance = 5e-5F;
    for (std::uint32_t seed = 0; seed < 250; ++seed) {
        Random random(seed);
        const Graph graph = test::random_graph(seed, test::WeightKind::any);
        const int channels = std::get<Input>(graph.nodes[0].op).channels;
        const Tensor in =
            random.tensor({1, channels, 8 * random.between(1, 4), 8 * random.between(1, 4)}, -1, 1);
        const Tensor expected = run_reference(graph, in);
        const float scale =
            std::abs(*std::max_element(expected.data.begin(), expected.data.end(), [](float a, float b) {
                return std::abs(a) < std::abs(b);
            }));
        EXPECT_LT(greatest_difference(run(graph, in), expected), tolerance * std::max(1.0F, scale))
            << "seed " << seed;
    }
}

TEST(CpuEngineGraphs, RunsPicturesOfOnePixel) {
    Random random(8);
    for (const int channels : {1, 3, 4}) {
        GraphBuilder builder(channels);
        builder.then(convolution(random, channels, 20, 5));
        builder.then(prelu(random, 20));
        builder.then(convolution(random, 20, channels));
        for (const Shape& shape :
             {Shape{1, channels, 1, 1}, Shape{1, channels, 1, 37}, Shape{1, channels, 41, 1}}) {
            const Tensor in = random.tensor(shape, 0, 1);
            EXPECT_LT(
                greatest_difference(run(builder.graph(), in), run_reference(builder.graph(), in)), 2e-5F)
                << to_string(shape);
        }
    }
}

// Sums whose operands are alike for nearly every picture, but not for the smallest.
TEST(CpuEngineGraphs, AddsWhatBroadcastsForSmallPicturesOnly) {
    Random random(17);
    Conv2d halving = convolution(random, 16, 16);
    halving.stride = {2, 2};
    Resize twice;
    twice.scale_h = twice.scale_w = 2;
    for (const int cut : {0, 64}) {
        GraphBuilder builder(16);
        const int whole = builder.then(Crop{{cut, cut, 0, 0}});
        builder.then(halving);
        const int up = builder.then(twice);
        const int of_whole = builder.add(convolution(random, 16, 16), {whole});
        builder.add(Binary{}, {of_whole, up});
        const Graph small_convolution = builder.graph();
        const int of_up = builder.add(convolution(random, 16, 16), {up});
        builder.add(Binary{}, {of_up, whole});
        for (const Graph& graph : {small_convolution, builder.graph()}) {
            for (const Shape& size : {Shape{1, 16, 1, 1}, Shape{1, 16, 1, 64}, Shape{1, 16, 64, 1}}) {
                const Tensor in = random.tensor({1, 16, size.h + cut, size.w + cut}, 0, 1);
                EXPECT_LT(greatest_difference(run(graph, in), run_reference(graph, in)), 2e-5F)
                    << to_string(in.shape);
            }
        }
    }
}

// At the coefficient 4, the two taps in the middle of a halving weigh nothing, and those beside them do.
TEST(CpuEngineGraphs, ResamplesBySteepCubics) {
    Random random(15);
    Resize half;
    half.mode = Resize::Mode::bicubic;
    half.scale_h = half.scale_w = 0.5;
    half.cubic_a = 4;
    const Graph graph = test::chain(2, {half});
    const Tensor in = random.tensor({1, 2, 8, 12}, 0, 1);
    EXPECT_LT(greatest_difference(run(graph, in), run_reference(graph, in)), 2e-5F);
}

TEST(CpuEngineGraphs, GivesItsInputOrAConstant) {
    Random random(9);
    const Tensor in = random.tensor({1, 3, 20, 5}, 0, 1);
    EXPECT_EQ(run(test::chain(3, {}), in).data, in.data);
    GraphBuilder builder(3);
    const Tensor constant = random.tensor({1, 2, 3, 4}, 0, 1);
    builder.add(Constant{constant}, {});
    EXPECT_EQ(run(builder.graph(), in).data, constant.data);
}

TEST(CpuEngineGraphs, JoinsTheSameValueTwiceAndValuesOfOtherJoins) {
    Random random(10);
    GraphBuilder builder(3);
    const int a = builder.add(convolution(random, 3, 5), {0});
    const int b = builder.add(convolution(random, 3, 4), {0});
    const int slice = builder.add(SliceChannels{1, 3}, {a});
    const int twice = builder.add(Concat{}, {a, a});
    const int other = builder.add(Concat{}, {b, a, 0});
    const int first = builder.add(Concat{}, {b, a});
    const int constant = builder.add(Constant{random.tensor({1, 2, 18, 26}, 0, 1)}, {});
    builder.add(Concat{}, {slice, twice, other, first, constant, b});
    builder.then(convolution(random, 2 + 10 + 12 + 9 + 2 + 4, 3));
    const Tensor in = random.tensor({1, 3, 18, 26}, 0, 1);
    EXPECT_LT(greatest_difference(run(builder.graph(), in), run_reference(builder.graph(), in)), 2e-5F);
}

// Looking for each of them in each place of the others would take longer than any test may.
TEST(CpuEngineGraphs, JoinsOneValueThousandsOfTimes) {
    constexpr int parts = 1000;
    Random random(16);
    GraphBuilder builder(1);
    const int again = builder.add(convolution(random, 1, 1, 1), {0});
    int sum = 0;
    for (int i = 0; i < 32; ++i) {
        std::vector<int> joined(parts - 1, again);
        joined.push_back(builder.add(convolution(random, 1, 1, 1), {0}));
        builder.add(Concat{}, joined);
        const int one = builder.then(convolution(random, parts, 1, 1));
        sum = builder.add(Binary{}, {sum, one});
    }
    const Tensor in = random.tensor({1, 1, 2, 3}, 0, 1);
    EXPECT_LT(greatest_difference(run(builder.graph(), in), run_reference(builder.graph(), in)), 1e-4F);
}

// Such convolutions may be computed with more channels than they have.
TEST(CpuEngineGraphs, JoinsWhatConvolutionsToFewChannelsGive) {
    Random random(14);
    GraphBuilder builder(16);
    builder.add(convolution(random, 16, 3), {0});
    const int active = builder.then(prelu(random, 3));
    const int other = builder.add(convolution(random, 16, 5), {0});
    builder.add(Concat{}, {active, other, active});
    builder.then(convolution(random, 11, 4));
    const Tensor in = random.tensor({1, 16, 21, 30}, 0, 1);
    EXPECT_LT(greatest_difference(run(builder.graph(), in), run_reference(builder.graph(), in)), 2e-5F);
}

TEST(CpuEngineOptions, RefusesADeviceThatIsNotThere) {
    try {
        (void)open(test::chain(1, {}), {.device = 1});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::device_unavailable);
    }
}

TEST(CpuEngineOptions, RefusesANetworkWithoutAGraphAndSaysWhatIsLacking) {
    Network network;
    network.graph_problem = "it has the operator Frobnicate";
    try {
        (void)make_cpu_engine()->open(network, "cpu", {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_THAT(error.what(), testing::HasSubstr("Frobnicate"));
    }
}

TEST(CpuEngineMemory, SaysThatATileDoesNotFitBeforeItIsAllocated) {
    Resize grow;
    grow.scale_h = 64;
    const Graph graph =
        test::chain(1, {grow, test::conv(1, 4096, 1, 0), Sigmoid{}, test::conv(4096, 1, 1, 0)});
    const Tensor in = test::filled({1, 1, 1, 1'000'000}, 0.5F); // becomes a terabyte
    Tensor out;
    try {
        open(graph)->run(in, out, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::out_of_memory) << error.what();
    }
}

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    file >> size >> resident;
    return resident * 4096;
}

// oneDNN and plans keep something for each size of picture: that must have an end.
TEST(CpuEngineMemory, DoesNotGrowWithTheNumberOfSizes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers keep memory that was given back";
#endif
    Random random(12);
    const auto session = open(compact(random));
    const auto run_sizes = [&](int count) {
        Tensor out;
        for (int i = 0; i < count; ++i) {
            session->run(random.tensor({1, 3, random.between(1, 60), random.between(1, 60)}, 0, 1), out, {});
        }
    };
    run_sizes(120);
    const std::uint64_t before = resident_bytes();
    run_sizes(240);
    constexpr std::uint64_t most = 12U << 20U;
    EXPECT_LT(resident_bytes(), before + most);
}

std::optional<Graph> downloaded(const std::string& name) {
    const std::filesystem::path base = std::filesystem::path(KIZUNA_TEST_MODELS) / name;
    if (!std::filesystem::exists(base.string() + ".param")) {
        return std::nullopt;
    }
    constexpr std::uint64_t most = std::uint64_t{1} << 26U;
    const auto param = read_file(base.string() + ".param", most);
    const auto bin = read_file(base.string() + ".bin", most);
    return read_ncnn({reinterpret_cast<const char*>(param.data()), param.size()}, bin);
}

class CpuEngineNetworks : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        graph_ = downloaded(GetParam());
        if (!graph_) {
            GTEST_SKIP() << "there is no " << GetParam();
        }
    }

    [[nodiscard]] Tensor by_onnxruntime(const Tensor& in) const {
        const Network network = test::network_of(*graph_);
        Tensor out;
        for (const auto& engine : engines()) {
            for (const Provider& provider : engine->providers()) {
                if (provider.name == "ort-cpu" && engine->problem_of("ort-cpu").empty()) {
                    engine->open(network, "ort-cpu", {})->run(in, out, {});
                }
            }
        }
        return out;
    }

    std::optional<Graph> graph_;
};

TEST_P(CpuEngineNetworks, GivesWhatOnnxRuntimeGives) {
    Random random(13);
    const Tensor in = random.tensor({1, 3, 50, 39}, 0, 1);
    const Tensor expected = by_onnxruntime(in);
    if (expected.data.empty()) {
        GTEST_SKIP() << "no ONNX Runtime";
    }
    constexpr float tolerance = 2e-4F; // of full scale: the sums of a hundred layers in another order
    EXPECT_LT(greatest_difference(run(*graph_, in), expected), tolerance);
}

TEST_P(CpuEngineNetworks, TakesNoSlowReferenceOfOneDnn) {
    std::vector<std::string> lines;
    set_log_callback([&lines](LogLevel, std::string_view message) { lines.emplace_back(message); });
    (void)open(*graph_);
    set_log_callback(nullptr);
    EXPECT_THAT(lines, testing::Not(testing::Contains(testing::HasSubstr("oneDNN ref"))));
}

INSTANTIATE_TEST_SUITE_P(
    Networks, CpuEngineNetworks,
    testing::Values(
        "realesr-animevideov3-x2", "realesr-animevideov3-x3", "realesr-animevideov3-x4",
        "realesrgan-x4plus-anime"),
    [](const testing::TestParamInfo<std::string>& test) {
        std::string name = test.param;
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

} // namespace

} // namespace kizuna
