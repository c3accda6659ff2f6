#pragma once

#include "codec/animation.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

// Delays for formats that count them in whole units.
namespace kizuna::codec {

/// How a format counts.
struct DelayUnit {
    std::string_view format;     ///< its title, for the log
    std::uint32_t per_second;    ///< units in a second
    std::uint32_t most;          ///< the longest delay
    std::uint32_t least_rounded; ///< the shortest delay that another may be rounded to
};

/// Each frame's delay in such units. Delays that are whole numbers of them are kept. Others are rounded so
/// that each frame ends at the unit nearest to its time, and errors do not add up; the log says so.
[[nodiscard]] std::vector<std::uint32_t> count_delays(const Animation& animation, const DelayUnit& unit);

/// Units per second in which every delay is a whole number, at least 1000, so that the least delay is short.
/// Where there would be more than `most`, milliseconds.
[[nodiscard]] std::uint32_t common_timescale(const Animation& animation, std::uint32_t most);

} // namespace kizuna::codec
