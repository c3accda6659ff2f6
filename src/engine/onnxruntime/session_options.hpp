#pragma once

#include "engine/engine.hpp"
#include "engine/onnxruntime/api.hpp"
#include "engine/onnxruntime/provider_table.hpp"

namespace kizuna::ort {

/// Threads, memory, and the provider. Throws Ort::Exception where the provider cannot be added,
/// Error{device_unavailable} for a device number that it cannot have,
/// {unsupported} for a precision.
[[nodiscard]] Ort::SessionOptions
make_session_options(const ProviderEntry& provider, const SessionOptions& options);

} // namespace kizuna::ort
