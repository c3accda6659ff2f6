#pragma once

#include "engine/engine.hpp"

#include <memory>

// The engine that runs a Graph on the processor itself, with oneDNN and loops of our own. Only this folder
// knows oneDNN.
namespace kizuna {

/// In a build without oneDNN it lists its provider and why it cannot be used.
[[nodiscard]] std::unique_ptr<Engine> make_cpu_engine();

} // namespace kizuna
