#include "engine/onnxruntime/byte_runner.hpp"
#include "engine/onnxruntime/engine.hpp"
#include "engine/onnxruntime/library.hpp"
#include "engine/onnxruntime/session_options.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

// Bytes in, bytes out, on the processor: the same way as on a card, but for the memory that the card reaches.
namespace kizuna::ort {

namespace {

Graph small_graph() {
    test::Random random(1);
    Conv2d first = test::conv(3, 8, 3, 1);
    first.weight = random.tensor(first.weight.shape, -0.3F, 0.3F);
    Conv2d second = test::conv(8, 12, 3, 1);
    second.weight = random.tensor(second.weight.shape, -0.3F, 0.3F);
    return test::chain(3, {first, PRelu{{0.2F}}, second, PixelShuffle{}});
}

ByteRunner
runner_of(const Graph& graph, const OnnxForm& form, const std::optional<Ort::MemoryInfo>& pinned = {}) {
    const std::vector<std::byte> onnx = write_onnx(graph, form);
    return ByteRunner(
        Ort::Session(
            library().environment, onnx.data(), onnx.size(),
            make_session_options(find_provider("ort-cpu"), 1, {})),
        pinned);
}

ByteTile noise(std::int64_t width, std::int64_t height, std::uint32_t seed) {
    test::Random random(seed);
    ByteTile tile{width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3))};
    for (std::uint8_t& value : tile.data) {
        value = static_cast<std::uint8_t>(random.between(0, 255));
    }
    return tile;
}

/// What the reference gives, clipped and rounded half up.
ByteTile expected(const Graph& graph, const ByteTile& in) {
    Tensor planes{{1, 3, in.height, in.width}, std::vector<float>(in.data.size())};
    const std::size_t size = in.data.size() / 3;
    for (std::size_t i = 0; i < in.data.size(); ++i) {
        planes.data[i % 3 * size + i / 3] = static_cast<float>(in.data[i]) / 255;
    }
    const Tensor result = run_reference(graph, planes);
    ByteTile out{result.shape.w, result.shape.h, 3, std::vector<std::uint8_t>(result.data.size())};
    const std::size_t large = result.data.size() / 3;
    for (std::size_t i = 0; i < result.data.size(); ++i) {
        const float value = std::clamp(result.data[i % 3 * large + i / 3], 0.0F, 1.0F);
        out.data[i] = static_cast<std::uint8_t>(value * 255 + 0.5F);
    }
    return out;
}

void expect_within_one_step(const ByteTile& found, const ByteTile& wanted) {
    ASSERT_EQ(found.width, wanted.width);
    ASSERT_EQ(found.height, wanted.height);
    ASSERT_EQ(found.data.size(), wanted.data.size());
    for (std::size_t i = 0; i < wanted.data.size(); ++i) {
        ASSERT_LE(std::abs(int{found.data[i]} - int{wanted.data[i]}), 1) << "at byte " << i;
    }
}

class Bytes : public testing::Test {
  protected:
    void SetUp() override {
        if (const auto problem = make_onnxruntime_engine()->problem_of("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }

    Graph graph_ = small_graph();
};

TEST_F(Bytes, ComeOutAsTheReferenceRoundsThem) {
    ByteRunner runner = runner_of(graph_, {OnnxPrecision::float32, OnnxPicture::bytes});
    ByteTile out;
    for (const auto& [width, height] : {std::pair(17, 12), std::pair(17, 12), std::pair(9, 30)}) {
        const ByteTile in = noise(width, height, static_cast<std::uint32_t>(width));
        ASSERT_TRUE(runner.run(in, out, {}));
        expect_within_one_step(out, expected(graph_, in));
    }
}

TEST_F(Bytes, ComeOutWithinOneStepInFloat16) {
    ByteRunner runner = runner_of(graph_, {OnnxPrecision::float16, OnnxPicture::bytes});
    const ByteTile in = noise(17, 12, 5);
    ByteTile out;
    ASSERT_TRUE(runner.run(in, out, {}));
    expect_within_one_step(out, expected(graph_, in));
}

TEST_F(Bytes, DoNotMixWhereTwoRunsAreUnderWay) {
    ByteRunner runner = runner_of(graph_, {OnnxPrecision::float32, OnnxPicture::bytes});
    const auto run_some = [&](std::uint32_t seed) {
        for (std::uint32_t i = 0; i < 8; ++i) {
            const ByteTile in = noise(24, 16, seed + i);
            ByteTile out;
            EXPECT_TRUE(runner.run(in, out, {}));
            expect_within_one_step(out, expected(graph_, in));
        }
    };
    std::thread other(run_some, 100);
    run_some(200);
    other.join();
}

TEST_F(Bytes, GoThroughOrdinaryMemoryWhereThereIsNoOther) {
    const std::optional<Ort::MemoryInfo> absent(
        std::in_place, "CudaPinned", OrtDeviceAllocator, 0, OrtMemTypeDefault);
    ByteRunner runner = runner_of(graph_, {OnnxPrecision::float32, OnnxPicture::bytes}, absent);
    const ByteTile in = noise(8, 8, 1);
    ByteTile out;
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(runner.run(in, out, {}));
        expect_within_one_step(out, expected(graph_, in));
    }
}

TEST_F(Bytes, AreNotBelievedWhereAValueWasNoNumber) {
    Conv2d negative = test::conv(3, 3, 1, 0);
    for (std::size_t i = 0; i < negative.weight.data.size(); ++i) {
        negative.weight.data[i] = i % 4 == 0 ? -1.0F : 0.0F;
    }
    ByteRunner runner =
        runner_of(test::chain(3, {negative, Sqrt{}}), {OnnxPrecision::float32, OnnxPicture::bytes});
    ByteTile in{4, 4, 3, std::vector<std::uint8_t>(48, 0)};
    ByteTile out;
    EXPECT_TRUE(runner.run(in, out, {}));
    in.data[20] = 1; // the root of less than nothing
    EXPECT_FALSE(runner.run(in, out, {}));
}

TEST_F(Bytes, AreCountedBeforeTheyAreRun) {
    ByteRunner runner = runner_of(graph_, {OnnxPrecision::float32, OnnxPicture::bytes});
    ByteTile out;
    try {
        (void)runner.run({8, 8, 3, std::vector<std::uint8_t>(100)}, out, {});
        FAIL() << "it ran";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::internal);
    }
}

} // namespace

} // namespace kizuna::ort
