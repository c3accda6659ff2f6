// The C interface, right and wrong, with the real default network.
#include "api/default_network_test.hpp"

#include "kizuna/kizuna.h"
#include "kizuna/kizuna.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <climits>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kizuna {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::uint32_t input_width = 20;
constexpr std::uint32_t input_height = 12;

class CApi : public DefaultNetworkTest {
  protected:
    void SetUp() override {
        DefaultNetworkTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        for (std::size_t i = 0; i < samples_.size(); ++i) {
            samples_[i] = static_cast<unsigned char>(i * 37 % 251);
        }
        ASSERT_EQ(kizuna_model_load(nullptr, &model_), KIZUNA_OK) << kizuna_last_error();
        kizuna_engine_options engine = KIZUNA_ENGINE_OPTIONS_INIT;
        engine.provider = "cpu";
        ASSERT_EQ(kizuna_upscaler_open(model_, &engine, &upscaler_), KIZUNA_OK) << kizuna_last_error();
    }

    void TearDown() override {
        kizuna_upscaler_free(upscaler_);
        kizuna_model_free(model_);
        DefaultNetworkTest::TearDown();
    }

    [[nodiscard]] kizuna_pixels pixels() const {
        return {input_width, input_height, 3, KIZUNA_U8, 0, samples_.data()};
    }

    [[nodiscard]] Image image() const {
        Image result({input_width, input_height, {3, SampleType::u8}, {}});
        std::memcpy(result.pixels().data(), samples_.data(), samples_.size());
        return result;
    }

    [[nodiscard]] kizuna_status upscale(const kizuna_pixels& view) const {
        kizuna_image* none = nullptr;
        const kizuna_status status =
            kizuna_upscale_pixels(upscaler_, &view, nullptr, nullptr, nullptr, &none);
        EXPECT_EQ(none == nullptr, status != KIZUNA_OK);
        kizuna_image_free(none);
        return status;
    }

    static Json command(const char* name, const Json& request, kizuna_status expected = KIZUNA_OK) {
        kizuna_bytes* reply = nullptr;
        EXPECT_EQ(kizuna_command(name, request.dump().c_str(), &reply), expected) << kizuna_last_error();
        const std::string text(static_cast<const char*>(kizuna_bytes_data(reply)), kizuna_bytes_size(reply));
        kizuna_bytes_free(reply);
        return Json::parse(text);
    }

    std::vector<unsigned char> samples_ = std::vector<unsigned char>(input_width * input_height * 3);
    kizuna_model* model_ = nullptr;
    kizuna_upscaler* upscaler_ = nullptr;
};

TEST_F(CApi, PixelsBytesAndFilesGiveWhatTheCppInterfaceGives) {
    const Image expected = Upscaler(Model::load(default_model_name()), {.provider = "cpu"}).upscale(image());
    kizuna_image* result = nullptr;
    const kizuna_pixels view = pixels();
    ASSERT_EQ(kizuna_upscale_pixels(upscaler_, &view, nullptr, nullptr, nullptr, &result), KIZUNA_OK);
    kizuna_pixels seen{};
    ASSERT_EQ(kizuna_image_pixels(result, &seen), KIZUNA_OK);
    ASSERT_EQ(seen.width, 2 * input_width);
    ASSERT_EQ(seen.height, 2 * input_height);
    EXPECT_EQ(std::memcmp(seen.data, expected.pixels().data(), expected.pixels().size()), 0);
    kizuna_image_free(result);

    const auto encoded = encode_image(image(), {.format = "png"});
    kizuna_bytes* bytes = nullptr;
    ASSERT_EQ(
        kizuna_upscale_bytes(
            upscaler_, encoded.data(), encoded.size(), nullptr, nullptr, nullptr, nullptr, &bytes),
        KIZUNA_OK);
    const Image decoded =
        decode_image({static_cast<const std::byte*>(kizuna_bytes_data(bytes)), kizuna_bytes_size(bytes)});
    EXPECT_TRUE(std::ranges::equal(decoded.pixels(), expected.pixels()));
    kizuna_bytes_free(bytes);

    write_image(image(), folder_ / "in.png");
    ASSERT_EQ(
        kizuna_upscale_file(
            upscaler_, (folder_ / "in.png").c_str(), (folder_ / "out.png").c_str(), nullptr, nullptr, nullptr,
            nullptr),
        KIZUNA_OK);
    EXPECT_TRUE(std::ranges::equal(read_image(folder_ / "out.png").pixels(), expected.pixels()));
    EXPECT_STREQ(kizuna_upscaler_provider(upscaler_), "cpu");
    EXPECT_EQ(kizuna_model_scale(model_), 2);
}

TEST_F(CApi, RowsMayLieApart) {
    constexpr std::ptrdiff_t stride = input_width * 3 + 5;
    std::vector<unsigned char> padded(stride * input_height, 255);
    for (std::uint32_t y = 0; y < input_height; ++y) {
        std::memcpy(
            padded.data() + y * stride, samples_.data() + std::ptrdiff_t{y} * input_width * 3,
            input_width * 3);
    }
    kizuna_pixels apart = pixels();
    apart.data = padded.data();
    apart.stride_bytes = stride;
    kizuna_image* a = nullptr;
    kizuna_image* b = nullptr;
    const kizuna_pixels together = pixels();
    ASSERT_EQ(kizuna_upscale_pixels(upscaler_, &apart, nullptr, nullptr, nullptr, &a), KIZUNA_OK);
    ASSERT_EQ(kizuna_upscale_pixels(upscaler_, &together, nullptr, nullptr, nullptr, &b), KIZUNA_OK);
    kizuna_pixels of_a{};
    kizuna_pixels of_b{};
    ASSERT_EQ(kizuna_image_pixels(a, &of_a), KIZUNA_OK);
    ASSERT_EQ(kizuna_image_pixels(b, &of_b), KIZUNA_OK);
    EXPECT_EQ(std::memcmp(of_a.data, of_b.data, std::size_t{of_b.height} * of_b.stride_bytes), 0);
    kizuna_image_free(a);
    kizuna_image_free(b);
}

TEST_F(CApi, PixelsThatCannotBeAreRefused) {
    const auto refused = [&](auto change) {
        kizuna_pixels view = pixels();
        change(view);
        EXPECT_EQ(upscale(view), KIZUNA_INVALID_ARGUMENT) << kizuna_last_error();
        EXPECT_STRNE(kizuna_last_error(), "");
    };
    refused([](kizuna_pixels& v) { v.data = nullptr; });
    refused([](kizuna_pixels& v) { v.width = 0; });
    refused([](kizuna_pixels& v) { v.height = 0; });
    refused([](kizuna_pixels& v) { v.channels = 0; });
    refused([](kizuna_pixels& v) { v.channels = 5; });
    refused([](kizuna_pixels& v) { v.sample = 7; });
    refused([](kizuna_pixels& v) { v.stride_bytes = -60; });
    refused([](kizuna_pixels& v) { v.stride_bytes = 59; });
    refused([](kizuna_pixels& v) { v.stride_bytes = PTRDIFF_MAX; });
    kizuna_pixels huge = pixels();
    huge.width = huge.height = UINT_MAX;
    EXPECT_NE(upscale(huge), KIZUNA_OK);
}

TEST_F(CApi, HandlesThatAreNoneAreNoticed) {
    kizuna_image* image = nullptr;
    const kizuna_pixels view = pixels();
    const auto upscale_with = [&](const void* handle) {
        return kizuna_upscale_pixels(
            static_cast<const kizuna_upscaler*>(handle), &view, nullptr, nullptr, nullptr, &image);
    };
    EXPECT_EQ(upscale_with(nullptr), KIZUNA_INVALID_ARGUMENT);
    EXPECT_THAT(kizuna_last_error(), HasSubstr("NULL"));
    EXPECT_EQ(upscale_with(model_), KIZUNA_INVALID_ARGUMENT) << "of another kind";
    EXPECT_EQ(upscale_with(&view), KIZUNA_INVALID_ARGUMENT) << "of nobody";
    kizuna_upscaler_free(upscaler_);
    EXPECT_EQ(upscale_with(upscaler_), KIZUNA_INVALID_ARGUMENT) << "free already";
    EXPECT_THAT(kizuna_last_error(), HasSubstr("no longer"));
    kizuna_upscaler_free(upscaler_);
    kizuna_bytes_free(nullptr);
    EXPECT_EQ(kizuna_bytes_data(nullptr), nullptr);
    EXPECT_EQ(kizuna_bytes_size(nullptr), 0U);
    EXPECT_EQ(kizuna_upscaler_provider(nullptr), nullptr);
    EXPECT_EQ(kizuna_model_scale(nullptr), 0);
    EXPECT_EQ(kizuna_model_load(nullptr, nullptr), KIZUNA_INVALID_ARGUMENT);
    EXPECT_EQ(kizuna_image_pixels(nullptr, nullptr), KIZUNA_INVALID_ARGUMENT);
}

TEST_F(CApi, ErrorsHaveTheirStatusAndASentence) {
    kizuna_model* none = model_;
    EXPECT_EQ(kizuna_model_load("no-such-network", &none), KIZUNA_NOT_FOUND);
    EXPECT_EQ(none, nullptr);
    EXPECT_THAT(kizuna_last_error(), HasSubstr("no-such-network"));
    kizuna_bytes* bytes = nullptr;
    EXPECT_EQ(
        kizuna_upscale_bytes(upscaler_, "no picture", 10, nullptr, nullptr, nullptr, nullptr, &bytes),
        KIZUNA_UNSUPPORTED);
    EXPECT_EQ(
        kizuna_upscale_bytes(upscaler_, nullptr, 10, nullptr, nullptr, nullptr, nullptr, &bytes),
        KIZUNA_INVALID_ARGUMENT);
    EXPECT_EQ(
        kizuna_upscale_file(upscaler_, nullptr, "", nullptr, nullptr, nullptr, nullptr),
        KIZUNA_INVALID_ARGUMENT);
    EXPECT_EQ(
        kizuna_upscale_file(upscaler_, "\xff\xfe.png", "out.png", nullptr, nullptr, nullptr, nullptr),
        KIZUNA_NOT_FOUND)
        << "a path that is no UTF-8";
    kizuna_options wrong = KIZUNA_OPTIONS_INIT;
    wrong.blend = 9;
    const kizuna_pixels view = pixels();
    kizuna_image* image = nullptr;
    EXPECT_EQ(
        kizuna_upscale_pixels(upscaler_, &view, &wrong, nullptr, nullptr, &image), KIZUNA_INVALID_ARGUMENT);
    kizuna_options unsized{};
    EXPECT_EQ(
        kizuna_upscale_pixels(upscaler_, &view, &unsized, nullptr, nullptr, &image), KIZUNA_INVALID_ARGUMENT);
    EXPECT_STREQ(kizuna_status_name(KIZUNA_OK), "ok");
    EXPECT_STREQ(kizuna_status_name(KIZUNA_INTERNAL), "internal");
    EXPECT_STREQ(kizuna_status_name(99), "unknown");
    EXPECT_EQ(kizuna_version(), std::string(version()));
}

TEST_F(CApi, EachThreadHasItsOwnLastError) {
    kizuna_model* none = nullptr;
    EXPECT_EQ(kizuna_model_load("mine", &none), KIZUNA_NOT_FOUND);
    std::thread([] {
        EXPECT_STREQ(kizuna_last_error(), "");
        kizuna_model* other = nullptr;
        EXPECT_EQ(kizuna_model_load("other", &other), KIZUNA_NOT_FOUND);
    }).join();
    EXPECT_THAT(kizuna_last_error(), HasSubstr("mine"));
}

TEST_F(CApi, OptionsOfAnOlderHeaderAreTaken) {
    struct { // what kizuna_options might have been once
        size_t size = sizeof(*this);
        double scale = 3;
    } older;

    const kizuna_pixels view = pixels();
    kizuna_image* image = nullptr;
    ASSERT_EQ(
        kizuna_upscale_pixels(
            upscaler_, &view, reinterpret_cast<const kizuna_options*>(&older), nullptr, nullptr, &image),
        KIZUNA_OK)
        << kizuna_last_error();
    kizuna_pixels seen{};
    ASSERT_EQ(kizuna_image_pixels(image, &seen), KIZUNA_OK);
    EXPECT_EQ(seen.width, 3 * input_width);
    kizuna_image_free(image);
}

TEST_F(CApi, ProgressIsToldAndMayCancelAndMayNotThrow) {
    const kizuna_pixels view = pixels();
    kizuna_image* image = nullptr;
    int calls = 0;
    const kizuna_progress count = [](void* user, uint64_t done, uint64_t total) {
        EXPECT_LE(done, total);
        ++*static_cast<int*>(user);
        return 0;
    };
    EXPECT_EQ(kizuna_upscale_pixels(upscaler_, &view, nullptr, count, &calls, &image), KIZUNA_OK);
    EXPECT_EQ(calls, 1);
    kizuna_image_free(image);
    kizuna_options tiles = KIZUNA_OPTIONS_INIT;
    tiles.tta = 1;
    const kizuna_progress cancel = [](void*, uint64_t, uint64_t) { return 1; };
    EXPECT_EQ(kizuna_upscale_pixels(upscaler_, &view, &tiles, cancel, nullptr, &image), KIZUNA_CANCELLED);
    const kizuna_progress throwing = [](void*, uint64_t, uint64_t) -> int { throw 5; };
    EXPECT_EQ(kizuna_upscale_pixels(upscaler_, &view, &tiles, throwing, nullptr, &image), KIZUNA_CANCELLED);
}

TEST_F(CApi, TimeLimitsThatNobodyLivesToSeeAreRefused) {
    kizuna_jobs* jobs = nullptr;
    ASSERT_EQ(kizuna_jobs_open(nullptr, &jobs), KIZUNA_OK);
    const kizuna_pixels view = pixels();
    kizuna_job job = KIZUNA_JOB_INIT;
    job.model = model_;
    job.input_pixels = &view;
    job.deadline_ms = INT64_MAX;
    EXPECT_EQ(kizuna_jobs_submit(jobs, &job, nullptr), KIZUNA_INVALID_ARGUMENT);
    job.deadline_ms = -1;
    EXPECT_EQ(kizuna_jobs_submit(jobs, &job, nullptr), KIZUNA_INVALID_ARGUMENT);
    kizuna_jobs_free(jobs);
}

TEST_F(CApi, JobsGoThroughAQueue) {
    kizuna_engine_options device = KIZUNA_ENGINE_OPTIONS_INIT;
    device.provider = "cpu";
    kizuna_jobs_options options = KIZUNA_JOBS_OPTIONS_INIT;
    options.devices = &device;
    options.device_count = 1;
    const std::string cache = folder_ / "cache";
    options.cache_folder = cache.c_str();
    kizuna_jobs* jobs = nullptr;
    ASSERT_EQ(kizuna_jobs_open(&options, &jobs), KIZUNA_OK) << kizuna_last_error();
    const auto encoded = encode_image(image(), {.format = "png"});
    kizuna_encoding as_webp = KIZUNA_ENCODING_INIT;
    as_webp.format = "webp";
    kizuna_job job = KIZUNA_JOB_INIT;
    EXPECT_EQ(kizuna_jobs_submit(jobs, &job, nullptr), KIZUNA_INVALID_ARGUMENT);
    job.model = model_;
    EXPECT_EQ(kizuna_jobs_submit(jobs, &job, nullptr), KIZUNA_INVALID_ARGUMENT) << "without an input";
    job.input_data = encoded.data();
    job.input_size = encoded.size();
    job.encoding = &as_webp;
    job.key = "page 1";
    uint64_t id = 0;
    for (const bool again : {false, true}) {
        ASSERT_EQ(kizuna_jobs_submit(jobs, &job, &id), KIZUNA_OK) << kizuna_last_error();
        kizuna_job_result* result = nullptr;
        ASSERT_EQ(kizuna_jobs_take(jobs, 60'000, &result), KIZUNA_OK);
        kizuna_job_report report{};
        ASSERT_EQ(kizuna_job_result_read(result, &report), KIZUNA_OK);
        EXPECT_EQ(report.id, id);
        EXPECT_STREQ(report.key, "page 1");
        EXPECT_EQ(report.state, KIZUNA_JOB_DONE);
        EXPECT_EQ(report.from_cache != 0, again);
        EXPECT_EQ(std::string(static_cast<const char*>(report.data) + 8, 4), "WEBP");
        kizuna_job_result_free(result);
        EXPECT_EQ(kizuna_job_result_read(result, &report), KIZUNA_INVALID_ARGUMENT);
    }
    kizuna_job_result* none = nullptr;
    EXPECT_EQ(kizuna_jobs_take(jobs, 0, &none), KIZUNA_OK);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(kizuna_jobs_cancel(jobs, id), KIZUNA_NOT_FOUND) << "it has ended";
    EXPECT_EQ(kizuna_jobs_set_priority(jobs, id, 3), KIZUNA_NOT_FOUND);
    size_t count = 99;
    EXPECT_EQ(kizuna_jobs_cancel_key(jobs, nullptr, &count), KIZUNA_OK);
    EXPECT_EQ(count, 0U);
    kizuna_jobs_free(jobs);
    EXPECT_EQ(kizuna_jobs_take(jobs, 0, &none), KIZUNA_INVALID_ARGUMENT);
}

TEST_F(CApi, FreeingAQueueEndsItsJobsThoughAThreadWaitsForTheirResults) {
    kizuna_jobs* jobs = nullptr;
    ASSERT_EQ(kizuna_jobs_open(nullptr, &jobs), KIZUNA_OK) << kizuna_last_error();
    const Image large({400, 400, {3, SampleType::u8}, {}});
    const kizuna_pixels view{400, 400, 3, KIZUNA_U8, 0, large.pixels().data()};
    kizuna_options in_small_tiles = KIZUNA_OPTIONS_INIT;
    in_small_tiles.tile = 32;
    std::atomic<int> tiles = 0;
    kizuna_job job = KIZUNA_JOB_INIT;
    job.model = model_;
    job.input_pixels = &view;
    job.options = &in_small_tiles;
    job.user = &tiles;
    job.progress = [](void* user, uint64_t /*done*/, uint64_t /*total*/) {
        ++*static_cast<std::atomic<int>*>(user);
        return 0;
    };
    ASSERT_EQ(kizuna_jobs_submit(jobs, &job, nullptr), KIZUNA_OK) << kizuna_last_error();
    kizuna_job_report report{};
    std::thread taker([&] {
        kizuna_job_result* result = nullptr;
        EXPECT_EQ(kizuna_jobs_take(jobs, 60'000, &result), KIZUNA_OK);
        EXPECT_EQ(kizuna_job_result_read(result, &report), KIZUNA_OK);
        kizuna_job_result_free(result);
    });
    while (tiles == 0) {
        std::this_thread::yield();
    }
    kizuna_jobs_free(jobs);
    const int at_the_end = tiles;
    taker.join();
    EXPECT_EQ(report.state, KIZUNA_JOB_CANCELLED);
    EXPECT_EQ(tiles, at_the_end);
}

TEST_F(CApi, OptionsOfQueuesAreChecked) {
    struct LaterOptions { // as a later version may have them
        kizuna_engine_options known = KIZUNA_ENGINE_OPTIONS_INIT;
        double more = 1;
    };

    std::array<LaterOptions, 2> devices;
    for (LaterOptions& device : devices) {
        device.known.size = sizeof(LaterOptions);
        device.known.provider = "cpu";
    }
    kizuna_jobs_options options = KIZUNA_JOBS_OPTIONS_INIT;
    options.devices = &devices[0].known;
    options.device_count = devices.size();
    const std::string cache = folder_ / "cache";
    options.cache_folder = cache.c_str();
    options.cache_age_s = 60;
    kizuna_jobs* jobs = nullptr;
    EXPECT_EQ(kizuna_jobs_open(&options, &jobs), KIZUNA_OK) << kizuna_last_error();
    kizuna_jobs_free(jobs);
    options.cache_age_s = -1;
    EXPECT_EQ(kizuna_jobs_open(&options, &jobs), KIZUNA_INVALID_ARGUMENT);
    EXPECT_THAT(kizuna_last_error(), HasSubstr("negative"));
    options.cache_age_s = 0;
    devices[1].known.precision = 77;
    EXPECT_EQ(kizuna_jobs_open(&options, &jobs), KIZUNA_INVALID_ARGUMENT);
    EXPECT_THAT(kizuna_last_error(), HasSubstr("77"));
}

TEST_F(CApi, TheSixCommandsOfHostsWork) {
    write_image(image(), folder_ / "in.png");
    EXPECT_EQ(command("check_sr_vulkan_availability", Json::object()), true);
    EXPECT_TRUE(command("get_sr_vulkan_gpu_info", Json::object()).is_array());
    EXPECT_EQ(
        command("get_sr_vulkan_cache_stats", Json::object(), KIZUNA_NOT_FOUND)["error"]["code"], "not_found");
    EXPECT_EQ(command("init_sr_vulkan_manager", {{"thumbnailRoot", folder_.string()}}), true);
    const Json request{
        {"imagePath", folder_ / "in.png"},
        {"savePath", folder_ / "new" / "page"},
        {"model", "REALESRGAN_ANIMAVIDEOV3_UP2X"},
        {"scale", 2.5},
        {"gpuId", -1},
        {"tileSize", 400},
        {"tta", false}};
    EXPECT_EQ(command("upscale_image_sr_vulkan", request), (folder_ / "new" / "page").string());
    EXPECT_EQ(inspect_image(folder_ / "new" / "page").format, "webp");
    EXPECT_EQ(inspect_image(folder_ / "new" / "page").image.width, 50U);
    EXPECT_EQ(command("upscale_image_sr_vulkan", request), (folder_ / "new" / "page").string());
    const Json stats = command("get_sr_vulkan_cache_stats", Json::object());
    EXPECT_EQ(stats["files"], 1);
    EXPECT_EQ(stats["hits"], 1);
    EXPECT_EQ(command("cleanup_sr_vulkan_cache", {{"maxAgeDays", 30}})["freedBytes"], 0);
    command("cleanup_sr_vulkan_cache", {{"maxAgeDays", -1}}, KIZUNA_INVALID_ARGUMENT);
    EXPECT_EQ(command("cleanup_sr_vulkan_cache", {{"all", true}})["freedBytes"], stats["bytes"]);
}

TEST_F(CApi, AHostMayBeginAnewWithoutLosingWhatIsAtWork) {
    write_image(image(), folder_ / "in.png");
    const Json job{
        {"input", folder_ / "in.png"}, {"output", folder_ / "out.png"}, {"provider", "cpu"}, {"wait", false}};
    const Json request_of_results{{"provider", "cpu"}, {"timeOutMs", 60'000}};
    for (const char* const root : {"one", "one", "other"}) {
        const Json submitted = command("upscale", job);
        command("init_sr_vulkan_manager", {{"thumbnailRoot", folder_ / root}});
        EXPECT_EQ(command("take", request_of_results)["job"], submitted["job"]);
        EXPECT_EQ(
            command("get_sr_vulkan_cache_stats", Json::object())["folder"],
            (folder_ / root / "kizuna").string());
    }
}

TEST_F(CApi, AHostThatLostItsFolderBeginsAnew) {
    write_image(image(), folder_ / "in.png");
    const Json job{{"input", folder_ / "in.png"}, {"output", folder_ / "out.png"}, {"provider", "cpu"}};
    for (int i = 0; i < 2; ++i) {
        command("init_sr_vulkan_manager", {{"thumbnailRoot", folder_ / "root"}});
        command("upscale", job);
        EXPECT_EQ(command("get_sr_vulkan_cache_stats", Json::object())["files"], 1);
        fs::remove_all(folder_ / "root");
        fs::remove(folder_ / "out.png");
    }
}

TEST_F(CApi, NothingIsLeftOfACommandThatIsRefused) {
    command(
        "upscale",
        {{"input", folder_ / "in.png"}, {"output", folder_ / "new" / "out.png"}, {"tile", "large"}},
        KIZUNA_CORRUPT);
    EXPECT_FALSE(fs::exists(folder_ / "new"));
}

TEST_F(CApi, CommandsUpscaleBesideTheirCaller) {
    write_image(image(), folder_ / "in.png");
    const Json request{
        {"input", folder_ / "in.png"},
        {"output", folder_ / "out.png"},
        {"provider", "cpu"},
        {"wait", false},
        {"key", "mine"}};
    const Json submitted = command("upscale", request);
    const Json done = command("take", {{"provider", "cpu"}, {"timeOutMs", 60'000}});
    EXPECT_EQ(done["job"], submitted["job"]);
    EXPECT_EQ(done["state"], "done");
    EXPECT_EQ(done["width"], 2 * input_width);
    EXPECT_TRUE(command("jobs", Json::object()).empty());
    EXPECT_EQ(command("cancel", {{"key", "mine"}})["cancelled"], 0);
    EXPECT_EQ(command("upscale", request)["job"], submitted["job"].get<int>() + 1);
    const Json failed = command("take", {{"provider", "cpu"}, {"timeOutMs", 60'000}});
    EXPECT_EQ(failed["state"], "failed");
    EXPECT_EQ(failed["error"]["code"], "already_exists");
    EXPECT_FALSE(command("models", Json::object()).empty());
    EXPECT_FALSE(command("devices", Json::object()).empty());
    const Json memory = command("memory", Json::object());
    ASSERT_FALSE(memory.empty()) << "a network is open";
    EXPECT_GT(memory[0]["inUseBytes"], 1 << 20);
    EXPECT_GE(memory[0]["peakBytes"], memory[0]["inUseBytes"]);
}

TEST_F(CApi, CommandsChangeAndCancelJobsByTheirNumbers) {
    write_image(
        Image({1500, 1500, {3, SampleType::u8}, {}}), folder_ / "large.png"); // seconds of work, or more
    const auto about = [](const Json& job) { return Json{{"job", job}, {"provider", "cpu"}}; };
    std::vector<Json> jobs;
    for (const char* const name : {"a.png", "b.png"}) {
        const Json request{
            {"input", folder_ / "large.png"},
            {"output", folder_ / name},
            {"provider", "cpu"},
            {"wait", false}};
        jobs.push_back(command("upscale", request)["job"]);
    }
    Json urgent = about(jobs[1]);
    urgent["priority"] = 7;
    EXPECT_EQ(command("set_priority", urgent)["found"], true);
    const Json listed = command("jobs", Json::object());
    EXPECT_EQ(listed.size(), jobs.size());
    for (const Json& job : listed) {
        EXPECT_EQ(job["priority"], job["job"] == jobs[1] ? 7 : 0);
    }
    for (const Json& job : jobs) {
        EXPECT_EQ(command("cancel", about(job))["cancelled"], 1);
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        EXPECT_EQ(command("take", {{"provider", "cpu"}, {"timeOutMs", 60'000}})["state"], "cancelled");
    }
    EXPECT_EQ(command("cancel", about(jobs[0]))["cancelled"], 0);
    EXPECT_EQ(command("set_priority", urgent)["found"], false);
}

TEST_F(CApi, ACommandMeasuresDevicesAndKeepsWhatIsBest) {
    ::setenv("XDG_CONFIG_HOME", (folder_ / "config").c_str(), 1);
    const Json best = command("tune", {{"model", add_nearest()}, {"provider", "cpu"}});
    ASSERT_EQ(best.size(), 1U);
    EXPECT_EQ(best[0]["provider"], "cpu");
    EXPECT_EQ(best[0]["precision"], "fp32");
    EXPECT_GT(best[0]["tile"], 0);
    EXPECT_GT(best[0]["megapixelsPerSecond"], 0.0);
    EXPECT_TRUE(fs::exists(folder_ / "config/kizuna/tuning.json"));
    command("tune", {{"provider", "none such"}}, KIZUNA_INVALID_ARGUMENT);
    ::unsetenv("XDG_CONFIG_HOME");
}

TEST_F(CApi, CommandsThatAreNoneAreRefused) {
    const fs::path here = folder_ / "in.png";
    write_image(image(), here);
    EXPECT_THAT(
        command("explode", Json::object(), KIZUNA_NOT_FOUND)["error"]["message"].get<std::string>(),
        HasSubstr("upscale_image_sr_vulkan"));
    command("devices", {{"colour", "blue"}}, KIZUNA_INVALID_ARGUMENT);
    command("upscale", {{"input", 5}}, KIZUNA_CORRUPT);
    command("upscale", {{"input", here}, {"output", "b.png"}, {"scale", -1}}, KIZUNA_INVALID_ARGUMENT);
    command("cancel", {{"job", 1e300}}, KIZUNA_CORRUPT);
    kizuna_bytes* reply = nullptr;
    EXPECT_EQ(kizuna_command("devices", "{", &reply), KIZUNA_CORRUPT);
    kizuna_bytes_free(reply);
    EXPECT_EQ(kizuna_command("devices", "[]", &reply), KIZUNA_CORRUPT);
    kizuna_bytes_free(reply);
    EXPECT_EQ(kizuna_command(nullptr, nullptr, &reply), KIZUNA_INVALID_ARGUMENT);
    EXPECT_EQ(kizuna_command("devices", nullptr, nullptr), KIZUNA_INVALID_ARGUMENT);
}

} // namespace
} // namespace kizuna
