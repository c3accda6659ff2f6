#include "engine/onnxruntime/engine.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

// A GPU's way through ONNX Runtime, on SwiftShader, a Vulkan device in software: KIZUNA_TEST_SWIFTSHADER_ICD
// names its vk_swiftshader_icd.json. A program of its own, because drivers are chosen once per process.
namespace kizuna {

namespace {

/// As small as a super-resolution network can be, with the operators that most of them have.
Network tiny_network() {
    test::Random random(1);
    Conv2d first = test::conv(3, 8, 3, 1);
    first.weight = random.tensor(first.weight.shape, -0.3F, 0.3F);
    first.bias = random.tensor({1, 8, 1, 1}, -0.1F, 0.1F).data;
    Conv2d second = test::conv(8, 12, 3, 1);
    second.weight = random.tensor(second.weight.shape, -0.3F, 0.3F);
    second.bias = random.tensor({1, 12, 1, 1}, -0.1F, 0.1F).data;
    Network network;
    network.graph =
        test::chain(3, {first, PRelu{random.tensor({1, 8, 1, 1}, -0.5F, 0.5F).data}, second, PixelShuffle{}});
    network.onnx = write_onnx(*network.graph);
    return network;
}

class WebGpu : public testing::Test {
  protected:
    void SetUp() override {
        const char* driver = std::getenv("KIZUNA_TEST_SWIFTSHADER_ICD");
        if (driver == nullptr || *driver == '\0') {
            GTEST_SKIP() << "KIZUNA_TEST_SWIFTSHADER_ICD is not set";
        }
        ::setenv("VK_ICD_FILENAMES", driver, 1);
        ::setenv("VK_DRIVER_FILES", driver, 1); // the loader's newer name for the same
    }

    std::unique_ptr<Engine> engine_ = make_onnxruntime_engine();
};

TEST_F(WebGpu, GivesWhatTheReferenceGives) {
    const Network network = tiny_network();
    const auto session = engine_->open(network, "webgpu", {});
    test::Random random(2);
    const Tensor in = random.tensor({1, 3, 16, 16}, 0, 1);
    Tensor out;
    session->run(in, out, {});
    const Tensor expected = run_reference(*network.graph, in);
    ASSERT_EQ(out.shape, expected.shape);
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
        // Shaders may contract, reorder and approximate: WGSL allows a few units in the last place for each
        // step.
        ASSERT_NEAR(out.data[i], expected.data[i], 1e-4F) << "at value " << i;
    }
}

TEST_F(WebGpu, HasNoSecondDevice) {
    try {
        (void)engine_->open(tiny_network(), "webgpu", {.device = 1});
        FAIL() << "it opened device 1";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::device_unavailable);
    }
}

} // namespace

} // namespace kizuna
