#include "engine/onnxruntime/session_options.hpp"

#include "base/system.hpp"
#include "engine/onnxruntime/errors.hpp"

#include "kizuna/error.hpp"

#include <memory>
#include <string>
#include <unordered_map>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

using Settings = std::unordered_map<std::string, std::string>;

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

void append_cuda(Ort::SessionOptions& session, int device) {
    const OrtApi& api = Ort::GetApi();
    OrtCUDAProviderOptionsV2* raw = nullptr;
    Ort::ThrowOnError(api.CreateCUDAProviderOptions(&raw));
    const std::unique_ptr<OrtCUDAProviderOptionsV2, decltype(api.ReleaseCUDAProviderOptions)> cuda(
        raw, api.ReleaseCUDAProviderOptions);
    // An exhaustive search for the fastest algorithm (the default) is repeated for every new tile size, and
    // growing memory by powers of two takes up to twice what a tile needs.
    const Settings settings{
        {"device_id", std::to_string(device)},
        {"cudnn_conv_algo_search", "HEURISTIC"},
        {"arena_extend_strategy", "kSameAsRequested"}};
    const KeysAndValues list(settings);
    Ort::ThrowOnError(
        api.UpdateCUDAProviderOptions(cuda.get(), list.keys.data(), list.values.data(), list.keys.size()));
    session.AppendExecutionProvider_CUDA_V2(*cuda);
}

void append_tensorrt(Ort::SessionOptions& session, int device) {
    const OrtApi& api = Ort::GetApi();
    OrtTensorRTProviderOptionsV2* raw = nullptr;
    Ort::ThrowOnError(api.CreateTensorRTProviderOptions(&raw));
    const std::unique_ptr<OrtTensorRTProviderOptionsV2, decltype(api.ReleaseTensorRTProviderOptions)>
        tensorrt(raw, api.ReleaseTensorRTProviderOptions);
    const Settings settings{{"device_id", std::to_string(device)}};
    const KeysAndValues list(settings);
    Ort::ThrowOnError(api.UpdateTensorRTProviderOptions(
        tensorrt.get(), list.keys.data(), list.values.data(), list.keys.size()));
    session.AppendExecutionProvider_TensorRT_V2(*tensorrt);
    append_cuda(session, device); // runs what TensorRT does not take
}

void require_first_device(const ProviderEntry& provider, int device) {
    if (device != 0) {
        throw Error(
            ErrorCode::device_unavailable,
            fmt::format("there is no device {} of {}: only device 0 can be chosen", device, provider.name));
    }
}

void append_provider(Ort::SessionOptions& session, const ProviderEntry& provider, int device) {
    switch (provider.kind) {
    case ProviderKind::tensorrt:
        append_tensorrt(session, device);
        return;
    case ProviderKind::cuda:
        append_cuda(session, device);
        return;
    case ProviderKind::directml:
        session.AppendExecutionProvider("DML", {{"device_id", std::to_string(device)}});
        return;
    case ProviderKind::coreml:
        require_first_device(provider, device);
        session.AppendExecutionProvider("CoreML");
        return;
    case ProviderKind::webgpu:
        require_first_device(provider, device);
        session.AppendExecutionProvider("WebGPU");
        return;
    case ProviderKind::cpu:
        require_first_device(provider, device);
        return; // always there
    }
}

} // namespace

Ort::SessionOptions make_session_options(const ProviderEntry& provider, const SessionOptions& options) {
    if (options.precision == Precision::bf16) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("{} cannot compute in bf16; use fp32, or the provider cpu", provider.name));
    }
    Ort::SessionOptions session;
    session.SetIntraOpNumThreads(options.threads > 0 ? options.threads : available_cpus());
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
    try {
        append_provider(session, provider, options.device);
    } catch (const Ort::Exception& error) {
        throw provider_error(error, provider);
    }
    return session;
}

} // namespace kizuna::ort
