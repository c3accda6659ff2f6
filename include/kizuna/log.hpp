#pragma once

#include "kizuna/export.hpp"

#include <functional>
#include <string_view>

namespace kizuna {

enum class LogLevel { debug, info, warning };

/// The library prints nothing. What it wants to say beside results and errors (a fallback to another device,
/// an animation of which only the first frame is used) goes to this callback; with none set it is dropped.
/// The callback may be called from several threads at once, some of which hold locks of the library's: it
/// must not throw, nor call the library, nor wait for a thread that does. Pass nullptr to unset; a call that
/// has begun on another thread may outlast that. Thread-safe.
using LogCallback = std::function<void(LogLevel, std::string_view)>;
KIZUNA_API void set_log_callback(LogCallback callback);

} // namespace kizuna
