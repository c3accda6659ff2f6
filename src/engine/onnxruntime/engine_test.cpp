#include "base/half.hpp"
#include "engine/onnxruntime/engine.hpp"
#include "engine/test_networks.hpp"
#include "engine/test_onnx.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What only ONNX Runtime is asked to do: files from outside, float16, its library. Graphs are
// engine_conformance's.
namespace kizuna {

namespace {

using test::Element;
using test::encode;
using test::run;
using testing::HasSubstr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

Engine& engine() {
    static const std::unique_ptr<Engine> instance = make_onnxruntime_engine();
    return *instance;
}

const Provider& cpu() {
    static const std::vector<Provider> providers = engine().providers();
    return providers.back();
}

std::unique_ptr<Session> open(std::vector<std::byte> onnx, const SessionOptions& options = {}) {
    Network network;
    network.onnx = std::move(onnx);
    return engine().open(network, "ort-cpu", options);
}

/// "code: message", empty where nothing was thrown.
std::string failure_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return std::string(to_string(error.code())) + ": " + error.what();
    }
    return {};
}

std::string failure_of_opening(const std::vector<std::byte>& onnx, const SessionOptions& options = {}) {
    return failure_of([&] { (void)open(onnx, options); });
}

class OnnxRuntime : public testing::Test {
  protected:
    void SetUp() override {
        if (const std::string problem = engine().problem_of("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }
};

TEST_F(OnnxRuntime, TellsItsVersion) {
    EXPECT_THAT(engine().description(), testing::MatchesRegex("ONNX Runtime 1\\.[0-9]+\\.[0-9]+.*"));
}

TEST_F(OnnxRuntime, ListsItsProvidersFastestFirst) {
    std::vector<std::string> names;
    for (const Provider& provider : engine().providers()) {
        names.push_back(provider.name);
    }
    EXPECT_THAT(names, testing::ElementsAre("tensorrt", "cuda", "directml", "coreml", "webgpu", "ort-cpu"));
    EXPECT_TRUE(cpu().on_cpu);
    EXPECT_THAT(cpu().aliases, testing::ElementsAre("CPUExecutionProvider"));
}

TEST_F(OnnxRuntime, OpensTheProcessorByAnyOfItsNames) {
    Network network;
    network.onnx = encode({});
    EXPECT_NE(engine().open(network, "ort-cpu", {}), nullptr);
    for (const std::string& alias : cpu().aliases) {
        EXPECT_NE(engine().open(network, alias, {}), nullptr);
    }
}

TEST_F(OnnxRuntime, RunsFloat16NetworksByRoundingCorrectly) {
    const auto session = open(encode({.op = "Add", .uses = 2, .element = Element::float16}));
    test::Random random(1);
    const Tensor in = random.tensor({1, 3, 9, 11}, -10, 10);
    const Tensor out = run(*session, in);
    ASSERT_EQ(out.shape, in.shape);
    for (std::size_t i = 0; i < in.data.size(); ++i) {
        ASSERT_EQ(out.data[i], 2 * from_half(to_half(in.data[i]))) << i;
    }
}

TEST_F(OnnxRuntime, RunsNetworksOfFixedSize) {
    const auto session = open(encode({.op = "Neg", .dimensions = {1, 3, 4, 5}}));
    EXPECT_EQ(run(*session, test::filled({1, 3, 4, 5}, 2)).data, test::filled({1, 3, 4, 5}, -2).data);
}

TEST_F(OnnxRuntime, SaysWhichSizeAFixedNetworkWanted) {
    const auto session = open(encode({.op = "Neg", .dimensions = {1, 3, 4, 5}}));
    EXPECT_THAT(
        failure_of([&] {
            (void)run(*session, test::filled({1, 3, 4, 6}, 2));
        }),
        testing::AllOf(HasSubstr("engine_failed"), HasSubstr("Got: 6 Expected: 5")));
}

TEST_F(OnnxRuntime, RunsABatchOneByOneWhereTheNetworkTakesOne) {
    for (const Element element : {Element::float32, Element::float16}) {
        const auto session = open(encode({.op = "Neg", .element = element, .dimensions = {1, -1, -1, -1}}));
        const Tensor in = test::counting({3, 2, 4, 5});
        const Tensor out = run(*session, in);
        ASSERT_EQ(out.shape, in.shape);
        for (std::size_t i = 0; i < in.data.size(); ++i) {
            ASSERT_EQ(out.data[i], -in.data[i]);
        }
    }
}

TEST_F(OnnxRuntime, RefusesWhatIsNotOnnx) {
    const std::vector<std::byte> noise(200, std::byte{7});
    EXPECT_THAT(failure_of_opening(noise), HasSubstr("bad_network"));
    std::vector<std::byte> cut = write_onnx(test::chain(3, {test::conv(3, 8, 3, 1)}));
    cut.resize(cut.size() / 2);
    EXPECT_THAT(failure_of_opening(cut), HasSubstr("bad_network"));
}

TEST_F(OnnxRuntime, NamesAnOperatorThatItDoesNotHave) {
    const std::string unknown = failure_of_opening(encode({.op = "Hallucinate"}));
    EXPECT_THAT(unknown, testing::AllOf(HasSubstr("unsupported"), HasSubstr("Hallucinate")));
    const std::string foreign = failure_of_opening(encode({.op = "Sharpen", .domain = "org.example"}));
    EXPECT_THAT(foreign, testing::AllOf(HasSubstr("unsupported"), HasSubstr("Sharpen")));
}

TEST_F(OnnxRuntime, RefusesNetworksThatTakeOrGiveNoPicture) {
    EXPECT_THAT(
        failure_of_opening(encode({.inputs = 2})), HasSubstr("unsupported: the network has 2 inputs"));
    EXPECT_THAT(
        failure_of_opening(encode({.element = Element::int64})), HasSubstr("neither float32 nor float16"));
    EXPECT_THAT(failure_of_opening(encode({.dimensions = {-1, -1, -1}})), HasSubstr("bad_network"));
    const auto flattens = open(encode({.op = "Flatten"}));
    EXPECT_THAT(
        failure_of([&] {
            (void)run(*flattens, test::filled({1, 3, 4, 4}, 0));
        }),
        HasSubstr("bad_network: the network gave 2 dimensions"));
}

TEST_F(OnnxRuntime, HasOneDeviceOfTheProcessor) {
    EXPECT_THAT(failure_of_opening(encode({}), {.device = 1}), HasSubstr("device_unavailable"));
}

TEST_F(OnnxRuntime, PrintsNothing) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    EXPECT_NE(failure_of_opening(std::vector<std::byte>(100, std::byte{7})), "");
    EXPECT_NE(failure_of_opening(encode({.op = "Hallucinate"})), "");
    EXPECT_NE(failure_of([] { (void)run(*open(encode({})), test::filled({1, 3, 0, 4}, 0)); }), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

// Each in a new process, which has not opened the library yet and says what it finds on stderr.
class OnnxRuntimeDeathTest : public testing::Test {
  protected:
    void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

const auto clean_exit = testing::ExitedWithCode(0);

[[noreturn]] void say_and_exit(const std::string& words) {
    std::cerr << words << '\n';
    std::_Exit(0);
}

[[noreturn]] void say_problem_with_library(const std::string& path) {
    ::setenv("KIZUNA_ONNXRUNTIME", path.c_str(), 1);
    const std::string thrown = failure_of_opening(encode({}));
    say_and_exit(
        "listed " + engine().problem_of("ort-cpu") + "; thrown " + thrown + "; called " +
        engine().description());
}

TEST_F(OnnxRuntimeDeathTest, NamesTheLibraryThatIsNotThere) {
    EXPECT_EXIT(
        say_problem_with_library("/nonexistent.so"), clean_exit,
        "listed KIZUNA_ONNXRUNTIME .*/nonexistent.so.*; thrown device_unavailable: .*/nonexistent.so.*; "
        "called ONNX "
        "Runtime\n");
}

TEST_F(OnnxRuntimeDeathTest, RefusesALibraryThatIsNotOnnxRuntime) {
    EXPECT_EXIT(say_problem_with_library("libm.so.6"), clean_exit, "libm.so.6 is not ONNX Runtime");
}

[[noreturn]] void run_short_of_memory() {
    const auto session = open(write_onnx(test::chain(3, {test::conv(3, 64, 3, 1), test::conv(64, 3, 3, 1)})));
    const Tensor large = test::filled({1, 3, 2048, 2048}, 0);
    constexpr rlim_t most = rlim_t{1} << 30U; // the large one needs 2^30 bytes between its convolutions alone
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_AS, &limit);
    const std::string failure = failure_of([&] { (void)run(*session, large); });
    const Tensor small = run(*session, test::filled({1, 3, 16, 16}, 0));
    say_and_exit(failure + (small.data.size() == 768U ? ", then went on" : ", then failed"));
}

TEST_F(OnnxRuntimeDeathTest, SaysThatMemoryRanOutAndGoesOn) {
    if (sanitized) {
        GTEST_SKIP() << "sanitizers take more address space than this test leaves";
    }
    if (const std::string problem = engine().problem_of("ort-cpu"); !problem.empty()) {
        GTEST_SKIP() << problem;
    }
    EXPECT_EXIT(run_short_of_memory(), clean_exit, "out_of_memory.*, then went on");
}

} // namespace

} // namespace kizuna
