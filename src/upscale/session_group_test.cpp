#include "engine/fake/fake_engine.hpp"
#include "upscale/session_group.hpp"
#include "upscale/session_ladder.hpp"
#include "upscale/test_inputs.hpp"
#include "upscale/upscale.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::nearest_spec;
using test::noise;

/// A group of fake devices, each of which does as it is told.
class Group : public testing::Test {
  protected:
    SessionGroup& make(const std::vector<FakeBehaviour>& devices) {
        std::vector<SessionGroup::Member> members;
        for (const FakeBehaviour& behaviour : devices) {
            Network network;
            network.spec = nearest_spec();
            FakeEngine& engine = engines_.emplace_back(behaviour);
            members.push_back({"fake", engine.open(network, "fake", {})});
        }
        return group_.emplace(std::move(members));
    }

    Image upscale(const Image& image, const UpscaleOptions& options, const CancelToken& cancel = {}) {
        const ModelSpec spec = nearest_spec();
        const UpscalePlan plan =
            plan_upscale(spec, nullptr, {0, 384}, image.width(), image.height(), options);
        std::uint64_t counted = 0;
        const ProgressCallback callback = [&](const Progress& progress) { counted = progress.tiles_done; };
        const std::uint64_t tiles = tile_count(plan, options.tta);
        ProgressCounter counter(tiles, callback);
        Image result = read_image(*upscale_rows(
            rows_of_borrowed(image), {spec, *group_, limit_}, plan, options.tta, counter, cancel));
        EXPECT_EQ(counted, tiles);
        return result;
    }

    static void expect_enlarged(const Image& in, const Image& out) {
        ASSERT_EQ(out.width(), 2 * in.width());
        ASSERT_EQ(out.height(), 2 * in.height());
        for (std::uint32_t y = 0; y < out.height(); ++y) {
            for (std::uint32_t x = 0; x < out.width(); ++x) {
                for (std::size_t c = 0; c < 3; ++c) {
                    ASSERT_EQ(out.row(y)[x * 3 + c], in.row(y / 2)[x / 2 * 3 + c]) << x << ", " << y;
                }
            }
        }
    }

    [[nodiscard]] FakeEngine& engine(std::size_t device) { return engines_.at(device); }

  private:
    std::deque<FakeEngine> engines_;
    std::optional<SessionGroup> group_;
    std::atomic<std::int64_t> limit_{std::numeric_limits<std::int64_t>::max()};
};

TEST_F(Group, GivesWhatOneDeviceGives) {
    const Image image = noise(200, 150);
    for (const Blend blend : {Blend::exact, Blend::feather}) {
        for (const bool tta : {false, true}) {
            make({{}, {}, {}});
            expect_enlarged(
                image, upscale(image, {.tile_px = 40, .overlap_px = 8, .blend = blend, .tta = tta}));
        }
    }
}

TEST_F(Group, ADeviceThatNeverComesToAnEndHoldsNobodyUp) {
    const Image image = noise(200, 150);
    make({{.stall_at_call = 1}, {}});
    expect_enlarged(image, upscale(image, {.tile_px = 40}));
    make({{}, {.stall_at_call = 3}});
    expect_enlarged(image, upscale(image, {.tile_px = 40}));
}

TEST_F(Group, APictureOfOneTileDoesNotWaitForTheSlowDevice) {
    const Image image = noise(20, 20);
    make({{.stall_at_call = 1}, {}});
    expect_enlarged(image, upscale(image, {}));
}

TEST_F(Group, ADeviceThatIsLostIsLeftOutAndItsTilesAreDoneByTheOthers) {
    const Image image = noise(200, 150);
    make({{.fail_from_call = 2}, {}});
    // Which device gets a tile is the system's affair, and a failure is none where another one was faster.
    std::atomic<bool> is_lost = false;
    set_log_callback([&](LogLevel, std::string_view message) {
        is_lost = is_lost || message.starts_with("going on without");
    });
    while (!is_lost) {
        expect_enlarged(image, upscale(image, {.tile_px = 20}));
    }
    set_log_callback(nullptr);
    const int calls = engine(0).calls();
    expect_enlarged(image, upscale(image, {.tile_px = 20}));
    EXPECT_EQ(engine(0).calls(), calls);
}

TEST_F(Group, WhereAllDevicesAreLostThatIsAnErrorAndTheNextPictureTriesThemAgain) {
    const Image image = noise(20, 20);
    make({{.fail_at_call = 1}, {.fail_at_call = 1}});
    try {
        (void)upscale(image, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::engine_failed);
    }
    expect_enlarged(image, upscale(image, {}));
}

TEST_F(Group, ADeviceWithLittleMemoryLeavesLargeTilesToTheOthers) {
    const Image image = noise(200, 150);
    make({{.max_tile_pixels = 500}, {}});
    expect_enlarged(image, upscale(image, {.tile_px = 40}));
    for (const Shape& shape : engine(1).shapes()) {
        EXPECT_GT(shape.h * shape.w, 500);
    }
}

TEST_F(Group, TilesOfALostDeviceAreCutForOneWithLessMemory) {
    const Image image = noise(200, 150);
    make({{.fail_from_call = 3}, {.max_tile_pixels = 500}});
    expect_enlarged(image, upscale(image, {.tile_px = 40}));
    for (const Shape& shape : engine(0).shapes()) {
        EXPECT_GT(shape.h * shape.w, 500);
    }
}

TEST_F(Group, WhereNoDeviceHasMemoryTilesAreCut) {
    const Image image = noise(200, 150);
    make({{.max_tile_pixels = 500}, {.max_tile_pixels = 700}});
    expect_enlarged(image, upscale(image, {.tile_px = 40}));
}

TEST_F(Group, EveryDeviceTakesPartAndCancellingEndsWhatAllAreAt) {
    const Image image = noise(200, 150);
    make({{.stall_at_call = 1}, {.stall_at_call = 1}});
    CancelSource source;
    std::jthread canceller([&] {
        engine(0).wait_for_calls(1);
        engine(1).wait_for_calls(1);
        source.request_stop();
    });
    try {
        (void)upscale(image, {.tile_px = 40}, source.get_token());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
}

TEST_F(Group, PicturesSideBySideShareTheDevices) {
    make({{}, {.fail_at_call = 5}, {}});
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < 4; ++i) {
        threads.emplace_back([this, i] {
            const Image image = noise(100 + i, 90);
            const Image out = upscale(image, {.tile_px = 30});
            EXPECT_EQ(out.row(179)[(2 * image.width() - 1) * 3], image.row(89)[(image.width() - 1) * 3]);
        });
    }
}

TEST_F(Group, MemoryAndTilesAreThoseOfTheDeviceThatHasLeast) {
    SessionGroup& group = make({{.free_memory_bytes = 900}, {}, {.free_memory_bytes = 500}});
    EXPECT_EQ(group.free_memory_bytes(), 500U);
    EXPECT_EQ(group.parallel_runs(), 3);
}

/// Says what it takes of memory.
class SessionOfSize final : public Session {
  public:
    explicit SessionOfSize(double bytes_per_pixel)
        : bytes_per_pixel_(bytes_per_pixel) {}

    using Session::run;

    void
    run(const Tensor& /*in*/, std::span<const Tensor> /*given*/, Tensor& /*out*/,
        const CancelToken& /*cancel*/) override {}

    [[nodiscard]] std::uint64_t free_memory_bytes() const override { return 0; }

    [[nodiscard]] double bytes_per_pixel() const override { return bytes_per_pixel_; }

  private:
    double bytes_per_pixel_;
};

TEST(SessionGroup, WhatOneDeviceTakesOfMemorySaysNothingOfAnother) {
    const auto group_of = [](double a, double b) {
        std::vector<SessionGroup::Member> members;
        members.push_back({"a", std::make_unique<SessionOfSize>(a)});
        members.push_back({"b", std::make_unique<SessionOfSize>(b)});
        return SessionGroup(std::move(members)).bytes_per_pixel();
    };
    EXPECT_EQ(limits_of(SessionOfSize(100)).bytes_per_pixel, 100) << "and what plans tiles is told";
    EXPECT_EQ(group_of(100, 200), 200);
    EXPECT_EQ(group_of(100, 0), 0);
}

} // namespace
} // namespace kizuna
