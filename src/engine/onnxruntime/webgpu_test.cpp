#include "engine/onnxruntime/engine.hpp"
#include "engine/onnxruntime/library.hpp"
#include "engine/onnxruntime/provider_settings.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

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

SessionOptions in_precision(Precision precision) {
    SessionOptions options;
    options.precision = precision;
    options.write_onnx = [](const Graph& graph, const OnnxForm& form) { return write_onnx(graph, form); };
    return options;
}

// Shaders may contract, reorder and approximate: WGSL allows a few units in the last place for each step.
constexpr float fp32_tolerance = 1e-4F;
constexpr float fp16_tolerance = 4e-3F;

class WebGpu : public testing::Test {
  protected:
    void SetUp() override {
        const char* driver = std::getenv("KIZUNA_TEST_SWIFTSHADER_ICD");
        if (driver == nullptr || *driver == '\0') {
            GTEST_SKIP() << "KIZUNA_TEST_SWIFTSHADER_ICD is not set";
        }
        if (const std::string problem = engine_->problem_of("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem; // no ONNX Runtime at all
        }
        ::setenv("VK_ICD_FILENAMES", driver, 1);
        ::setenv("VK_DRIVER_FILES", driver, 1); // the loader's newer name for the same
    }

    void expect_as_the_reference(Precision precision, float tolerance) {
        const Network network = tiny_network();
        test::Random random(2);
        const Tensor in = random.tensor({1, 3, 16, 16}, 0, 1);
        Tensor out;
        engine_->open(network, "webgpu", in_precision(precision))->run(in, out, {});
        const Tensor expected = run_reference(*network.graph, in);
        ASSERT_EQ(out.shape, expected.shape);
        for (std::size_t i = 0; i < expected.data.size(); ++i) {
            ASSERT_NEAR(out.data[i], expected.data[i], tolerance) << "at value " << i;
        }
    }

    /// Why not, where the device has no float16 (SwiftShader has it in some builds only). Any other error is
    /// one.
    std::string problem_with_float16() {
        try {
            (void)engine_->open(tiny_network(), "webgpu", in_precision(Precision::fp16));
            return {};
        } catch (const Error& error) {
            if (std::string_view(error.what()).find("requires f16 but the device does not") ==
                std::string_view::npos) {
                throw;
            }
            return error.what();
        }
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
        ASSERT_NEAR(out.data[i], expected.data[i], fp32_tolerance) << "at value " << i;
    }
}

TEST_F(WebGpu, TakesAndGivesBytesWithinOneStepOfTheReference) {
    const Network network = tiny_network();
    const auto session = engine_->open(network, "webgpu", in_precision(Precision::fp32));
    ASSERT_TRUE(session->takes_bytes());
    test::Random random(3);
    for (const std::int64_t width : {16, 16, 24}) { // the second is staged where the first was
        ByteTile in{width, 12, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * 12 * 3)};
        Tensor planes{{1, 3, in.height, in.width}, std::vector<float>(in.data.size())};
        const std::size_t size = in.data.size() / 3;
        for (std::size_t i = 0; i < in.data.size(); ++i) {
            in.data[i] = static_cast<std::uint8_t>(random.between(0, 255));
            planes.data[i % 3 * size + i / 3] = static_cast<float>(in.data[i]) / 255;
        }
        ByteTile out;
        ASSERT_TRUE(session->run_bytes(in, out, {}));
        const Tensor expected = run_reference(*network.graph, planes);
        ASSERT_EQ(out.width, expected.shape.w);
        ASSERT_EQ(out.height, expected.shape.h);
        ASSERT_EQ(out.data.size(), expected.data.size());
        for (std::size_t i = 0; i < out.data.size(); ++i) {
            const float value = std::clamp(expected.data[i % 3 * 4 * size + i / 3], 0.0F, 1.0F) * 255;
            ASSERT_NEAR(out.data[i], value, 1) << "at byte " << i;
        }
    }
}

TEST_F(WebGpu, ComputesInFloat16WhereTheDeviceHasIt) {
    if (const std::string problem = problem_with_float16(); !problem.empty()) {
        GTEST_SKIP() << problem;
    }
    expect_as_the_reference(Precision::fp16, fp16_tolerance);
}

TEST_F(WebGpu, GoesOnInFloat32WhereTheDeviceHasNoFloat16) {
    const bool has_float16 = problem_with_float16().empty();
    expect_as_the_reference(Precision::automatic, has_float16 ? fp16_tolerance : fp32_tolerance);
}

// It passes over names that it does not know, in silence. But of those that it knows it refuses values that
// make no sense.
TEST_F(WebGpu, KnowsEverySettingThatItIsGiven) {
    (void)ort::library();
    for (const auto& [name, value] : ort::settings_for(ort::ProviderKind::webgpu, {}).wishes) {
        Ort::SessionOptions right;
        EXPECT_NO_THROW(right.AppendExecutionProvider("WebGPU", {{name, value}})) << name;
        Ort::SessionOptions wrong;
        EXPECT_THROW(wrong.AppendExecutionProvider("WebGPU", {{name, "nonsense"}}), Ort::Exception) << name;
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
