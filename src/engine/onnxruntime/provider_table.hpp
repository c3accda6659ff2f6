#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna::ort {

enum class ProviderKind : std::uint8_t { tensorrt, cuda, directml, coreml, webgpu, cpu };

/// One of ONNX Runtime's execution providers.
struct ProviderEntry {
    ProviderKind kind;
    std::string_view name;     ///< ours
    std::string_view ort_name; ///< ONNX Runtime's
    std::string_view system;   ///< the only system that has it, or empty
};

/// In the order in which `auto` tries them.
[[nodiscard]] std::span<const ProviderEntry> provider_table() noexcept;

/// By any of its names. Throws Error{device_unavailable} naming those that there are.
[[nodiscard]] const ProviderEntry& find_provider(std::string_view name);

/// The table as Engine::providers() gives it.
[[nodiscard]] std::vector<Provider> list_providers();

} // namespace kizuna::ort
