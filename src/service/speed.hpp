#pragma once

#include "engine/engine.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>

// How fast sessions are on this machine, in pixels of their input per second.
namespace kizuna {

/// With tiles of this shape. Runs once without counting it, for what a device prepares at its first tile,
/// then for half a second, but once at the least and ten times at the most; the fastest run counts. Throws as
/// Session::run.
[[nodiscard]] double speed_with(Session& session, const Shape& tile, const CancelToken& cancel = {});

/// With larger and larger tiles, until a run takes so long that larger ones gain nothing: a few seconds on
/// the slowest device. Throws as Session::run.
[[nodiscard]] double greatest_speed(Session& session, int channels);

} // namespace kizuna
