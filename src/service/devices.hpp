#pragma once

#include "graph/network.hpp"
#include "upscale/session_ladder.hpp"

#include "kizuna/device.hpp"

#include <memory>
#include <string>
#include <vector>

// Which device a network runs on: by name, or the first that really opens it.
namespace kizuna {

struct OpenedSession {
    /// Each device's is a SessionLadder on everything that may go on where the provider fails or
    /// miscalculates: the same in fp32, and where `auto` has chosen it, the providers after it. What it gives
    /// is finite.
    std::unique_ptr<Session> session;
    // What opens the same again:
    std::string provider;
    Precision precision = Precision::automatic;
    std::vector<SessionLadder*> ladders;

    /// Of each device, see SessionLadder.
    void compare_with(const ModelSpec& spec) const;
};

/// One device, or several as a SessionGroup: EngineOptions::provider says. Throws
/// Error{invalid_argument} for an unknown provider or numbers out of range, Error{device_unavailable}
/// listing what is available, Error{unsupported} or {bad_network} where no device can run this network.
[[nodiscard]] OpenedSession
open_session(const std::shared_ptr<const Network>& network, const EngineOptions& options);

} // namespace kizuna
