#pragma once

#include "engine/engine.hpp"

#include <memory>

namespace kizuna::cpu {

/// Throws as Engine::open.
[[nodiscard]] std::unique_ptr<Session> open_session(const Network& network, const SessionOptions& options);

} // namespace kizuna::cpu
