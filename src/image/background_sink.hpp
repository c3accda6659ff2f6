#pragma once

#include "image/rows.hpp"

namespace kizuna {

/// A sink whose work another thread does: rows given to it wait in a queue until `sink` takes them, so that a
/// network and an encoder run side by side. At most `queue_bytes` wait (one row always may); write_row()
/// blocks until there is room. What `sink` throws comes out of the next write_row() or of finish(), and
/// nothing is written after it. finish() returns when `sink` has finished. Destroyed before that, it drops
/// what waits and lets the row under way end. `busy_seconds` is what the sink's calls have taken: to be read
/// after finish().
[[nodiscard]] std::unique_ptr<RowSink>
background_sink(std::unique_ptr<RowSink> sink, std::size_t queue_bytes, double& busy_seconds);

} // namespace kizuna
