#include "base/atomic_file.hpp"
#include "service/candidates.hpp"
#include "service/cards.hpp"
#include "service/measurements.hpp"
#include "service/model_library.hpp"
#include "service/model_probe.hpp"
#include "service/speed.hpp"
#include "upscale/upscale_plan.hpp"

#include "kizuna/device.hpp"
#include "kizuna/error.hpp"
#include "kizuna/tuning.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

namespace {

constexpr std::uint32_t picture_width = 1920;
constexpr std::uint32_t picture_height = 1080;

/// Sides of tiles that are tried.
constexpr std::array<std::int64_t, 11> sides{32, 96, 128, 192, 256, 384, 512, 640, 1024, 1536, 2048};

/// Others are only better if they are so by more than measuring strays.
constexpr double clearly_faster = 1.03;

/// How a picture of 1920 × 1080 is cut.
struct Tiles {
    Shape shape;
    std::uint64_t count = 0;
    bool as_floats = false; ///< such tiles go as floats to devices that take bytes, too
};

/// A device that is being measured, with a network open on it.
class Measured {
  public:
    Measured(
        const Candidate& candidate, const Network& network, const EngineOptions& engine,
        const TuneOptions& options)
        : provider_(candidate.provider.name)
        , device_(engine.device)
        , network_(network)
        , options_(options)
        , session_(open(candidate, network, engine))
        , spec_(complete_spec(network, *session_))
        , limits_(limits_of(*session_)) {
        if (limits_.free_memory_bytes == 0) { // cards' sessions do not know
            limits_.free_memory_bytes = free_memory_of(provider_, device_);
        }
    }

    /// By steps up or down from the size that is taken without measuring, as long as it gains something.
    [[nodiscard]] TuneMeasurement best_size() {
        if (spec_.fixed_input || spec_.global_pools > 0) { // no size can be chosen, or the picture decides
            return measure(0);
        }
        const std::span all(sides);
        auto usual = std::lower_bound(all.begin(), all.end() - 1, session_->best_tile_px());
        while (usual != all.begin() && !fits(*usual)) {
            --usual;
        }
        const Tiles smallest = tiles(sides.front(), limits_);
        if (const double speed = speed_of(smallest); is_too_slow(*usual, speed)) {
            return as_measured(sides.front(), smallest, speed);
        }
        const TuneMeasurement first =
            measure_first_possible({std::make_reverse_iterator(usual + 1), all.rend()});
        const auto start = std::find(all.begin(), all.end(), first.tile_px);
        TuneMeasurement best = climb({start + 1, all.end()}, first);
        return best.tile_px == first.tile_px ? climb({std::make_reverse_iterator(start), all.rend()}, first)
                                             : best;
    }

  private:
    /// With tiles of this side; 0: with those that a picture gets in any case.
    [[nodiscard]] TuneMeasurement measure(std::int64_t side) {
        const Tiles cut = tiles(side, limits_);
        TuneMeasurement result = as_measured(side, cut, speed_of(cut));
        if (options_.progress) {
            options_.progress(result);
        }
        return result;
    }

    /// In pixels of tiles per second, what they share included.
    [[nodiscard]] double speed_of(const Tiles& cut) {
        return speed_with(*session_, cut.shape, {options_.cancel, &spec_, cut.as_floats});
    }

    [[nodiscard]] TuneMeasurement as_measured(std::int64_t side, const Tiles& cut, double speed) const {
        const double picture_pixels = static_cast<double>(picture_width) * picture_height;
        const double pixels_of_tiles =
            static_cast<double>(cut.count) * static_cast<double>(cut.shape.h * cut.shape.w);
        return {
            provider_,
            device_,
            session_->precision(),
            static_cast<int>(side),
            speed * picture_pixels / pixels_of_tiles / 1e6,
            ""};
    }

    [[nodiscard]] Tiles tiles(std::int64_t side, TileLimits limits) const {
        if (side > 0) {
            limits.best_tile_px = side;
        }
        UpscaleOptions upscale;
        upscale.max_pixels = std::numeric_limits<std::int64_t>::max();
        if (spec_.global_pools > 0) { // else it may be the whole picture, which tells nothing of tiles
            upscale.tile_px = static_cast<int>(session_->best_tile_px());
        }
        const Graph* graph = network_.graph ? &*network_.graph : nullptr;
        const UpscalePlan plan = plan_upscale(spec_, graph, limits, picture_width, picture_height, upscale);
        const PassPlan& pass = plan.passes.front();
        return {
            {1, spec_.channels, pass.rows.front().read_length(), pass.columns.front().read_length()},
            pass.tile_count(),
            pass.tile_count() > 1 && (plan.blend == TileBlend::feather || pass.means > 0)};
    }

    /// Whether there is memory for tiles of this side, as far as that is known.
    [[nodiscard]] bool fits(std::int64_t side) const {
        TileLimits unlimited = limits_;
        unlimited.free_memory_bytes = 0;
        return tiles(side, limits_).shape == tiles(side, unlimited).shape;
    }

    /// At the speed of the smallest tile: a network may be too much for a device, or the device be a program.
    [[nodiscard]] bool is_too_slow(std::int64_t side, double speed) const {
        constexpr double most_seconds = 20;
        const Shape tile = tiles(side, limits_).shape;
        return static_cast<double>(tile.h * tile.w) > speed * most_seconds;
    }

    /// The first of these sizes that does not run out of memory.
    [[nodiscard]] TuneMeasurement measure_first_possible(const std::vector<std::int64_t>& sizes) {
        for (const std::int64_t side : sizes) {
            try {
                return measure(side);
            } catch (const Error& error) {
                if (error.code() != ErrorCode::out_of_memory || side == sizes.back()) {
                    throw;
                }
            }
        }
        throw Error(ErrorCode::internal, "there was no size of tile to measure");
    }

    /// From one size to the next as long as it is better than the best so far, which it becomes then. Sizes
    /// that cut the picture as the one before are passed over.
    [[nodiscard]] TuneMeasurement climb(const std::vector<std::int64_t>& sizes, TuneMeasurement best) {
        Shape last = tiles(best.tile_px, limits_).shape;
        for (const std::int64_t side : sizes) {
            const Shape shape = tiles(side, limits_).shape;
            if (shape == std::exchange(last, shape)) {
                continue;
            }
            if (!fits(side) || !is_better(side, best)) {
                break;
            }
        }
        return best;
    }

    /// Where there is no memory for them they are not.
    [[nodiscard]] bool is_better(std::int64_t side, TuneMeasurement& best) {
        try {
            TuneMeasurement now = measure(side);
            if (now.megapixels_per_second < best.megapixels_per_second * clearly_faster) {
                return false;
            }
            best = std::move(now);
            return true;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::out_of_memory) {
                throw;
            }
            return false;
        }
    }

    std::string provider_;
    int device_;
    const Network& network_;
    const TuneOptions& options_;
    std::unique_ptr<Session> session_;
    ModelSpec spec_;
    TileLimits limits_;
};

/// A device's best setting in this precision. Throws as Engine::open and Session::run.
TuneMeasurement best_in(
    Precision precision, const Candidate& candidate, int device, const Network& network,
    const TuneOptions& options) {
    EngineOptions engine;
    engine.device = device;
    engine.precision = precision;
    return Measured(candidate, network, engine, options).best_size();
}

struct Best {
    TuneMeasurement measurement;
    Precision asked = Precision::automatic;
};

/// What is exact is taken where it costs nothing (old cards are no faster in fp16, or slower), and where
/// nothing else works. Throws as best_in.
Best best_of(const Candidate& candidate, int device, const Network& network, const TuneOptions& options) {
    Best best;
    try {
        best.measurement = best_in(Precision::automatic, candidate, device, network, options);
        if (best.measurement.precision == Precision::fp32) {
            return best;
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::engine_failed && error.code() != ErrorCode::out_of_memory) {
            throw;
        }
        best.measurement.problem = error.what();
    }
    try {
        TuneMeasurement exact = best_in(Precision::fp32, candidate, device, network, options);
        if (exact.megapixels_per_second >= best.measurement.megapixels_per_second) {
            return {std::move(exact), Precision::fp32};
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled || !best.measurement.problem.empty()) {
            throw;
        }
    }
    return best;
}

Measurement as_kept(const Best& best, const Candidate& candidate) {
    Measurement kept;
    kept.provider = best.measurement.provider;
    kept.device = best.measurement.device;
    kept.hardware = hardware_of(candidate, kept.device);
    kept.precision = best.asked;
    kept.tile_px = best.measurement.tile_px;
    kept.megapixels_per_second = best.measurement.megapixels_per_second;
    return kept;
}

struct Subject {
    Candidate candidate;
    int device;
    bool is_named; ///< by whoever asked
};

/// Those that were asked for, or all that are here.
std::vector<Subject> subjects_of(const TuneOptions& options) {
    EngineOptions engine;
    engine.provider = options.provider;
    std::vector<Subject> subjects;
    for (const auto& [name, number] : named_devices(engine)) {
        if (!same_name(name, "auto")) {
            subjects.push_back({candidate_named(name), number, true});
            throw_if_absent(subjects.back().candidate);
            continue;
        }
        for (Candidate& candidate : all_candidates()) {
            if (candidate.problem().empty()) {
                subjects.push_back({std::move(candidate), number, false});
            }
        }
    }
    return subjects;
}

} // namespace

std::filesystem::path tuning_file() {
    return user_config_folder() / "tuning.json";
}

std::vector<TuneMeasurement> tune(const Model& model, const TuneOptions& options) {
    const Network& network = *model.network();
    const std::vector<Subject> subjects = subjects_of(options);
    const std::filesystem::path file = tuning_file();
    make_folder(file.parent_path()); // better now than after minutes
    std::vector<TuneMeasurement> results;
    std::vector<TuneMeasurement> failures;
    std::vector<Measurement> kept;
    for (const auto& [candidate, device, is_named] : subjects) {
        try {
            const Best best = best_of(candidate, device, network, options);
            kept.push_back(as_kept(best, candidate));
            results.push_back(best.measurement);
        } catch (const Error& error) {
            const bool is_absent = error.code() == ErrorCode::device_unavailable;
            if (error.code() == ErrorCode::cancelled || (is_named && is_absent)) {
                throw;
            }
            failures.push_back({candidate.provider.name, device, Precision::automatic, 0, 0, error.what()});
            if (options.progress) {
                options.progress(failures.back());
            }
        }
    }
    if (results.empty()) {
        std::string problems;
        for (const TuneMeasurement& failure : failures) {
            problems +=
                fmt::format("{}{}: {}", problems.empty() ? "" : "; ", failure.provider, failure.problem);
        }
        throw Error(ErrorCode::unsupported, "no device here could be measured: " + problems);
    }
    keep_measurements(network, file, std::move(kept));
    std::stable_sort(results.begin(), results.end(), [](const TuneMeasurement& a, const TuneMeasurement& b) {
        return a.megapixels_per_second > b.megapixels_per_second;
    });
    results.insert(results.end(), failures.begin(), failures.end());
    return results;
}

} // namespace kizuna
