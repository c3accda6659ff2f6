#pragma once

#include "engine/engine.hpp"

#include <memory>
#include <span>

namespace kizuna {

/// All engines, made at first use, in the order of preference. Making one opens no library and no device.
/// Thread-safe.
[[nodiscard]] std::span<const std::unique_ptr<Engine>> engines();

} // namespace kizuna
