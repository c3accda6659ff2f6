#pragma once

#include "engine/engine.hpp"
#include "graph/network.hpp"

#include "kizuna/device.hpp"

#include <memory>
#include <string>

// Which device a network runs on: by name, or the first that really opens it.
namespace kizuna {

struct OpenedSession {
    std::unique_ptr<Session> session;
    std::string provider;
};

/// Throws Error{invalid_argument} for an unknown provider or numbers out of range, Error{device_unavailable}
/// listing what is available, Error{unsupported} or {bad_network} where no device can run this network.
[[nodiscard]] OpenedSession open_session(const Network& network, const EngineOptions& options);

} // namespace kizuna
