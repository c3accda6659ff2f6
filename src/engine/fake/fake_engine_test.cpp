#include "engine/fake/fake_engine.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <cmath>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {

namespace {

Network doubling_network() {
    Network network;
    network.spec.scale = 2;
    return network;
}

/// "ok", or the code of what was thrown.
std::string outcome(Session& session, const Shape& shape, const CancelToken& cancel = {}) {
    Tensor out;
    try {
        session.run(test::counting(shape), out, cancel);
    } catch (const Error& error) {
        return std::string(to_string(error.code()));
    }
    const bool whole = out.shape == Shape{shape.n, shape.c, shape.h * 2, shape.w * 2};
    const bool numbers =
        std::none_of(out.data.begin(), out.data.end(), [](float value) { return std::isnan(value); });
    return !whole ? "wrong shape" : !numbers ? "NaN" : "ok";
}

TEST(FakeEngine, RepeatsEachPixel) {
    FakeEngine engine;
    Tensor out;
    engine.open(doubling_network(), "fake", {})->run(test::counting({1, 1, 2, 2}), out, {});
    EXPECT_EQ(out.shape, (Shape{1, 1, 4, 4}));
    EXPECT_THAT(out.data, testing::ElementsAre(1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4));
}

TEST(FakeEngine, FailsAtTheCallsThatItWasToldTo) {
    FakeEngine engine(
        {.out_of_memory_at_call = 2, .fail_at_call = 3, .nan_at_call = 4, .wrong_shape_at_call = 5});
    const auto session = engine.open(doubling_network(), "fake", {});
    std::vector<std::string> outcomes;
    for (int call = 1; call <= 6; ++call) {
        outcomes.push_back(outcome(*session, {1, 3, 4, 4}));
    }
    EXPECT_THAT(
        outcomes, testing::ElementsAre("ok", "out_of_memory", "engine_failed", "NaN", "wrong shape", "ok"));
    EXPECT_EQ(engine.calls(), 6);
}

TEST(FakeEngine, HasMemoryForTilesOfALimitedSizeAndRemembersTheirShapes) {
    FakeEngine engine({.max_tile_pixels = 20});
    const auto session = engine.open(doubling_network(), "fake", {});
    EXPECT_EQ(outcome(*session, {1, 3, 4, 5}), "ok");
    EXPECT_EQ(outcome(*session, {1, 3, 3, 7}), "out_of_memory");
    EXPECT_THAT(engine.shapes(), testing::ElementsAre(Shape{1, 3, 4, 5}, Shape{1, 3, 3, 7}));
}

TEST(FakeEngine, StallsUntilItIsCancelled) {
    FakeEngine engine({.stall_at_call = 1});
    const auto session = engine.open(doubling_network(), "fake", {});
    CancelSource source;
    const std::jthread canceller([&] {
        engine.wait_for_calls(1);
        source.request_stop();
    });
    EXPECT_EQ(outcome(*session, {1, 3, 2, 2}, source.get_token()), "cancelled");
}

TEST(FakeEngine, CanRefuseToOpen) {
    FakeEngine engine({.open_problem = "no such card"});
    try {
        (void)engine.open(doubling_network(), "fake", {});
        FAIL() << "it opened";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::device_unavailable);
        EXPECT_STREQ(error.what(), "no such card");
    }
}

} // namespace

} // namespace kizuna
