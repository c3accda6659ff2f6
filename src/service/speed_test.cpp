#include "engine/fake/fake_engine.hpp"
#include "service/speed.hpp"

#include "kizuna/error.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

constexpr Shape tile{1, 3, 64, 64};

ModelSpec spec() {
    ModelSpec spec;
    spec.name = "net";
    spec.scale = 2;
    spec.channels = 3;
    return spec;
}

std::unique_ptr<Session> session_of(const FakeBehaviour& behaviour) {
    Network network;
    network.spec = spec();
    return FakeEngine(behaviour).open(network, "fake", {});
}

ErrorCode error_of(const FakeBehaviour& behaviour) {
    const ModelSpec known = spec();
    try {
        (void)speed_with(*session_of(behaviour), tile, {.spec = &known});
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(Speed, IsThatOfADeviceWhichComputes) {
    const ModelSpec known = spec();
    EXPECT_GT(speed_with(*session_of({}), tile, {.spec = &known}), 0);
}

TEST(Speed, ADeviceThatMiscalculatesHasNone) {
    EXPECT_EQ(error_of({.nan_from_call = 1}), ErrorCode::engine_failed);
    EXPECT_EQ(error_of({.black_from_call = 1}), ErrorCode::engine_failed);
}

} // namespace
} // namespace kizuna
