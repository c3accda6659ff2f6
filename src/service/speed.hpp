#pragma once

#include "engine/engine.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>

// How fast sessions are on this machine, in pixels of their input per second. As many runs at a time as keep
// the device busy, as bytes where the session takes those.
namespace kizuna {

struct SpeedTest {
    CancelToken cancel = {};
    /// Complete; the first result is held against its tile. nullptr: only values that are no numbers are
    /// seen.
    const ModelSpec* spec = nullptr;
    bool as_floats = false; ///< even where the session takes bytes
};

/// With tiles of this shape, for half a second, but once at the least. One run before that is not counted,
/// for what a device prepares at its first tile. Throws Error{engine_failed} where a result cannot be right,
/// and as Session::run.
[[nodiscard]] double speed_with(Session& session, const Shape& shape, const SpeedTest& test = {});

/// With larger and larger tiles, until a run takes so long that larger ones gain nothing: a few seconds on
/// the slowest device. Throws as Session::run.
[[nodiscard]] double greatest_speed(Session& session, int channels);

} // namespace kizuna
