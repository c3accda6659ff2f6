#pragma once

#include "engine/engine.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>

// How fast sessions are on this machine, in pixels of their input per second. Runs go as pictures' tiles do:
// as bytes where the session takes those, and as many at a time as keep its device busy.
namespace kizuna {

/// With tiles of this shape, for half a second, but once at the least. One run before that is not counted,
/// for what a device prepares at its first tile; where `spec` (complete) is there, its result is held against
/// the tile. Throws Error{engine_failed} where it cannot be right, and as Session::run.
[[nodiscard]] double speed_with(
    Session& session, const Shape& shape, const CancelToken& cancel = {}, const ModelSpec* spec = nullptr);

/// With larger and larger tiles, until a run takes so long that larger ones gain nothing: a few seconds on
/// the slowest device. Throws as Session::run.
[[nodiscard]] double greatest_speed(Session& session, int channels);

} // namespace kizuna
