#pragma once

#include "graph/network.hpp"

#include "kizuna/model.hpp"

namespace kizuna {

/// `spec` may know more than the network's own: what opening it has told.
[[nodiscard]] ModelInfo describe_model(const Network& network, const ModelSpec& spec);

} // namespace kizuna
