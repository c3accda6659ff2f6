#include "service/speed.hpp"

#include <algorithm>
#include <chrono>

namespace kizuna {

namespace {

using Clock = std::chrono::steady_clock;

/// Neither black nor plain, as some devices are faster on zeros.
Tensor some_tile(const Shape& shape) {
    Tensor tile{shape, std::vector<float>(element_count(shape))};
    constexpr int period = 251; // a prime: no row is like the one above
    int value = 0;
    for (float& number : tile.data) {
        number = static_cast<float>(value) / period;
        value = (value + 1) % period;
    }
    return tile;
}

double seconds_of_run(Session& session, const Tensor& tile, Tensor& out, const CancelToken& cancel) {
    const auto begin = Clock::now();
    session.run(tile, out, cancel);
    constexpr double shortest = 1e-9;
    return std::max(shortest, std::chrono::duration<double>(Clock::now() - begin).count());
}

double pixels_of(const Shape& shape) {
    return static_cast<double>(shape.n * shape.h * shape.w);
}

} // namespace

double speed_with(Session& session, const Shape& shape, const CancelToken& cancel) {
    constexpr int most_runs = 10;
    constexpr double enough_seconds = 0.5;
    const Tensor tile = some_tile(shape);
    Tensor out;
    session.run(tile, out, cancel);
    double fastest = seconds_of_run(session, tile, out, cancel);
    double spent = fastest;
    for (int run = 1; run < most_runs && spent < enough_seconds; ++run) {
        const double seconds = seconds_of_run(session, tile, out, cancel);
        fastest = std::min(fastest, seconds);
        spent += seconds;
    }
    return pixels_of(shape) / fastest;
}

double greatest_speed(Session& session, int channels) {
    constexpr std::int64_t smallest = 32;
    constexpr std::int64_t largest = 512;
    constexpr double long_enough = 0.05;
    Tensor out;
    std::int64_t side = smallest;
    session.run(some_tile({1, channels, side, side}), out, {});
    while (side < largest &&
           seconds_of_run(session, some_tile({1, channels, side, side}), out, {}) < long_enough) {
        side *= 2;
    }
    return speed_with(session, {1, channels, side, side});
}

} // namespace kizuna
