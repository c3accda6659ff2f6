#include "base/byte_stream.hpp"
#include "engine/fake/fake_engine.hpp"
#include "engine/operator_graphs.hpp"
#include "engine/registry.hpp"
#include "engine/test_networks.hpp"
#include "formats/ncnn/ncnn.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/pools.hpp"
#include "graph/reference.hpp"

#include "kizuna/error.hpp"

#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

// What every engine promises, and, for those that run a Graph, that each operator does what the reference
// does. A new engine is one line in `all_engines`.
namespace kizuna {

namespace {

using test::chain;
using test::network_of;
using test::Random;
using test::run;

// Engines add up to 100 products of numbers up to 1 in float32, in any order, and approximate tanh and the
// sigmoid: each may cost some 2^-24 of the sum's largest part. 20 times that is far below what a wrong weight
// or pixel does.
constexpr float fp32_tolerance = 2e-5F;

// Each number is rounded to 8 bits before it is multiplied: up to 2^-9 of a product, of which 100 are summed.
constexpr float bf16_tolerance = 0.05F;

struct EngineUnderTest {
    std::string name;
    std::function<std::shared_ptr<Engine>()> make;
    std::string provider;
    Precision precision = Precision::automatic;
    float tolerance = fp32_tolerance;
};

void PrintTo(const EngineUnderTest& engine, std::ostream* out) {
    *out << engine.name;
}

/// The engine that has this provider.
std::shared_ptr<Engine> registered(const std::string& name) {
    for (const auto& engine : engines()) {
        const auto providers = engine->providers();
        if (std::any_of(
                providers.begin(), providers.end(), [&](const Provider& p) { return p.name == name; })) {
            return {engine.get(), [](Engine*) {}};
        }
    }
    return nullptr;
}

std::vector<EngineUnderTest> engines_for_graphs() {
    return {
        {"OnnxRuntimeCpu", [] { return registered("ort-cpu"); }, "ort-cpu"},
        {"Cpu", [] { return registered("cpu"); }, "cpu"},
        {"CpuBf16", [] { return registered("cpu"); }, "cpu", Precision::bf16, bf16_tolerance}};
}

std::vector<EngineUnderTest> all_engines() {
    std::vector<EngineUnderTest> list = engines_for_graphs();
    list.push_back({"Fake", [] { return std::make_shared<FakeEngine>(); }, "fake"});
    return list;
}

/// Why the engine cannot run in this build, or on this machine; else empty.
std::string problem_of(const Engine& engine, const std::string& name) {
    for (const Provider& provider : engine.providers()) {
        const auto& aliases = provider.aliases;
        if (provider.name == name || std::find(aliases.begin(), aliases.end(), name) != aliases.end()) {
            return engine.problem_of(name);
        }
    }
    return "it does not list " + name;
}

void expect_near(const Tensor& actual, const Tensor& expected, float allowed = fp32_tolerance) {
    ASSERT_EQ(to_string(actual.shape), to_string(expected.shape));
    ASSERT_EQ(actual.data.size(), expected.data.size());
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
        const float limit = allowed * std::max(1.0F, std::abs(expected.data[i]));
        ASSERT_NEAR(actual.data[i], expected.data[i], limit)
            << "at value " << i << " of " << to_string(expected.shape);
    }
}

ErrorCode code_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

Graph doubling() {
    return chain(3, {Resize{Resize::Mode::nearest, Resize::Coordinates::asymmetric, {}, 2, 2, {}}});
}

class EngineConformance : public testing::TestWithParam<EngineUnderTest> {
  protected:
    void SetUp() override {
        engine_ = GetParam().make();
        if (const std::string problem = problem_of(*engine_, GetParam().provider); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
        if (GetParam().precision == Precision::bf16) {
            if (const std::string problem = test::problem_with_bf16(*engine_); !problem.empty()) {
                GTEST_SKIP() << problem;
            }
        }
    }

    [[nodiscard]] std::unique_ptr<Session> open(const Network& network, int threads = 0) const {
        return engine_->open(network, GetParam().provider, {0, threads, GetParam().precision});
    }

    std::shared_ptr<Engine> engine_;
};

/// Enough work that other threads meet it under way.
Graph long_chain(int convolutions) {
    Random random(7);
    test::GraphBuilder builder(3);
    for (int i = 0, in = 3; i < convolutions; ++i, in = 16) {
        Conv2d op = test::conv(in, 16, 3, 1);
        op.weight = random.tensor(op.weight.shape, -0.1F, 0.1F);
        builder.then(op);
    }
    return builder.graph();
}

TEST_P(EngineConformance, DoublesAPicture) {
    const auto session = open(network_of(doubling()));
    Random random(1);
    const Tensor in = random.tensor({2, 3, 5, 7}, 0, 1);
    expect_near(run(*session, in), run_reference(doubling(), in), 0);
}

TEST_P(EngineConformance, TakesAnotherSizeEachTimeAndReusesTheResult) {
    const auto session = open(network_of(doubling()));
    Random random(2);
    Tensor out{{1, 1, 1, 1}, {5}};
    for (const int side : {3, 9, 1, 16}) {
        const Tensor in = random.tensor({1, 3, side, side + 1}, 0, 1);
        session->run(in, out, {});
        expect_near(out, run_reference(doubling(), in), 0);
    }
}

TEST_P(EngineConformance, GivesTheSameBytesFromEightThreadsAsFromOne) {
    const auto session = open(network_of(long_chain(4)));
    std::vector<Tensor> inputs;
    std::vector<Tensor> expected;
    for (std::uint32_t i = 0; i < 8; ++i) {
        Random random(i);
        inputs.push_back(random.tensor({1, 3, 24 + i, 40}, 0, 1));
        expected.push_back(run(*session, inputs.back()));
    }
    std::vector<Tensor> results(inputs.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        threads.emplace_back([&, i] { results[i] = run(*session, inputs[i]); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_EQ(results[i].data, expected[i].data) << "thread " << i;
    }
}

TEST_P(EngineConformance, DoesNotRunWhatIsCancelledAlready) {
    const auto session = open(network_of(doubling()));
    CancelSource source;
    source.request_stop();
    Tensor out;
    EXPECT_EQ(
        code_of([&] {
            session->run(test::filled({1, 3, 4, 4}, 0), out, source.get_token());
        }),
        ErrorCode::cancelled);
}

TEST_P(EngineConformance, RunsOnAfterACancelledCall) {
    const auto session = open(network_of(doubling()));
    CancelSource source;
    source.request_stop();
    const Tensor in = test::counting({1, 3, 4, 4});
    Tensor out;
    EXPECT_THROW(session->run(in, out, source.get_token()), Error);
    expect_near(run(*session, in), run_reference(doubling(), in), 0);
}

TEST_P(EngineConformance, RefusesAProviderThatItDoesNotHave) {
    EXPECT_EQ(
        code_of([&] { (void)engine_->open(network_of(doubling()), "abacus", {}); }),
        ErrorCode::device_unavailable);
}

TEST_P(EngineConformance, RefusesATensorWhoseShapeLies) {
    const auto session = open(network_of(doubling()));
    Tensor out;
    const Tensor lie{{1, 3, 4, 4}, std::vector<float>(5)};
    EXPECT_EQ(code_of([&] { session->run(lie, out, {}); }), ErrorCode::internal);
}

class GraphConformance : public EngineConformance {};

TEST_P(GraphConformance, RunsEachOperatorAsTheReferenceDoes) {
    constexpr std::uint32_t seeds = 12;
    for (const test::OperatorCase& operation : test::operator_cases()) {
        for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
            Random random(seed);
            const Graph graph = operation.make(random);
            const Tensor in = test::random_input(graph, random);
            SCOPED_TRACE(
                operation.name + ", seed " + std::to_string(seed) + ", input " + to_string(in.shape));
            ASSERT_NO_FATAL_FAILURE(expect_near(
                run(*open(network_of(graph)), in), run_reference(graph, in), GetParam().tolerance));
        }
    }
}

TEST_P(GraphConformance, TakesWhatIsGivenBesideThePicture) {
    const Graph graph = test::squeeze_excite_graph(2);
    const auto pools = *find_pools(graph, 2);
    Random random(2);
    const Tensor in = random.tensor({2, 3, 20, 24}, 0, 1);
    for (const StageStart start : {StageStart::picture, StageStart::pooled}) {
        for (std::size_t pool = 1; pool <= pools.size(); ++pool) {
            const Stage stage = stage_before(graph, pools, pool, start);
            const auto shapes = infer_shapes(stage.graph, in.shape);
            std::vector<Tensor> given;
            for (const int node : given_nodes(stage.graph)) {
                given.push_back(random.tensor(shapes[static_cast<std::size_t>(node)], 0, 1));
            }
            const auto session = open(network_of(stage.graph));
            Tensor out;
            session->run(in, given, out, {});
            expect_near(out, run_reference(stage.graph, in, given), GetParam().tolerance);
        }
    }
}

TEST_P(GraphConformance, GivesTheSameWithOneThreadAsWithMany) {
    const Network network = network_of(long_chain(3));
    Random random(3);
    const Tensor in = random.tensor({1, 3, 33, 47}, 0, 1);
    expect_near(run(*open(network, 1), in), run(*open(network, 4), in));
}

TEST_P(GraphConformance, StopsARunThatIsUnderWay) {
    const auto session = open(network_of(long_chain(300)));
    const Tensor in = test::filled({1, 3, 256, 256}, 0.5F);
    CancelSource source;
    // What the processor has done since tells that the run has begun, however busy the machine is.
    const std::jthread canceller([&source, begun = std::clock()](const std::stop_token& ended) {
        while (!ended.stop_requested() && std::clock() - begun < CLOCKS_PER_SEC / 200) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        source.request_stop();
    });
    Tensor out;
    EXPECT_EQ(code_of([&] { session->run(in, out, source.get_token()); }), ErrorCode::cancelled);
}

TEST_P(GraphConformance, RefusesAPictureWithOtherChannels) {
    const auto session = open(network_of(long_chain(1)));
    Tensor out;
    EXPECT_EQ(
        code_of([&] {
            session->run(test::filled({1, 2, 8, 8}, 0), out, {});
        }),
        ErrorCode::engine_failed);
}

TEST_P(GraphConformance, RunsARealNetworkAsTheReferenceDoes) {
    const std::filesystem::path base = std::filesystem::path(KIZUNA_TEST_MODELS) / "realesr-animevideov3-x2";
    if (!std::filesystem::exists(base.string() + ".param")) {
        GTEST_SKIP() << "there is no " << base << ".param";
    }
    constexpr std::uint64_t most = std::uint64_t{1} << 24U;
    const auto param = read_file(base.string() + ".param", most);
    const auto bin = read_file(base.string() + ".bin", most);
    const Graph graph = read_ncnn({reinterpret_cast<const char*>(param.data()), param.size()}, bin);
    Random random(5);
    const Tensor in = random.tensor({1, 3, 16, 16}, 0, 1);
    expect_near(run(*open(network_of(graph)), in), run_reference(graph, in), GetParam().tolerance);
}

std::string name_of(const testing::TestParamInfo<EngineUnderTest>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineConformance, testing::ValuesIn(all_engines()), name_of);
INSTANTIATE_TEST_SUITE_P(Engines, GraphConformance, testing::ValuesIn(engines_for_graphs()), name_of);

} // namespace

} // namespace kizuna
