#include "engine/onnxruntime/engine.hpp"
#include "formats/formats.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
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
        most = std::max(most, std::abs(double{a.data[i]} - b.data[i]));
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
    if (!std::filesystem::exists(file)) {
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
