#include "engine/onnxruntime/provider_table.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

constexpr std::array<ProviderEntry, 6> table{{
    {ProviderKind::tensorrt, "tensorrt", "TensorrtExecutionProvider", ""},
    {ProviderKind::cuda, "cuda", "CUDAExecutionProvider", ""},
    {ProviderKind::directml, "directml", "DmlExecutionProvider", "Windows"},
    {ProviderKind::coreml, "coreml", "CoreMLExecutionProvider", "macOS"},
    {ProviderKind::webgpu, "webgpu", "WebGpuExecutionProvider", ""},
    {ProviderKind::cpu, "ort-cpu", "CPUExecutionProvider", ""},
}};

} // namespace

std::span<const ProviderEntry> provider_table() noexcept {
    return table;
}

const ProviderEntry& find_provider(std::string_view name) {
    const auto* const entry = std::find_if(table.begin(), table.end(), [&](const ProviderEntry& candidate) {
        return name == candidate.name || name == candidate.ort_name;
    });
    if (entry == table.end()) {
        std::string names;
        for (const ProviderEntry& known : table) {
            names += (names.empty() ? "" : ", ") + std::string(known.name);
        }
        throw Error(
            ErrorCode::device_unavailable,
            fmt::format("ONNX Runtime has no provider '{}'; it may have {}", name, names));
    }
    return *entry;
}

std::vector<Provider> list_providers() {
    std::vector<Provider> providers;
    providers.reserve(table.size());
    for (const ProviderEntry& entry : table) {
        providers.push_back(
            {std::string(entry.name), {std::string(entry.ort_name)}, entry.kind == ProviderKind::cpu});
    }
    return providers;
}

} // namespace kizuna::ort
