#include "engine/onnxruntime/session_options.hpp"

#include "base/system.hpp"
#include "engine/onnxruntime/errors.hpp"

#include "kizuna/error.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

struct KeysAndValues {
    explicit KeysAndValues(const Settings& settings) {
        for (const auto& [key, value] : settings) {
            keys.push_back(key.c_str());
            values.push_back(value.c_str());
        }
    }

    std::vector<const char*> keys;
    std::vector<const char*> values;
};

void append_cuda(Ort::SessionOptions& session, const Settings& settings) {
    const OrtApi& api = Ort::GetApi();
    OrtCUDAProviderOptionsV2* raw = nullptr;
    Ort::ThrowOnError(api.CreateCUDAProviderOptions(&raw));
    const std::unique_ptr<OrtCUDAProviderOptionsV2, decltype(api.ReleaseCUDAProviderOptions)> cuda(
        raw, api.ReleaseCUDAProviderOptions);
    const KeysAndValues list(settings);
    Ort::ThrowOnError(
        api.UpdateCUDAProviderOptions(cuda.get(), list.keys.data(), list.values.data(), list.keys.size()));
    session.AppendExecutionProvider_CUDA_V2(*cuda);
}

void append_tensorrt(Ort::SessionOptions& session, const Settings& settings) {
    const OrtApi& api = Ort::GetApi();
    OrtTensorRTProviderOptionsV2* raw = nullptr;
    Ort::ThrowOnError(api.CreateTensorRTProviderOptions(&raw));
    const std::unique_ptr<OrtTensorRTProviderOptionsV2, decltype(api.ReleaseTensorRTProviderOptions)>
        tensorrt(raw, api.ReleaseTensorRTProviderOptions);
    const KeysAndValues list(settings);
    Ort::ThrowOnError(api.UpdateTensorRTProviderOptions(
        tensorrt.get(), list.keys.data(), list.values.data(), list.keys.size()));
    session.AppendExecutionProvider_TensorRT_V2(*tensorrt);
}

void append_by_name(Ort::SessionOptions& session, const char* name, const Settings& settings) {
    session.AppendExecutionProvider(
        name, std::unordered_map<std::string, std::string>(settings.begin(), settings.end()));
}

void append(Ort::SessionOptions& session, ProviderKind kind, const Settings& settings) {
    switch (kind) {
    case ProviderKind::tensorrt:
        append_tensorrt(session, settings);
        return;
    case ProviderKind::cuda:
        append_cuda(session, settings);
        return;
    case ProviderKind::directml:
        append_by_name(session, "DML", settings);
        return;
    case ProviderKind::coreml:
        append_by_name(session, "CoreML", settings);
        return;
    case ProviderKind::webgpu:
        append_by_name(session, "WebGPU", settings);
        return;
    case ProviderKind::cpu:
        return; // always there
    }
}

// What every provider is told.
Ort::SessionOptions common_options(int threads) {
    Ort::SessionOptions session;
    session.SetIntraOpNumThreads(threads > 0 ? threads : available_cpus());
    session.SetInterOpNumThreads(1); // these networks are chains: there is nothing to run side by side
    session.SetExecutionMode(ORT_SEQUENTIAL);
    // Between two operators its threads sleep instead of spinning: animevideov3 x2, 256×256, two busy
    // processors: 1.5 s instead of 2.1 s per tile, 0.68 s instead of 1.0 s of processor time.
    session.AddConfigEntry("session.intra_op.allow_spinning", "0");
    // Its own store of memory stays on: a picture's tiles are all of one size, so the store reaches that size
    // once. Without it, tiles of 340×360 pixels leave the C library's heap in pieces: 444 MB at the most
    // instead of 199 MB, no faster. Tiles vary in size: plans of memory made for one are wasted on the next.
    // DirectML forbids them.
    session.DisableMemPattern();
    // session.set_denormal_as_zero stays off: it changes the floating-point mode of the caller's own thread
    // for good.
    return session;
}

// With all settings, or if that fails, with those that this release knows.
void append_tolerantly(
    Ort::SessionOptions& session, const ProviderEntry& provider, const SettingsRequest& request) {
    const ProviderSettings settings = settings_for(provider.kind, request);
    Settings all = settings.needed;
    all.insert(all.end(), settings.wishes.begin(), settings.wishes.end());
    const auto try_out = [&](const Settings& some) {
        Ort::SessionOptions scratch;
        append(scratch, provider.kind, some);
    };
    try {
        append(session, provider.kind, all);
    } catch (const Ort::Exception&) {
        append(session, provider.kind, settings_that_work(settings, try_out, provider.name));
    }
}

void require_first_device(const ProviderEntry& provider, int device) {
    const bool has_several = provider.kind == ProviderKind::cuda || provider.kind == ProviderKind::tensorrt ||
                             provider.kind == ProviderKind::directml;
    if (device != 0 && !has_several) {
        throw Error(
            ErrorCode::device_unavailable,
            fmt::format("there is no device {} of {}: only device 0 can be chosen", device, provider.name));
    }
}

} // namespace

Ort::SessionOptions
make_session_options(const ProviderEntry& provider, int threads, const SettingsRequest& request) {
    require_first_device(provider, request.device);
    Ort::SessionOptions session = common_options(threads);
    try {
        append_tolerantly(session, provider, request);
        if (provider.kind == ProviderKind::tensorrt) { // what TensorRT does not take
            append_tolerantly(session, find_provider("cuda"), request);
        }
    } catch (const Ort::Exception& error) {
        throw provider_error(error, provider);
    }
    return session;
}

} // namespace kizuna::ort
