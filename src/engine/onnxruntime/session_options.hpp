#pragma once

#include "engine/onnxruntime/api.hpp"
#include "engine/onnxruntime/provider_settings.hpp"
#include "engine/onnxruntime/provider_table.hpp"

namespace kizuna::ort {

/// How a session is to be opened on this provider. `threads` as SessionOptions has it. Throws
/// Error{device_unavailable} where the provider or the device is not there.
[[nodiscard]] Ort::SessionOptions
make_session_options(const ProviderEntry& provider, int threads, const SettingsRequest& request);

} // namespace kizuna::ort
