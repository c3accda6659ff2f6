#pragma once

#include "kizuna/export.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace kizuna {

/// A stretch of work on one thread. Spans of a thread lie inside or beside each other.
struct TraceSpan {
    std::string_view name;   ///< "open network", "picture", "decode row", "tile", "encode row", …
    std::string_view detail; ///< the picture's or tile's size, the network's name; may be empty
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point end;
    std::uint32_t thread = 0; ///< counted from 1 in the order in which threads did something of note
};

/// Called at the end of every span, on the thread that did the work, and from several threads at once, some
/// of which hold locks of the library's. It must not throw, nor call the library, nor wait for a thread that
/// does, and should return quickly: there are thousands for a large picture. With none set, which
/// is how it begins, tracing costs next to nothing. Pass nullptr to unset; a call that has begun on another
/// thread may outlast that. Thread-safe.
using TraceCallback = std::function<void(const TraceSpan&)>;
KIZUNA_API void set_trace_callback(TraceCallback callback);

} // namespace kizuna
