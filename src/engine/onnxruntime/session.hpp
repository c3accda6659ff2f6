#pragma once

#include "engine/engine.hpp"
#include "engine/onnxruntime/provider_table.hpp"

#include <memory>

namespace kizuna::ort {

/// Opens the network's ONNX bytes. library() must have succeeded. Throws as Engine::open.
[[nodiscard]] std::unique_ptr<Session>
open_session(const Network& network, const ProviderEntry& provider, const SessionOptions& options);

} // namespace kizuna::ort
