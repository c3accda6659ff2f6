// The public interface with the real default network, through libkizuna as any program sees it.
#include "api/default_network_test.hpp"
#include "service/test_providers.hpp"

#include "kizuna/kizuna.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;

const fs::path examples = fs::path(KIZUNA_SOURCE_DIR) / "examples";

/// Opened once: every test but those on opening shares it.
class Api : public DefaultNetworkTest {
  protected:
    static const Upscaler& upscaler() {
        static const Upscaler shared{Model::load(default_model_name()), {.provider = "cpu"}};
        return shared;
    }

    static Image crop(const Image& image, std::uint32_t width, std::uint32_t height) {
        Image part({width, height, image.format(), {}});
        for (std::uint32_t y = 0; y < height; ++y) {
            std::copy_n(
                image.row(y + 60).begin() + std::ptrdiff_t{160} * 3, part.info().row_bytes(),
                part.row(y).begin());
        }
        return part;
    }

    static Image face() { return crop(read_image(examples / "lineart.png"), 64, 48); }
};

ErrorCode error_of(const auto& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST_F(Api, OneUpscalerGivesEightThreadsTheSameBytes) {
    const Image image = face();
    const Image expected = upscaler().upscale(image);
    std::vector<Image> results(8);
    std::vector<std::thread> threads;
    threads.reserve(results.size());
    for (Image& result : results) {
        threads.emplace_back([&] { result = upscaler().upscale(image, {.tile_px = 0}); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const Image& result : results) {
        EXPECT_TRUE(same_pixels(result, expected));
    }
}

TEST_F(Api, MemoryFileAndBytesGiveTheSamePicture) {
    const Image image = face();
    const Image expected = upscaler().upscale(image);
    write_image(image, folder_ / "in.png");
    const UpscaleReport report = upscaler().upscale_file(folder_ / "in.png", folder_ / "out.png");
    EXPECT_EQ(report.output_width, 128U);
    EXPECT_EQ(report.tiles, 1U);
    EXPECT_GT(report.engine_seconds, 0.0);
    EXPECT_TRUE(same_pixels(read_image(folder_ / "out.png"), expected));
    const auto bytes = upscaler().upscale_bytes(encode_image(image, {.format = "png"}));
    EXPECT_TRUE(same_pixels(decode_image(bytes), expected));
}

TEST_F(Api, AnExistingOutputIsKeptUnlessToldOtherwise) {
    write_image(face(), folder_ / "in.png");
    write_image(face(), folder_ / "out.png");
    const auto before = fs::file_size(folder_ / "out.png");
    EXPECT_EQ(
        error_of([&] { (void)upscaler().upscale_file(folder_ / "in.png", folder_ / "out.png"); }),
        ErrorCode::already_exists);
    EXPECT_EQ(fs::file_size(folder_ / "out.png"), before);
    (void)upscaler().upscale_file(folder_ / "in.png", folder_ / "out.png", {}, {.overwrite = true});
    EXPECT_EQ(read_image(folder_ / "out.png").width(), 128U);
}

TEST_F(Api, AFileMayBeReplacedByItsOwnResult) {
    write_image(face(), folder_ / "in.png");
    (void)upscaler().upscale_file(folder_ / "in.png", folder_ / "in.png", {}, {.overwrite = true});
    EXPECT_EQ(read_image(folder_ / "in.png").width(), 128U);
}

TEST_F(Api, CancellingLeavesNoFile) {
    const Image lineart = read_image(examples / "lineart.png");
    write_image(lineart, folder_ / "in.png");
    CancelSource source;
    EXPECT_EQ(
        error_of([&] {
            (void)upscaler().upscale_file(
                folder_ / "in.png", folder_ / "out.png", {.tile_px = 64}, {},
                [&](const Progress&) { source.request_stop(); }, source.get_token());
        }),
        ErrorCode::cancelled);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

/// Two frames of 13×11.
const fs::path small_animation = fs::path(KIZUNA_SOURCE_DIR) / "tests/fuzz/corpus/webp/animated.webp";

TEST_F(Api, AnAnimationStaysOneAndItsFramesAreThoseOfPictures) {
    const fs::path output = folder_ / "out.apng";
    Progress last;
    const UpscaleReport report = upscaler().upscale_file(
        small_animation, output, {}, {}, [&](const Progress& progress) { last = progress; });
    EXPECT_EQ(report.frames, 2U);
    EXPECT_EQ(last.frames_done, 2U);
    EXPECT_EQ(last.tiles_done, last.tiles_total);
    const ImageFileInfo info = inspect_image(output);
    EXPECT_EQ(info.format, "apng");
    EXPECT_EQ(info.frames, 2U);
    ASSERT_TRUE(info.animation.has_value());
    EXPECT_EQ(info.animation->seconds, inspect_image(small_animation).animation->seconds);
    EXPECT_TRUE(same_pixels(read_image(output), upscaler().upscale(read_image(small_animation))));
}

TEST_F(Api, AnAnimationsFirstFrameIsAPictureWhereThatIsAskedFor) {
    FileOptions options;
    options.encode.first_frame = true;
    const UpscaleReport report = upscaler().upscale_file(small_animation, folder_ / "out.webp", {}, options);
    EXPECT_EQ(report.frames, 1U);
    EXPECT_EQ(inspect_image(folder_ / "out.webp").frames, 1U);
}

TEST_F(Api, CancellingBetweenFramesLeavesNoFile) {
    CancelSource source;
    const auto stop_after_first = [&](const Progress& progress) {
        if (progress.frames_done == 1) {
            source.request_stop();
        }
    };
    for (const char* name : {"out.gif", "out.webp", "out.apng", "out.avif", "out.jxl"}) {
        source = CancelSource();
        EXPECT_EQ(
            error_of([&] {
                (void)upscaler().upscale_file(
                    small_animation, folder_ / name, {}, {}, stop_after_first, source.get_token());
            }),
            ErrorCode::cancelled)
            << name;
    }
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Api, TilesArePlannedOverTheWholePicture) {
    const auto tiles = upscaler().plan_tiles(300, 200, {.scale = 4, .tile_px = 64});
    std::uint64_t covered[2] = {};
    for (const TilePlacement& tile : tiles) {
        ASSERT_LT(tile.pass, 2);
        covered[tile.pass] += static_cast<std::uint64_t>(tile.output_width * tile.output_height);
    }
    EXPECT_EQ(covered[0], 600U * 400U);
    EXPECT_EQ(covered[1], 1200U * 800U);
}

TEST_F(Api, UnknownProvidersAreRefusedWithTheAvailableOnes) {
    try {
        const Upscaler none(Model::load(default_model_name()), {.provider = "abacus"});
        FAIL() << "opened";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_NE(std::string(error.what()).find("cpu"), std::string::npos) << error.what();
    }
}

TEST_F(Api, AProviderByNameNeverFallsBack) {
    EXPECT_EQ(
        error_of([] { const Upscaler none(Model::load(default_model_name()), {.provider = "coreml"}); }),
        ErrorCode::device_unavailable);
    EXPECT_EQ(
        error_of([] {
            const Upscaler none(Model::load(default_model_name()), {.provider = "cpu", .device = -1});
        }),
        ErrorCode::invalid_argument);
    EXPECT_EQ(
        error_of([] {
            const Upscaler none(Model::load(default_model_name()), {.provider = "cpu", .threads = -2});
        }),
        ErrorCode::invalid_argument);
}

/// For what needs a second engine.
class ApiWithOnnxRuntime : public Api {
  protected:
    void SetUp() override {
        Api::SetUp();
        if (const std::string problem = test::problem_with("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }
};

TEST_F(ApiWithOnnxRuntime, ProviderNamesOfOnnxRuntimeAreTaken) {
    const Upscaler upscaler(Model::load(default_model_name()), {.provider = "CPUExecutionProvider"});
    EXPECT_EQ(upscaler.provider(), "ort-cpu");
}

TEST_F(Api, AutoTakesOurEngineBeforeOnnxRuntimeOnTheProcessor) {
    std::vector<std::string> names;
    for (const Device& device : list_devices()) {
        names.push_back(device.provider);
    }
    const auto ours = std::find(names.begin(), names.end(), "cpu");
    ASSERT_NE(ours, names.end());
    EXPECT_EQ(std::vector<std::string>(ours + 1, names.end()), std::vector<std::string>{"ort-cpu"});
}

TEST_F(ApiWithOnnxRuntime, APrecisionThatAProviderDoesNotHaveIsRefused) {
    EXPECT_EQ(
        error_of([] {
            const Upscaler none(
                Model::load(default_model_name()), {.provider = "ort-cpu", .precision = Precision::bf16});
        }),
        ErrorCode::unsupported);
}

TEST_F(Api, TheProcessorIsAvailableAndListed) {
    const auto devices = list_devices();
    const auto cpu =
        std::find_if(devices.begin(), devices.end(), [](const Device& d) { return d.provider == "cpu"; });
    ASSERT_NE(cpu, devices.end());
    EXPECT_TRUE(cpu->available) << cpu->problem;
    for (const Device& device : devices) {
        EXPECT_NE(device.available, !device.problem.empty()) << device.provider;
    }
}

TEST_F(Api, TheModelSaysWhatItIs) {
    const ModelInfo info = upscaler().model();
    EXPECT_EQ(info.scale, 2);
    EXPECT_EQ(info.channels, 3);
    EXPECT_EQ(info.licence, "BSD-3-Clause");
    // 18 convolutions of 3×3 reach 18 pixels; the bicubic shrink from ×4 to ×2 reaches into one more.
    EXPECT_EQ(info.receptive_field_px, 19);
}

TEST_F(Api, TheOrientationIsAppliedOnceAndReset) {
    Image image = face();
    // A TIFF header, one entry: tag 0x0112 (orientation), SHORT, 1 value, 6 = turn right.
    const unsigned char exif[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3,
                                  0,   1,   0,  0, 0, 6, 0, 0, 0, 0, 0,    0, 0};
    const auto blob = std::as_bytes(std::span(exif));
    image.metadata().exif.assign(blob.begin(), blob.end());
    const Image out = upscaler().upscale(image);
    EXPECT_EQ(out.width(), 96U);
    EXPECT_EQ(out.height(), 128U);
    ASSERT_GE(out.metadata().exif.size(), 20U);
    EXPECT_EQ(std::to_integer<int>(out.metadata().exif[18]), 1);
}

TEST_F(Api, NetworksAndPicturesThatAreMissingAreNotFound) {
    EXPECT_EQ(error_of([] { (void)Model::load("no-such-network"); }), ErrorCode::not_found);
    EXPECT_EQ(
        error_of([&] { (void)upscaler().upscale_file(folder_ / "none.png", folder_ / "o.png"); }),
        ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { (void)read_image(folder_ / "none.png"); }), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { (void)inspect_image(folder_ / "none.png"); }), ErrorCode::not_found);
}

TEST_F(Api, FormatsAreNamedByTheirUsualExtensions) {
    EXPECT_EQ(extension_of_format("jpeg"), "jpg");
    EXPECT_EQ(extension_of_format("TIF"), "tif");
    EXPECT_EQ(error_of([] { (void)extension_of_format("psd"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([] { (void)extension_of_format(""); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([] { (void)encode_image(Image({1, 1, {}, {}}), {}); }), ErrorCode::invalid_argument);
}

TEST_F(Api, SettingsAreCheckedAgainstTheFormatBeforeAnythingIsRead) {
    EXPECT_NO_THROW(check_encode_settings({.quality = 80}, "a.jpg"));
    EXPECT_NO_THROW(check_encode_settings({.quality = 80}, "a"));
    EXPECT_EQ(
        error_of([] { check_encode_settings({.quality = 101}, "a.jpg"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([] { check_encode_settings({.quality = 80}, "a.png"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([] { check_encode_settings({}, "a.psd"); }), ErrorCode::invalid_argument);
}

TEST_F(ApiWithOnnxRuntime, MemoryIsToldOfEachOfSeveralDevices) {
    const Upscaler upscaler(Model::load(default_model_name()), {.provider = "cpu,ort-cpu"});
    std::vector<std::string> providers;
    for (const MemoryUse& use : memory_use()) {
        providers.push_back(use.provider);
        EXPECT_GT(use.in_use_bytes, 0U) << use.provider;
    }
    EXPECT_THAT(providers, testing::IsSupersetOf({"cpu", "ort-cpu"}));
    EXPECT_THAT(providers, testing::Each(testing::Not(testing::HasSubstr(","))));
}

TEST_F(Api, TheVersionIsThreeNumbers) {
    EXPECT_EQ(std::count(version(), version() + std::strlen(version()), '.'), 2);
}

} // namespace
} // namespace kizuna
