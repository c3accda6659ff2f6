#pragma once

#include "formats/architectures/weights.hpp"
#include "graph/network.hpp"

namespace kizuna {

/// Recognises the architecture from the weights' names and shapes and joins them into its graph, which is
/// then described. Throws Error{unsupported} with some of the names where it is none that is known,
/// {bad_network} where the weights do not fit it.
[[nodiscard]] Network assemble(Weights weights);

} // namespace kizuna
