#pragma once

#include <stop_token>

namespace kizuna {

/// Cancelling is the standard library's: keep a CancelSource, pass its token (`source.get_token()`) to any
/// long call, and `source.request_stop()` from any thread makes that call throw Error{cancelled} soon,
/// normally within the tile that is being worked on. A default-constructed token never cancels. Thread-safe.
using CancelToken = std::stop_token;
using CancelSource = std::stop_source;

} // namespace kizuna
