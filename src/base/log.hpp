#pragma once

#include "kizuna/log.hpp"

#include <string_view>

namespace kizuna {

/// Hands `message` to the callback of set_log_callback, if there is one. Thread-safe; never throws.
void log(LogLevel level, std::string_view message) noexcept;

} // namespace kizuna
