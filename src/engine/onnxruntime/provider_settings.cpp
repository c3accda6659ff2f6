#include "engine/onnxruntime/provider_settings.hpp"

#include "base/log.hpp"

#include <exception>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

std::string flag(bool on) {
    return on ? "1" : "0";
}

Settings cuda_wishes(const SettingsRequest& request) {
    return {
        // Of all algorithms the fastest, found by trying for each shape of tile, kept while the session is
        // open. Tiles of a picture have one shape.
        {"cudnn_conv_algo_search", "EXHAUSTIVE"},
        {"cudnn_conv_use_max_workspace", "1"},
        // Memory grown by powers of two would be up to twice what a tile needs.
        {"arena_extend_strategy", "kSameAsRequested"},
        // Tensor cores take float16 with the channels last; else every convolution turns its tensors.
        {"prefer_nhwc", flag(request.half)},
        // Ten bits of each factor: as good as float16's, and not what float32 by name stands for.
        {"use_tf32", flag(!request.exact)}};
}

Settings tensorrt_wishes(const SettingsRequest& request) {
    Settings wishes{{"trt_fp16_enable", flag(request.half)}};
    if (!request.cache.empty()) {
        const std::string folder = request.cache.string();
        wishes.insert(
            wishes.end(), {{"trt_engine_cache_enable", "1"},
                           {"trt_engine_cache_path", folder},
                           {"trt_timing_cache_enable", "1"},
                           {"trt_timing_cache_path", folder}});
    }
    return wishes;
}

Settings coreml_wishes(const SettingsRequest& request) {
    Settings wishes{
        {"ModelFormat", "MLProgram"}, // the older format has no float16
        {"MLComputeUnits", "ALL"},
        {"RequireStaticInputShapes", "0"},
        {"SpecializationStrategy", "FastPrediction"},
        {"AllowLowPrecisionAccumulationOnGPU", flag(request.half)}};
    if (!request.cache.empty()) {
        wishes.emplace_back("ModelCacheDirectory", request.cache.string());
    }
    return wishes;
}

Settings webgpu_wishes() {
    return {
        {"preferredLayout", "NHWC"},
        {"validationMode", "disabled"}, // what it would check are ONNX Runtime's own shaders
        // Buffers are used again by those of about the same size: the next tile's.
        {"storageBufferCacheMode", "bucket"}};
}

} // namespace

ProviderSettings settings_for(ProviderKind kind, const SettingsRequest& request) {
    const Settings device{{"device_id", std::to_string(request.device)}};
    switch (kind) {
    case ProviderKind::tensorrt:
        return {device, tensorrt_wishes(request)};
    case ProviderKind::cuda:
        return {device, cuda_wishes(request)};
    case ProviderKind::directml:
        return {device, {}};
    case ProviderKind::coreml:
        return {{}, coreml_wishes(request)};
    case ProviderKind::webgpu:
        return {{}, webgpu_wishes()};
    case ProviderKind::cpu:
        break;
    }
    return {};
}

bool prefers_half(ProviderKind kind) noexcept {
    return kind != ProviderKind::cpu;
}

bool prefers_bytes(ProviderKind kind) noexcept {
    return kind != ProviderKind::cpu;
}

bool keeps_compiled_networks(ProviderKind kind) noexcept {
    return kind == ProviderKind::tensorrt || kind == ProviderKind::coreml;
}

std::int64_t best_tile_px(ProviderKind kind) noexcept {
    // A thousand pixels keep the largest cards busy, and a radius of 18 costs 7 % of the work.
    constexpr std::int64_t on_cards = 1024;
    constexpr std::int64_t on_processors = 384;
    return kind == ProviderKind::cpu ? on_processors : on_cards;
}

std::int64_t tile_step_px(ProviderKind kind) noexcept {
    // CUDA looks for the fastest algorithm of every convolution, and the others compile.
    constexpr std::int64_t prepared = 64;
    return kind == ProviderKind::cpu || kind == ProviderKind::webgpu ? 1 : prepared;
}

int parallel_runs(ProviderKind kind) noexcept {
    // The others run one after another, whoever calls.
    return kind == ProviderKind::cuda || kind == ProviderKind::tensorrt ? 2 : 1;
}

Settings settings_that_work(
    const ProviderSettings& settings, const std::function<void(const Settings&)>& try_out,
    std::string_view provider) {
    try_out(settings.needed);
    Settings working = settings.needed;
    for (const auto& wish : settings.wishes) {
        Settings with = settings.needed;
        with.push_back(wish);
        try {
            try_out(with);
            working.push_back(wish);
        } catch (const std::exception& error) {
            log(LogLevel::debug,
                fmt::format("{} does not take {}={}: {}", provider, wish.first, wish.second, error.what()));
        }
    }
    return working;
}

} // namespace kizuna::ort
