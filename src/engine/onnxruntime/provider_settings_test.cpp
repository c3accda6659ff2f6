#include "engine/onnxruntime/provider_settings.hpp"

#include <algorithm>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::ort {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

constexpr ProviderKind all_kinds[] = {ProviderKind::tensorrt, ProviderKind::cuda,   ProviderKind::directml,
                                      ProviderKind::coreml,   ProviderKind::webgpu, ProviderKind::cpu};

TEST(ProviderSettings, SayWhichDeviceWhereThereMayBeSeveral) {
    for (const ProviderKind kind : {ProviderKind::tensorrt, ProviderKind::cuda, ProviderKind::directml}) {
        EXPECT_THAT(settings_for(kind, {.device = 3}).needed, ElementsAre(Pair("device_id", "3")));
    }
}

TEST(ProviderSettings, LeaveTheProcessorAlone) {
    const ProviderSettings settings = settings_for(ProviderKind::cpu, {});
    EXPECT_THAT(settings.needed, IsEmpty());
    EXPECT_THAT(settings.wishes, IsEmpty());
    EXPECT_FALSE(prefers_half(ProviderKind::cpu));
}

TEST(ProviderSettings, NameNothingTwice) {
    for (const ProviderKind kind : all_kinds) {
        const ProviderSettings settings = settings_for(kind, {.half = true, .cache = "/cache"});
        std::vector<std::string> names;
        for (const auto& [name, value] : settings.wishes) {
            EXPECT_FALSE(value.empty()) << name;
            EXPECT_THAT(settings.needed, Not(Contains(Key(name))));
            names.push_back(name);
        }
        std::sort(names.begin(), names.end());
        EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
    }
}

TEST(ProviderSettings, GiveFloat32ByNameItsWholePrecision) {
    EXPECT_THAT(settings_for(ProviderKind::cuda, {.exact = true}).wishes, Contains(Pair("use_tf32", "0")));
    EXPECT_THAT(settings_for(ProviderKind::cuda, {.half = true}).wishes, Contains(Pair("use_tf32", "1")));
}

TEST(ProviderSettings, LayFloat16OutForTensorCores) {
    EXPECT_THAT(settings_for(ProviderKind::cuda, {.half = true}).wishes, Contains(Pair("prefer_nhwc", "1")));
    EXPECT_THAT(settings_for(ProviderKind::cuda, {}).wishes, Contains(Pair("prefer_nhwc", "0")));
    EXPECT_THAT(
        settings_for(ProviderKind::tensorrt, {.half = true}).wishes, Contains(Pair("trt_fp16_enable", "1")));
}

TEST(ProviderSettings, KeepWhatIsCompiledOnlyWhereThereIsAFolder) {
    EXPECT_THAT(
        settings_for(ProviderKind::tensorrt, {}).wishes, Not(Contains(Key("trt_engine_cache_enable"))));
    EXPECT_THAT(
        settings_for(ProviderKind::tensorrt, {.cache = "/cache"}).wishes,
        Contains(Pair("trt_engine_cache_path", "/cache")));
    EXPECT_THAT(settings_for(ProviderKind::coreml, {}).wishes, Not(Contains(Key("ModelCacheDirectory"))));
    EXPECT_THAT(
        settings_for(ProviderKind::coreml, {.cache = "/cache"}).wishes,
        Contains(Pair("ModelCacheDirectory", "/cache")));
    for (const ProviderKind kind : all_kinds) {
        const bool names_the_folder =
            settings_for(kind, {}).wishes != settings_for(kind, {.cache = "/cache"}).wishes;
        EXPECT_EQ(names_the_folder, keeps_compiled_networks(kind));
    }
}

TEST(ProviderSettings, LeaveOutWhatALibraryDoesNotKnow) {
    const ProviderSettings settings{{{"device_id", "0"}}, {{"old", "1"}, {"new", "1"}, {"older", "1"}}};
    const auto without_new = [](const Settings& tried) {
        for (const auto& [name, value] : tried) {
            if (name == "new") {
                throw std::runtime_error("Unknown provider option: \"new\"");
            }
        }
    };
    EXPECT_THAT(
        settings_that_work(settings, without_new, "cuda"),
        ElementsAre(Pair("device_id", "0"), Pair("old", "1"), Pair("older", "1")));
}

TEST(ProviderSettings, AreRefusedWhereTheDeviceIs) {
    const ProviderSettings settings{{{"device_id", "9"}}, {{"old", "1"}}};
    const auto refuse = [](const Settings&) { throw std::runtime_error("no such device"); };
    EXPECT_THROW((void)settings_that_work(settings, refuse, "cuda"), std::runtime_error);
}

} // namespace

} // namespace kizuna::ort
