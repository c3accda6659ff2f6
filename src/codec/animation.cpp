#include "codec/animation.hpp"

#include "base/log.hpp"
#include "codec/frame_delays.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace kizuna {

FrameDelay frame_delay(std::uint64_t numerator, std::uint64_t denominator) noexcept {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    if (numerator == 0 || denominator == 0) {
        return {};
    }
    const std::uint64_t common = std::gcd(numerator, denominator);
    numerator /= common;
    denominator /= common;
    if (numerator <= most && denominator <= most) {
        return {static_cast<std::uint32_t>(numerator), static_cast<std::uint32_t>(denominator)};
    }
    const double seconds = static_cast<double>(numerator) / static_cast<double>(denominator);
    constexpr std::uint32_t microseconds = 1'000'000;
    const std::uint32_t unit = seconds * microseconds < static_cast<double>(most) ? microseconds : 1;
    return frame_delay(
        static_cast<std::uint64_t>(std::min(std::round(seconds * unit), static_cast<double>(most))), unit);
}

double Animation::seconds() const noexcept {
    double sum = 0;
    for (const FrameDelay& delay : delays) {
        sum += delay.seconds();
    }
    return sum;
}

namespace codec {

std::vector<std::uint32_t> count_delays(const Animation& animation, const DelayUnit& unit) {
    std::vector<std::uint32_t> counts;
    counts.reserve(animation.delays.size());
    double ideal = 0; // where the frame is to end, in units
    double real = 0;  // where it ends
    bool rounded = false;
    for (const FrameDelay& delay : animation.delays) {
        const std::uint64_t units = std::uint64_t{delay.numerator} * unit.per_second;
        ideal += static_cast<double>(units) / delay.denominator;
        if (units % delay.denominator == 0 && units / delay.denominator <= unit.most) {
            counts.push_back(static_cast<std::uint32_t>(units / delay.denominator));
        } else {
            const double wanted = std::clamp<double>(std::round(ideal - real), unit.least_rounded, unit.most);
            counts.push_back(static_cast<std::uint32_t>(wanted));
            rounded = true;
        }
        real += counts.back();
    }
    if (rounded) {
        log(LogLevel::info,
            fmt::format(
                "{} counts the time of frames in units of 1/{} s; what lies between is rounded", unit.format,
                unit.per_second));
    }
    return counts;
}

std::uint32_t common_timescale(const Animation& animation, std::uint32_t most) {
    constexpr std::uint32_t milliseconds = 1000;
    std::uint64_t scale = 1;
    for (const FrameDelay& delay : animation.delays) {
        scale = std::lcm(scale, std::uint64_t{delay.denominator}); // both below 2³²: no overflow
        if (scale > most) {
            return milliseconds;
        }
    }
    while (scale < milliseconds) {
        scale *= 10;
    }
    return static_cast<std::uint32_t>(scale);
}

} // namespace codec
} // namespace kizuna
