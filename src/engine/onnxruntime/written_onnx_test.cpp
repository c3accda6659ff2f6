#include "base/half.hpp"
#include "engine/onnxruntime/engine.hpp"
#include "formats/formats.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/half_precision.hpp"
#include "graph/reference.hpp"
#include "graph/test_distance.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

// Networks of every family, written in float16 and run by ONNX Runtime beside the same in float32.
namespace kizuna {

namespace {

Tensor run(const std::vector<std::byte>& onnx, const Tensor& in) {
    static const std::unique_ptr<Engine> engine = make_onnxruntime_engine();
    Network network;
    network.onnx = onnx;
    Tensor out;
    engine->open(network, "ort-cpu", {})->run(in, out, {});
    return out;
}

/// The largest difference, as a part of the largest value.
double difference(const Tensor& a, const Tensor& b) {
    double most = 0;
    double largest = 0;
    for (std::size_t i = 0; i < a.data.size(); ++i) {
        most = std::max(most, test::distance(double{a.data[i]}, double{b.data[i]}));
        largest = std::max(largest, std::abs(double{a.data[i]}));
    }
    return most / largest;
}

class WrittenOnnx : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        if (const auto problem = make_onnxruntime_engine()->problem_of("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }
};

TEST_P(WrittenOnnx, InFloat16ComputesTheSameToThreeDigits) {
    const std::filesystem::path file = GetParam();
    if (file.parent_path() == KIZUNA_TEST_MODELS &&
        !std::filesystem::exists(file)) { // the others are sources
        GTEST_SKIP() << file << " is not there";
    }
    const Network network = load_network(file);
    const Tensor in =
        test::Random(1).tensor({1, network.spec.channels, 48, 64}, 0, 1); // no family consumes as much
    const Tensor single = run(write_onnx(*network.graph), in);
    const Tensor half = run(write_onnx(*network.graph, {OnnxPrecision::float16}), in);
    ASSERT_EQ(half.shape, single.shape);
    const double found = difference(single, half);
    EXPECT_LT(found, 0.004) << "a half has 11 bits, and rounds after each of a network's layers";
    EXPECT_GT(found, 0) << "nothing was rounded";
}

/// What drawings have: flat parts, lines, slopes.
Tensor drawing(std::int64_t side) {
    Tensor picture{{1, 3, side, side}, {}};
    for (std::int64_t i = 0; i < 3 * side * side; ++i) {
        const std::int64_t x = i % side;
        const std::int64_t y = i / side % side;
        const bool is_line = std::abs(x - y) < 2 || (x - 30) * (x - 30) + (y - 16) * (y - 16) < 40;
        const float slope = static_cast<float>(x + y) / static_cast<float>(2 * side);
        picture.data.push_back(is_line ? 0.05F : i < side * side ? slope : x < side / 2 ? 0.8F : 1.0F);
    }
    return picture;
}

void round_all(std::vector<float>& values) {
    for (float& value : values) {
        value = from_half(to_half(value));
    }
}

/// Of the nodes that compute in float16.
Graph rounded_weights(Graph graph) {
    const std::vector<bool> is_single = stays_float32(graph);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (auto* convolution = std::get_if<Conv2d>(&graph.nodes[i].op);
            convolution != nullptr && !is_single[i]) {
            round_all(convolution->weight.data);
            round_all(convolution->bias);
        }
    }
    return graph;
}

ChangeValue round_values_of(const Graph& graph) {
    return [is_single = stays_float32(graph)](std::size_t node, Tensor& value) {
        if (!is_single[node] || node == 0) { // the picture, too, before its first convolution
            round_all(value.data);
        }
    };
}

double psnr(const Tensor& a, const Tensor& b) {
    double squares = 0;
    for (std::size_t i = 0; i < a.data.size(); ++i) {
        const double difference =
            std::clamp(double{a.data[i]}, 0.0, 1.0) - std::clamp(double{b.data[i]}, 0.0, 1.0);
        squares += difference * difference;
    }
    return -10 * std::log10(squares / static_cast<double>(a.data.size()));
}

// On the processor ONNX Runtime computes float16 networks in float32, but for their weights: the rounding of
// a card is tried out on the reference.
TEST(WrittenOnnxInFloat16, RoundedAsOnACardGivesDrawingsToFortyEightDecibels) {
    const std::filesystem::path file = KIZUNA_TEST_MODELS "/realesr-animevideov3-x2.param";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << file << " is not there";
    }
    const Graph graph = *load_network(file).graph;
    const Tensor in = drawing(32);
    const Tensor half = run_reference(rounded_weights(graph), in, {}, round_values_of(graph));
    EXPECT_GT(psnr(run_reference(graph, in), half), 48);
}

#define CORPUS KIZUNA_SOURCE_DIR "/tests/fuzz/corpus/"

INSTANTIATE_TEST_SUITE_P(
    Families, WrittenOnnx,
    testing::Values(
        CORPUS "torch/esrgan.pth", CORPUS "torch/upconv7.pth", CORPUS "torch/upcunet.pth",
        CORPUS "torch/compact.pth", CORPUS "safetensors/span.safetensors",
        CORPUS "safetensors/real_plksr.safetensors", CORPUS "anime4k/brightness", CORPUS "anime4k/colours",
        KIZUNA_TEST_MODELS "/realesr-animevideov3-x2.param",
        KIZUNA_TEST_MODELS "/realesrgan-x4plus-anime.param"),
    [](const auto& family) {
        std::string name = std::filesystem::path(family.param).stem().string();
        std::replace_if(
            name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
            '_');
        return name;
    });

} // namespace

} // namespace kizuna
