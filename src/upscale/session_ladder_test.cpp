#include "engine/fake/fake_engine.hpp"
#include "upscale/session_ladder.hpp"
#include "upscale/test_inputs.hpp"
#include "upscale/upscale.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

using test::nearest_spec;

constexpr int tile_side = 64;

Tensor noise_tile() {
    return test::noise_tile(tile_side, 0, 1);
}

struct FakeRung {
    std::string name;
    FakeBehaviour behaviour;
    bool on_cpu = false;
    std::string device = {}; ///< its name where it is empty
};

/// Computes nothing.
class IdleSession : public Session {
  public:
    using Session::run;

    void
    run(const Tensor& /*in*/, std::span<const Tensor> /*given*/, Tensor& /*out*/,
        const CancelToken& /*cancel*/) override {}

    [[nodiscard]] std::uint64_t free_memory_bytes() const override { return 0; }
};

/// A ladder of engines that fail as told, each a rung, and what it says.
class Ladder : public testing::Test {
  protected:
    ~Ladder() override { set_log_callback(nullptr); }

    SessionLadder& make(const std::vector<FakeRung>& rungs, const FakeBehaviour* judge = nullptr) {
        std::vector<Rung> made;
        for (const FakeRung& rung : rungs) {
            FakeEngine& engine = engines_.emplace_back(rung.behaviour);
            made.push_back(
                {rung.name, rung.device.empty() ? rung.name : rung.device, rung.on_cpu, opener(engine)});
        }
        std::function<std::unique_ptr<Session>()> open_judge;
        if (judge != nullptr) {
            open_judge = opener(engines_.emplace_back(*judge));
        }
        auto first = made.front().open();
        ladder_ = std::make_unique<SessionLadder>("net", std::move(made), std::move(first), open_judge);
        ladder_->compare_with(nearest_spec());
        set_log_callback([this](LogLevel level, std::string_view message) {
            if (level == LogLevel::warning) {
                said_ += std::string(message) + "\n";
            }
        });
        return *ladder_;
    }

    void run(const Tensor& in = noise_tile()) { ladder_->run(in, {}, out_, {}, notes_); }

    ErrorCode error_of_run() {
        try {
            run();
        } catch (const Error& error) {
            said_ += error.what();
            return error.code();
        }
        return ErrorCode::internal;
    }

    void expect_good() const {
        const Tensor in = noise_tile();
        ASSERT_EQ(out_.shape, (Shape{1, 3, 2 * tile_side, 2 * tile_side}));
        EXPECT_EQ(out_.data.front(), in.data.front());
        EXPECT_EQ(out_.data.back(), in.data.back());
        EXPECT_EQ(out_.data[out_.data.size() / 2], in.data[in.data.size() / 2]);
    }

    void expect_said(std::string_view part) const {
        EXPECT_NE(said_.find(part), std::string::npos) << part << " is not in:\n" << said_;
    }

    [[nodiscard]] int calls(std::size_t engine) const { return engines_.at(engine).calls(); }

    Tensor out_;
    RunNotes notes_;
    std::string said_;

  private:
    static std::function<std::unique_ptr<Session>()> opener(FakeEngine& engine) {
        return [&engine] {
            Network network;
            network.spec = nearest_spec();
            return engine.open(network, "fake", {});
        };
    }

    std::deque<FakeEngine> engines_;
    std::unique_ptr<SessionLadder> ladder_;
};

TEST_F(Ladder, AGoodResultIsComputedOnce) {
    make({{"card", {}}, {"cpu", {}, true}});
    run();
    expect_good();
    EXPECT_EQ(notes_.repeats, 0U);
    EXPECT_EQ(calls(1), 0);
    EXPECT_EQ(said_, "");
}

TEST_F(Ladder, ValuesThatAreNoNumbersAreComputedAgainByTheNextRung) {
    make({{"card", {.nan_at_call = 1}}, {"card in fp32", {}, false, "card"}});
    run();
    expect_good();
    EXPECT_EQ(notes_.repeats, 1U);
    expect_said("card gave values that are not numbers");
    expect_said("again, with card in fp32");
    run(); // once is no habit
    EXPECT_EQ(calls(0), 2);
    EXPECT_EQ(notes_.repeats, 1U);
}

TEST_F(Ladder, ABlackTileIsComputedAgain) {
    make(
        {{"card", {.black_from_call = 1}},
         {"card in fp32", {.black_from_call = 1}, false, "card"},
         {"cpu", {}, true}});
    run();
    expect_good();
    EXPECT_EQ(notes_.repeats, 2U);
    expect_said("card in fp32 gave");
}

TEST_F(Ladder, ARungThatIsWrongThreeTimesIsLeft) {
    make({{"card", {.black_from_call = 1}}, {"other", {}}, {"cpu", {}, true}});
    for (int tile = 0; tile < 5; ++tile) {
        run();
        expect_good();
    }
    EXPECT_EQ(calls(0), 3);
    EXPECT_EQ(calls(1), 5);
    EXPECT_EQ(calls(2), 0);
    EXPECT_EQ(notes_.repeats, 3U);
    expect_said("going on with other");
}

TEST_F(Ladder, ADeviceThatIsLostIsLeftAtOnce) {
    make({{"card", {.fail_from_call = 3}}, {"cpu", {}, true}});
    for (int tile = 0; tile < 5; ++tile) {
        run();
        expect_good();
    }
    EXPECT_EQ(calls(0), 3);
    EXPECT_EQ(calls(1), 3);
    EXPECT_EQ(notes_.repeats, 1U);
    expect_said("card failed");
}

TEST_F(Ladder, ARungThatDoesNotOpenIsPassedOver) {
    make({{"card", {.fail_from_call = 1}}, {"broken", {.open_problem = "no driver"}}, {"cpu", {}, true}});
    run();
    expect_good();
    expect_said("no driver");
}

TEST_F(Ladder, WhatAllFailAtIsAnErrorThatNamesThemAndTheNextRunBeginsAnew) {
    make({{"card", {.fail_at_call = 1}}, {"card in fp32", {.fail_at_call = 1}, false, "card"}});
    EXPECT_EQ(error_of_run(), ErrorCode::engine_failed);
    expect_said("card failed: the fake engine was told to fail");
    expect_said("card in fp32 failed");
    run();
    expect_good();
    EXPECT_EQ(calls(0), 2);
}

TEST_F(Ladder, ANetworkThatGivesNoNumbersAnywhereIsBad) {
    make({{"card", {.nan_from_call = 1}}, {"cpu", {.nan_from_call = 1}, true}});
    EXPECT_EQ(error_of_run(), ErrorCode::bad_network);
    expect_said("may be damaged");
}

TEST_F(Ladder, WhatTheProcessorConfirmsIsWhatTheNetworkDoesAndSoonNoLongerChecked) {
    make({{"card", {.inverts_from_call = 1}}, {"cpu", {.inverts_from_call = 1}, true}});
    Tensor white = noise_tile();
    std::fill(white.data.begin(), white.data.end(), 1.0F);
    for (int tile = 0; tile < 5; ++tile) {
        run(white);
        EXPECT_EQ(out_.data.front(), 0.0F);
    }
    EXPECT_EQ(calls(0), 5); // it is not blamed
    EXPECT_EQ(calls(1), 3);
}

TEST_F(Ladder, WithoutARungOnTheProcessorThatIsTheJudge) {
    const FakeBehaviour inverts{.inverts_from_call = 1};
    make({{"card", inverts}}, &inverts);
    Tensor white = noise_tile();
    std::fill(white.data.begin(), white.data.end(), 1.0F);
    run(white);
    EXPECT_EQ(out_.data.front(), 0.0F);
    EXPECT_EQ(calls(1), 1);
}

TEST_F(Ladder, WhatTheJudgeDoesNotConfirmIsAnErrorNotAPicture) {
    const FakeBehaviour honest;
    make({{"card", {.black_from_call = 1}}}, &honest);
    EXPECT_EQ(error_of_run(), ErrorCode::engine_failed);
    expect_said("card gave");
}

TEST_F(Ladder, WhereNobodyCanJudgeDoubtIsOnlySaid) {
    make({{"card", {.black_from_call = 1}}});
    run();
    EXPECT_EQ(out_.data.back(), 0.0F);
    expect_said("cannot judge");
}

TEST_F(Ladder, OutOfMemoryIsTheCallersAffair) {
    SessionLadder& ladder =
        make({{"card", {.max_tile_pixels = 100}}, {"card in fp32", {}, false, "card"}, {"cpu", {}, true}});
    EXPECT_EQ(error_of_run(), ErrorCode::out_of_memory);
    EXPECT_TRUE(ladder.leave_device("too small"));
    run();
    expect_good();
    EXPECT_EQ(calls(1), 0); // the same device
    EXPECT_EQ(calls(2), 1);
    EXPECT_TRUE(ladder.leave_device("said late by another thread"));
    run();
    EXPECT_EQ(calls(2), 2);
}

TEST_F(Ladder, MemoryIsThatOfTheRungInUseAndOfItsDeviceWhereTheSessionDoesNotKnow) {
    FakeEngine engine({.fail_from_call = 1});
    const auto open = [&] {
        Network network;
        network.spec = nearest_spec();
        return engine.open(network, "fake", {});
    };
    int asked = 0;
    const auto card = [&asked]() -> std::uint64_t { return ++asked == 1 ? 1000 : 1; };
    SessionLadder ladder(
        "net",
        {{"card", "card", false, open, card},
         {"cpu", "cpu", true,
          [] {
              FakeEngine cpu({.free_memory_bytes = 77});
              Network network;
              network.spec = nearest_spec();
              return cpu.open(network, "fake", {});
          }}},
        open());
    EXPECT_EQ(ladder.free_memory_bytes(), 1000U);
    EXPECT_EQ(ladder.free_memory_bytes(), 1000U); // what it has taken since is its own
    ladder.run(noise_tile(), {}, out_, {}, notes_);
    EXPECT_EQ(ladder.free_memory_bytes(), 77U);
}

TEST_F(Ladder, MeasuresWhatATileTakesOfADevicesMemory) {
    FakeEngine engine;
    const auto open = [&] {
        Network network;
        network.spec = nearest_spec();
        return engine.open(network, "fake", {});
    };
    constexpr std::uint64_t at_first = 1'000'000'000;
    constexpr std::int64_t width = 256;
    std::uint64_t now = at_first;
    std::vector<double> kept;
    Rung card{"card", "card", false, open, [&now] { return now; }};
    card.bytes_per_pixel = 9;
    card.keep_bytes_per_pixel = [&kept](double bytes) { kept.push_back(bytes); };
    SessionLadder ladder("net", {card}, open());
    const auto run = [&](std::int64_t height, std::uint64_t taken_by_pixel) {
        now = at_first - taken_by_pixel * static_cast<std::uint64_t>(height * width);
        const Shape shape{1, 3, height, width};
        ladder.run({shape, std::vector<float>(element_count(shape), 0.5F)}, {}, out_, {});
        return kept;
    };
    using Kept = std::vector<double>;
    EXPECT_EQ(run(100, 50), Kept()) << "of a small tile most is not the tile's";
    EXPECT_EQ(run(256, 9), Kept()) << "as known";
    EXPECT_EQ(run(512, 12), Kept({12}));
    EXPECT_EQ(run(512, 20), Kept({12, 20})) << "several at a time";
    EXPECT_EQ(run(256, 50), Kept({12, 20})) << "what a small one leaves is that of the large one";
    EXPECT_EQ(run(512, 20), Kept({12, 20}));
    EXPECT_EQ(run(512, 20), Kept({12, 20}));
    EXPECT_EQ(run(512, 90), Kept({12, 20})) << "that is somebody else by now";
    EXPECT_EQ(run(1024, 0), Kept({12, 20})) << "somebody has given memory back";
    EXPECT_EQ(ladder.bytes_per_pixel(), 9) << "a session's tiles stay as they are";
}

TEST_F(Ladder, MeasuresTilesOfBytesAsWell) {
    /// Gives back what it was given.
    class Bytes final : public IdleSession {
      public:
        [[nodiscard]] bool takes_bytes() const override { return true; }

        [[nodiscard]] bool
        run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& /*cancel*/) override {
            out = in;
            return true;
        }
    };

    constexpr std::int64_t large = 256;
    std::uint64_t now = 1'000'000'000;
    double kept = 0;
    Rung card{"card", "card", false, {}, [&now] { return now; }};
    card.keep_bytes_per_pixel = [&kept](double bytes) { kept = bytes; };
    SessionLadder ladder("net", {card}, std::make_unique<Bytes>());
    now -= 7 * large * large;
    ByteTile out;
    EXPECT_TRUE(ladder.run_bytes({large, large, 1, std::vector<std::uint8_t>(large * large)}, out, {}));
    EXPECT_EQ(kept, 7);
}

TEST_F(Ladder, WhereMemoryIsNotKnownTilesAreSmallUnlessLargeOnesWereMeasured) {
    /// Likes tiles of 1024.
    class Large final : public IdleSession {
      public:
        [[nodiscard]] std::int64_t best_tile_px() const override { return 1024; }
    };

    const auto tile = [](std::uint64_t free_bytes, std::int64_t measured) {
        Rung rung{"card", "card", false, {}, [free_bytes] { return free_bytes; }};
        rung.best_tile_px = measured;
        return SessionLadder("net", {rung}, std::make_unique<Large>()).best_tile_px();
    };
    EXPECT_EQ(tile(0, 0), 384);
    EXPECT_EQ(tile(1000, 0), 1024);
    EXPECT_EQ(tile(0, 640), 640);
}

TEST_F(Ladder, ADeviceThatWasAskedForByNameIsNotLeft) {
    SessionLadder& ladder = make({{"card", {.max_tile_pixels = 100}}, {"card in fp32", {}, false, "card"}});
    EXPECT_EQ(error_of_run(), ErrorCode::out_of_memory);
    EXPECT_FALSE(ladder.leave_device("too small"));
}

TEST_F(Ladder, ACancelledRunIsNotTriedAgain) {
    SessionLadder& ladder = make({{"card", {.stall_at_call = 1}}, {"cpu", {}, true}});
    CancelSource source;
    source.request_stop();
    try {
        ladder.run(noise_tile(), {}, out_, source.get_token(), notes_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    EXPECT_EQ(calls(1), 0);
}

TEST_F(Ladder, ManyThreadsGetGoodTilesWhileTheDeviceGoesBad) {
    SessionLadder& ladder =
        make({{"card", {.black_from_call = 4}}, {"other", {.fail_from_call = 6}}, {"cpu", {}, true}});
    set_log_callback(nullptr);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&ladder] {
            const Tensor in = noise_tile();
            Tensor out;
            RunNotes notes;
            for (int tile = 0; tile < 10; ++tile) {
                ladder.run(in, {}, out, {}, notes);
                EXPECT_EQ(out.data.front(), in.data.front());
            }
        });
    }
}

TEST_F(Ladder, APictureComesOutWholeWhereTheCardHasNoMemoryForTheSmallestTile) {
    SessionLadder& ladder = make({{"card", {.max_tile_pixels = 100}}, {"cpu", {}, true}});
    Image image({100, 80, {3, SampleType::u8}, {}});
    std::mt19937 random(3);
    std::generate(image.pixels().begin(), image.pixels().end(), [&] { return std::byte(random()); });
    const ModelSpec spec = nearest_spec();
    const UpscalePlan plan = plan_upscale(spec, nullptr, {0, 384}, image.width(), image.height(), {});
    ProgressCounter counter(tile_count(plan, false), {});
    std::atomic<std::int64_t> limit{std::numeric_limits<std::int64_t>::max()};
    const Image result =
        read_image(*upscale_rows(rows_of_borrowed(image), {spec, ladder, limit}, plan, false, counter, {}));
    EXPECT_EQ(result.row(159)[599], image.row(79)[299]);
    EXPECT_GT(calls(1), 0);
    EXPECT_GT(limit.load(), 100 * 80); // that was the card's limit
    expect_said("going on with cpu");
}

} // namespace
} // namespace kizuna
