#pragma once

#include "graph/network.hpp"

#include <string>

namespace kizuna {

/// A hash of what a network computes, whatever kind of file it came from. Takes as long as writing it as
/// ONNX.
[[nodiscard]] std::string digest_of(const Network& network);

} // namespace kizuna
