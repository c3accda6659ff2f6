#include "service/speed.hpp"

#include "upscale/result_check.hpp"
#include "upscale/workers.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <chrono>

namespace kizuna {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    constexpr double shortest = 1e-9;
    return std::max(shortest, std::chrono::duration<double>(Clock::now() - begin).count());
}

/// Neither black nor plain, as some devices are faster on zeros. Stripes, 0 to 250.
template <typename Value>
std::vector<Value> some_values(std::size_t count, Value greatest) {
    constexpr int period = 251; // a prime: no row is like the one above
    std::vector<Value> values(count);
    int number = 0;
    for (Value& value : values) {
        value = static_cast<Value>(static_cast<float>(number) / period * static_cast<float>(greatest));
        number = (number + 1) % period;
    }
    return values;
}

/// A tile, and its way through a session in the form that pictures take there.
class RepeatedTile {
  public:
    struct Result {
        Tensor planes;
        ByteTile bytes;
    };

    RepeatedTile(Session& session, const Shape& shape, bool as_floats = false)
        : session_(session)
        , as_bytes_(session.takes_bytes() && !as_floats) {
        const std::size_t count = element_count(shape);
        if (as_bytes_) {
            bytes_ = {shape.w, shape.h, shape.c, some_values<std::uint8_t>(count, 255)};
        } else {
            planes_ = {shape, some_values<float>(count, 1)};
        }
    }

    void run(Result& out, const CancelToken& cancel) const {
        if (!as_bytes_) {
            session_.run(planes_, out.planes, cancel);
        } else if (!session_.run_bytes(bytes_, out.bytes, cancel)) {
            refuse();
        }
    }

    /// The same, but looks at the result.
    void run_checked(const ModelSpec* spec, const CancelToken& cancel) const {
        Result out;
        run(out, cancel);
        const bool is_number = as_bytes_ || has_only_numbers(out.planes);
        const bool is_doubtful =
            spec != nullptr && (as_bytes_ ? doubt_of(bytes_, out.bytes, *spec)
                                          : doubt_of(planes_, out.planes, *spec)) != Doubt::none;
        if (!is_number || is_doubtful) {
            refuse();
        }
    }

    /// With as many runs at a time as the session likes; each of its threads runs it once at the least.
    [[nodiscard]] double runs_per_second(double seconds, const CancelToken& cancel) const {
        const auto threads = static_cast<std::size_t>(session_.parallel_runs());
        Workers workers(threads > 1 ? threads : 0);
        std::vector<std::future<int>> counts;
        const auto begin = Clock::now();
        for (std::size_t i = 0; i < threads; ++i) {
            counts.push_back(workers.start<int>([&, begin, seconds] {
                Result out;
                int runs = 0;
                do {
                    run(out, cancel);
                    ++runs;
                } while (seconds_since(begin) < seconds);
                return runs;
            }));
        }
        double runs = 0;
        for (auto& count : counts) {
            runs += count.get();
        }
        return runs / seconds_since(begin);
    }

  private:
    [[noreturn]] static void refuse() {
        throw Error(ErrorCode::engine_failed, "the result is not what a network can have meant");
    }

    Session& session_;
    bool as_bytes_;
    Tensor planes_;
    ByteTile bytes_;
};

} // namespace

double speed_with(Session& session, const Shape& shape, const SpeedTest& test) {
    // The best of a few counts: others may want the machine as well.
    constexpr int most_counts = 3;
    constexpr double seconds_of_count = 0.17;
    const RepeatedTile tile(session, shape, test.as_floats);
    tile.run_checked(test.spec, test.cancel);
    double runs_per_second = 0;
    const auto begin = Clock::now();
    for (int count = 0; count < most_counts && seconds_since(begin) < most_counts * seconds_of_count;
         ++count) {
        runs_per_second = std::max(runs_per_second, tile.runs_per_second(seconds_of_count, test.cancel));
    }
    return runs_per_second * static_cast<double>(shape.n * shape.h * shape.w);
}

double greatest_speed(Session& session, int channels) {
    constexpr std::int64_t smallest = 32;
    constexpr std::int64_t largest = 512;
    constexpr double long_enough = 0.05;
    const auto shape = [channels](std::int64_t side) { return Shape{1, channels, side, side}; };
    std::int64_t side = smallest;
    RepeatedTile(session, shape(side)).run_checked(nullptr, {});
    while (side < largest && RepeatedTile(session, shape(side)).runs_per_second(0, {}) > 1 / long_enough) {
        side *= 2;
    }
    return speed_with(session, shape(side));
}

} // namespace kizuna
