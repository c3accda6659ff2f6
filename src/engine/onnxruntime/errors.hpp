#pragma once

#include "engine/onnxruntime/api.hpp"
#include "engine/onnxruntime/provider_table.hpp"

#include "kizuna/error.hpp"

#include <string>
#include <string_view>

// What ONNX Runtime says, as our errors.
namespace kizuna::ort {

/// Its words as one sentence: no source positions, function signatures, log prefixes or line breaks.
[[nodiscard]] std::string clean_message(std::string_view message);

/// True for the texts by which it and the devices' libraries say that memory ran out; it has no code for
/// that.
[[nodiscard]] bool is_out_of_memory(std::string_view message);

/// For a provider that could not be added.
[[nodiscard]] Error provider_error(const Ort::Exception& error, const ProviderEntry& provider);

/// For a failure while the session was made: the network's fault, or the device's.
[[nodiscard]] Error open_error(const Ort::Exception& error, const ProviderEntry& provider);

/// For a failure while the network ran.
[[nodiscard]] Error run_error(const Ort::Exception& error);

} // namespace kizuna::ort
