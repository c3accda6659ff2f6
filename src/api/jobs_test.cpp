// A queue of pictures as a viewer uses it, with the real default network.
#include "api/default_network_test.hpp"

#include "kizuna/kizuna.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::chrono::seconds patience{60};

/// A picture that no other seed gives.
Image page(int seed, std::uint32_t width = 24, std::uint32_t height = 16) {
    Image image({width, height, {3, SampleType::u8}, {}});
    std::mt19937 random(seed);
    for (std::byte& sample : image.pixels()) {
        sample = static_cast<std::byte>(random());
    }
    return image;
}

class JobsTest : public DefaultNetworkTest {
  protected:
    static const Model& model() {
        static const Model shared = Model::load(default_model_name());
        return shared;
    }

    static JobsOptions on_the_processor() {
        JobsOptions options;
        options.devices = {{.provider = "cpu"}};
        return options;
    }

    static JobRequest request(JobInput input, JobTarget target, JobTerms terms = {}) {
        return {std::move(input), std::move(target), model(), {}, std::move(terms), {}, {}};
    }

    static JobResult take(Jobs& jobs) {
        auto result = jobs.take(patience);
        if (!result) {
            throw std::runtime_error("no job has ended");
        }
        return std::move(*result);
    }
};

TEST_F(JobsTest, EveryKindOfInputGivesEveryKindOfResult) {
    const Image picture = page(1);
    const Image expected = Upscaler(model(), {.provider = "cpu"}).upscale(picture);
    const std::vector<std::byte> encoded = encode_image(picture, {.format = "png"});
    write_image(picture, folder_ / "in.png");
    Jobs jobs(on_the_processor());
    int number = 0;
    for (const JobInput& input : {JobInput(folder_ / "in.png"), JobInput(encoded), JobInput(picture)}) {
        const fs::path file = folder_ / (std::to_string(number++) + ".png");
        jobs.submit(request(input, ToFile{file, {}}));
        const JobResult to_file = take(jobs);
        ASSERT_EQ(to_file.state, JobState::done) << to_file.error->what();
        EXPECT_TRUE(same_pixels(read_image(std::get<fs::path>(to_file.output)), expected));
        jobs.submit(request(input, ToBytes{}));
        EXPECT_TRUE(same_pixels(decode_image(std::get<std::vector<std::byte>>(take(jobs).output)), expected));
        jobs.submit(request(input, ToImage{}));
        const JobResult to_image = take(jobs);
        EXPECT_TRUE(same_pixels(std::get<Image>(to_image.output), expected));
        EXPECT_EQ(to_image.report.output_width, expected.width());
        EXPECT_GT(to_image.report.engine_seconds, 0);
        EXPECT_EQ(to_image.provider, "cpu");
    }
}

TEST_F(JobsTest, WhatIsWrongWithAPictureIsItsOwnResult) {
    Jobs jobs(on_the_processor());
    jobs.submit(request(folder_ / "missing.png", ToImage{}, {.key = "a"}));
    const JobResult missing = take(jobs);
    EXPECT_EQ(missing.state, JobState::failed);
    EXPECT_EQ(missing.key, "a");
    EXPECT_EQ(missing.error->code(), ErrorCode::not_found);
    EXPECT_THAT(missing.error->what(), HasSubstr("missing.png"));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(missing.output));
    jobs.submit(request(std::vector<std::byte>(20), ToBytes{}));
    EXPECT_EQ(take(jobs).state, JobState::failed);
    jobs.submit(request(page(1), ToFile{folder_ / "no such folder" / "out.png", {}}));
    EXPECT_EQ(take(jobs).error->code(), ErrorCode::io);
    jobs.submit(request(page(1), ToImage{}));
    EXPECT_EQ(take(jobs).state, JobState::done);
}

TEST_F(JobsTest, ProgressIsToldAndRunningJobsCanBeCancelled) {
    Jobs jobs(on_the_processor());
    std::atomic<JobId> told{0};
    JobRequest slow = request(page(1, 200, 200), ToFile{folder_ / "out.png", {}});
    slow.options.tile_px = 32;
    slow.progress = [&](JobId id, const Progress& progress) {
        EXPECT_GT(progress.tiles_total, progress.tiles_done);
        told = id;
        jobs.cancel(id);
    };
    const JobId id = jobs.submit(std::move(slow));
    const JobResult result = take(jobs);
    EXPECT_EQ(told, id);
    EXPECT_EQ(result.state, JobState::cancelled);
    EXPECT_TRUE(fs::is_empty(folder_));
}

// Two at work take all places and, turn by turn, all the device's time: only by its priority can a third get
// in.
TEST_F(JobsTest, AnUrgentPageOvertakesThoseThatAreAtWork) {
    Jobs jobs(on_the_processor());
    jobs.prepare(model());
    std::atomic<int> begun{0};
    std::vector<std::string> order;
    std::mutex mutex;
    const auto note = [&](const std::string& name) {
        return [&, name](JobResult) {
            const std::lock_guard lock(mutex);
            order.push_back(name);
        };
    };
    for (const char* const name : {"ahead", "further ahead"}) {
        JobRequest ahead = request(page(1, 200, 200), ToImage{}, {.priority = 0});
        ahead.options.tile_px = 32;
        ahead.progress = [&](JobId, const Progress& progress) { begun += progress.tiles_done == 1 ? 1 : 0; };
        ahead.ended = note(name);
        jobs.submit(std::move(ahead));
    }
    while (begun < 2) {
        std::this_thread::yield();
    }
    JobRequest on_screen = request(page(2, 40, 40), ToImage{}, {.priority = 10});
    on_screen.ended = note("on screen");
    jobs.submit(std::move(on_screen));
    jobs.wait_until_idle();
    ASSERT_EQ(order.size(), 3U);
    EXPECT_EQ(order.front(), "on screen");
}

TEST_F(JobsTest, TwoHundredPagesTurnedAtRandomEachArriveOnceOrWereCancelled) {
    constexpr int pages = 200;
    Jobs jobs(on_the_processor());
    std::map<std::string, int> arrived;
    std::map<std::string, int> cancelled;
    std::thread reader([&] { // the thread of a host that waits for results
        for (int i = 0; i < pages; ++i) {
            const JobResult result = take(jobs);
            EXPECT_TRUE(result.state == JobState::done || result.state == JobState::cancelled) << result.key;
            ++(result.state == JobState::done ? arrived : cancelled)[result.key];
        }
    });
    std::mt19937 random(5);
    std::vector<JobId> ids;
    for (int i = 0; i < pages; ++i) {
        ids.push_back(jobs.submit(request(
            page(i, 8 + i % 40U, 8 + i % 31U), ToBytes{{.format = "webp"}}, {.key = std::to_string(i)})));
        const auto any = random() % ids.size();
        switch (random() % 3) {
        case 0:
            jobs.set_priority(ids[any], static_cast<int>(random() % 10));
            break;
        case 1:
            jobs.cancel_key(std::to_string(any));
            break;
        default:
            break;
        }
    }
    reader.join();
    EXPECT_EQ(arrived.size() + cancelled.size(), static_cast<std::size_t>(pages));
    for (const auto& ends : {arrived, cancelled}) {
        for (const auto& [key, count] : ends) {
            EXPECT_EQ(count, 1) << key;
        }
    }
    EXPECT_FALSE(arrived.empty());
    EXPECT_FALSE(cancelled.empty());
    EXPECT_FALSE(jobs.take().has_value());
}

TEST_F(JobsTest, ResultsAreFoundAgainInTheCache) {
    auto cache = std::make_shared<ResultCache>(folder_ / "cache");
    JobsOptions options = on_the_processor();
    options.cache = cache;
    Jobs jobs(options);
    const std::vector<std::byte> encoded = encode_image(page(1), {.format = "png"});
    jobs.submit(request(encoded, ToBytes{}));
    const JobResult made = take(jobs);
    EXPECT_FALSE(made.from_cache);
    write_image(page(1), folder_ / "same.png"); // the same content by another way
    jobs.submit(request(folder_ / "same.png", ToFile{folder_ / "out", {.encode = {.format = "png"}}}));
    const JobResult other = take(jobs);
    EXPECT_FALSE(other.from_cache) << "a result in another format was asked for by name";
    jobs.submit(request(encoded, ToBytes{}));
    const JobResult found = take(jobs);
    EXPECT_TRUE(found.from_cache);
    EXPECT_EQ(std::get<std::vector<std::byte>>(found.output), std::get<std::vector<std::byte>>(made.output));
    JobRequest larger = request(encoded, ToBytes{});
    larger.options.scale = 3;
    jobs.submit(std::move(larger));
    EXPECT_FALSE(take(jobs).from_cache);
    EXPECT_EQ(cache->stats().entries, 3U);
}

TEST_F(JobsTest, AFileThatIsThereIsRefusedBeforeAnythingIsComputed) {
    write_image(page(1), folder_ / "out.png");
    for (const bool with_cache : {false, true}) {
        JobsOptions options = on_the_processor();
        options.cache = with_cache ? std::make_shared<ResultCache>(folder_ / "cache") : nullptr;
        Jobs jobs(options);
        JobRequest job = request(encode_image(page(1), {.format = "png"}), ToFile{folder_ / "out.png", {}});
        std::atomic<bool> has_begun = false;
        job.progress = [&](JobId, const Progress&) { has_begun = true; };
        jobs.submit(std::move(job));
        EXPECT_EQ(take(jobs).error->code(), ErrorCode::already_exists);
        EXPECT_FALSE(has_begun);
    }
}

TEST_F(JobsTest, ACacheMayComeLater) {
    Jobs jobs(on_the_processor());
    const std::vector<std::byte> encoded = encode_image(page(1), {.format = "png"});
    const auto cache = std::make_shared<ResultCache>(folder_ / "cache");
    const auto is_from_cache = [&] {
        jobs.submit(request(encoded, ToBytes{}));
        return take(jobs).from_cache;
    };
    EXPECT_FALSE(is_from_cache());
    jobs.keep_results_in(cache);
    EXPECT_FALSE(is_from_cache());
    EXPECT_TRUE(is_from_cache());
    jobs.keep_results_in(nullptr);
    EXPECT_FALSE(is_from_cache());
}

TEST_F(JobsTest, WhatIsClosedTakesNoMoreAndKeepsItsResults) {
    Jobs jobs(on_the_processor());
    jobs.submit(request(page(1), ToImage{}));
    jobs.close();
    EXPECT_THROW(jobs.submit(request(page(1), ToImage{})), Error);
    EXPECT_TRUE(jobs.take().has_value());
}

TEST_F(JobsTest, ClosingEndsTheWaitingOfAllThatWaitForResults) {
    Jobs jobs(on_the_processor());
    std::vector<std::thread> takers;
    for (int i = 0; i < 2; ++i) {
        takers.emplace_back([&] { EXPECT_FALSE(jobs.take(std::chrono::hours(1)).has_value()); });
    }
    jobs.close();
    for (std::thread& taker : takers) { // hangs if one still waits
        taker.join();
    }
}

TEST_F(JobsTest, ResultsInOtherTilesAreOtherResults) {
    ::setenv("XDG_CONFIG_HOME", (folder_ / "config").c_str(), 1);
    const Model nearest = Model::load(add_nearest().string());
    (void)tune(nearest, {.provider = "cpu"});
    const fs::path table = tuning_file();
    JobsOptions options = on_the_processor();
    options.cache = std::make_shared<ResultCache>(folder_ / "cache");
    const std::vector<std::byte> encoded = encode_image(page(1), {.format = "png"});
    const auto is_from_cache = [&] {
        Jobs jobs(options);
        JobRequest job = request(encoded, ToBytes{});
        job.model = nearest;
        jobs.submit(std::move(job));
        return take(jobs).from_cache;
    };
    EXPECT_FALSE(is_from_cache());
    EXPECT_TRUE(is_from_cache());
    std::ifstream in(table);
    std::string text(std::istreambuf_iterator<char>(in), {});
    const std::string field = "\"tile_px\": ";
    const std::size_t value = text.find(field) + field.size();
    text.replace(value, text.find_first_of(",\n", value) - value, "48");
    std::ofstream(table) << text;
    EXPECT_FALSE(is_from_cache());
    ::unsetenv("XDG_CONFIG_HOME");
}

TEST_F(JobsTest, TheNetworkThatWasNotUsedForLongestIsClosedWhereOneTooManyIsOpen) {
    // Of each convolution of a network that is opened, our engine says how it is computed.
    std::atomic<int> convolutions{0};
    set_log_callback([&](LogLevel, std::string_view message) {
        convolutions += message.substr(0, 6) == "oneDNN" ? 1 : 0;
    });
    const Model without_any = Model::load(add_nearest().string());
    const auto is_opened_again = [&](std::size_t open_networks) {
        JobsOptions options = on_the_processor();
        options.open_networks = open_networks;
        Jobs jobs(options);
        const auto run = [&](const Model& network) {
            JobRequest job = request(page(1), ToImage{});
            job.model = network;
            jobs.submit(std::move(job));
            EXPECT_EQ(take(jobs).state, JobState::done);
            return convolutions.exchange(0);
        };
        EXPECT_GT(run(model()), 0);
        EXPECT_EQ(run(model()), 0) << "it was open";
        EXPECT_EQ(run(without_any), 0);
        return run(model()) > 0;
    };
    EXPECT_TRUE(is_opened_again(1));
    EXPECT_FALSE(is_opened_again(2));
    set_log_callback(nullptr);
}

TEST_F(JobsTest, RefusesMoreThanMayWaitAndOptionsThatMakeNoSense) {
    EXPECT_THROW(Jobs({.devices = {}}), Error);
    EXPECT_THROW(Jobs({.running_per_device = 0}), Error);
    EXPECT_THROW(Jobs({.open_networks = 0}), Error);
    JobsOptions options = on_the_processor();
    options.waiting = 1;
    Jobs jobs(options);
    jobs.submit(request(page(1), ToImage{}));
    jobs.wait_until_idle();
    EXPECT_THROW(jobs.submit(request(page(2), ToImage{})), Error) << "its result has not been taken";
    (void)take(jobs);
    jobs.submit(request(page(2), ToImage{}));
}

} // namespace
} // namespace kizuna
