#pragma once

#include "engine/onnxruntime/provider_settings.hpp"
#include "engine/onnxruntime/provider_table.hpp"

#include <cstddef>
#include <filesystem>
#include <span>

namespace kizuna::ort {

/// The folder in which the provider is to keep what it compiles of this network, made where it is missing.
/// Its name stands for all that would make another result of it: ONNX Runtime's release, the provider's
/// library, device, precision, and the network. Empty where the provider compiles nothing, `cache_folder` is
/// empty, or it cannot be made.
[[nodiscard]] std::filesystem::path folder_for_compiled(
    const std::filesystem::path& cache_folder, const ProviderEntry& provider, const SettingsRequest& request,
    std::span<const std::byte> onnx);

} // namespace kizuna::ort
