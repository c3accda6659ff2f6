#pragma once

#include "engine/engine.hpp"
#include "graph/network.hpp"

namespace kizuna {

/// The spec with what the file did not say found by running the network on small plain tiles: scale,
/// border, channels, and for networks without a Graph the alignment. Returns it unchanged where nothing is
/// missing. Throws Error{bad_network} where the output is no multiple of the input, and whatever the session
/// throws.
[[nodiscard]] ModelSpec complete_spec(const Network& network, Session& session);

} // namespace kizuna
