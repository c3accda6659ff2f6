#include "service/candidates.hpp"
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
constexpr std::array<std::int64_t, 10> sides{96, 128, 192, 256, 384, 512, 640, 1024, 1536, 2048};

/// Others are only better if they are so by more than measuring strays.
constexpr double clearly_faster = 1.03;

/// How a picture of 1920 × 1080 is cut.
struct Tiles {
    Shape shape;
    std::uint64_t count = 0;
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
        , spec_(complete_spec(network, *session_)) {}

    [[nodiscard]] Precision precision() const { return session_->precision(); }

    /// Whether sizes of tiles can be chosen.
    [[nodiscard]] bool has_sizes() const { return !spec_.fixed_input && spec_.global_pools == 0; }

    /// By steps up or down from the size that is taken without measuring, as long as it gains something.
    [[nodiscard]] TuneMeasurement best_size() {
        if (!has_sizes()) {
            return measure(0);
        }
        const auto usual =
            std::lower_bound(sides.begin(), sides.end() - 1, session_->best_tile_px()) - sides.begin();
        TuneMeasurement best = measure(sides.at(static_cast<std::size_t>(usual)));
        const int first = best.tile_px;
        climb({sides.begin() + usual, sides.end()}, best);
        if (best.tile_px == first) {
            climb({std::make_reverse_iterator(sides.begin() + usual + 1), sides.rend()}, best);
        }
        return best;
    }

    /// With tiles of this side; 0: with those that a picture gets in any case.
    [[nodiscard]] TuneMeasurement measure(std::int64_t side) {
        TuneMeasurement result{provider_, device_, precision(), static_cast<int>(side), 0, ""};
        const Tiles cut = tiles(side);
        const auto tile_pixels = static_cast<double>(cut.shape.h * cut.shape.w);
        const double picture_pixels = static_cast<double>(picture_width) * picture_height;
        const double speed = speed_with(*session_, cut.shape, options_.cancel, &spec_);
        result.megapixels_per_second =
            speed * picture_pixels / (tile_pixels * static_cast<double>(cut.count)) / 1e6;
        if (options_.progress) {
            options_.progress(result);
        }
        return result;
    }

  private:
    [[nodiscard]] Tiles tiles(std::int64_t side) const {
        TileLimits limits = limits_of(*session_);
        if (side > 0) {
            limits.best_tile_px = side;
        }
        UpscaleOptions upscale;
        upscale.max_pixels = std::numeric_limits<std::int64_t>::max();
        if (spec_.global_pools > 0) { // else it may be the whole picture, which tells nothing of tiles
            upscale.tile_px = static_cast<int>(session_->best_tile_px());
        }
        const Graph* graph = network_.graph ? &*network_.graph : nullptr;
        const PassPlan pass =
            plan_upscale(spec_, graph, limits, picture_width, picture_height, upscale).passes.front();
        return {
            {1, spec_.channels, pass.rows.front().read_length(), pass.columns.front().read_length()},
            pass.tile_count()};
    }

    /// From the first of these sizes, which has been measured, to the next as long as it is better than the
    /// best, which it becomes then. Sizes that cut the picture alike are one.
    void climb(const std::vector<std::int64_t>& sizes, TuneMeasurement& best) {
        Shape last = tiles(sizes.front()).shape;
        for (const std::int64_t side : std::span(sizes).subspan(1)) {
            const Shape shape = tiles(side).shape;
            if (shape != std::exchange(last, shape) && !is_better(side, best)) {
                return;
            }
        }
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
};

struct Best {
    TuneMeasurement measurement;
    Measurement kept;
};

/// A device's best setting. Throws as Engine::open and Session::run.
Best best_of(const Candidate& candidate, int device, const Network& network, const TuneOptions& options) {
    EngineOptions engine;
    engine.device = device;
    Measured measured(candidate, network, engine, options);
    Best best{measured.best_size(), {}};
    Precision asked = Precision::automatic;
    if (measured.precision() != Precision::fp32) {
        // What is exact is taken where it costs nothing: old cards are no faster in fp16, or slower.
        engine.precision = Precision::fp32;
        Measured exact(candidate, network, engine, options);
        TuneMeasurement in_fp32 = exact.measure(best.measurement.tile_px);
        if (in_fp32.megapixels_per_second >= best.measurement.megapixels_per_second) {
            best.measurement = std::move(in_fp32);
            asked = Precision::fp32;
        }
    }
    best.kept.provider = candidate.provider.name;
    best.kept.device = device;
    best.kept.hardware = hardware_of(candidate, device);
    best.kept.precision = asked;
    best.kept.tile_px = best.measurement.tile_px;
    best.kept.megapixels_per_second = best.measurement.megapixels_per_second;
    return best;
}

struct Subject {
    Candidate candidate;
    int device;
};

/// Those that were asked for, or all that are here.
std::vector<Subject> subjects_of(const TuneOptions& options) {
    EngineOptions engine;
    engine.provider = options.provider;
    std::vector<Subject> subjects;
    for (const auto& [name, number] : named_devices(engine)) {
        if (!same_name(name, "auto")) {
            subjects.push_back({candidate_named(name), number});
            throw_if_absent(subjects.back().candidate);
            continue;
        }
        for (Candidate& candidate : all_candidates()) {
            if (candidate.problem().empty()) {
                subjects.push_back({std::move(candidate), number});
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
    std::vector<Best> all;
    std::string problems;
    for (const auto& [candidate, device] : subjects_of(options)) {
        try {
            all.push_back(best_of(candidate, device, network, options));
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) {
                throw;
            }
            const std::string& name = candidate.provider.name;
            problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", name, error.what());
            if (options.progress) {
                options.progress({name, device, Precision::automatic, 0, 0, error.what()});
            }
        }
    }
    if (all.empty()) {
        throw Error(ErrorCode::unsupported, "no device here could be measured: " + problems);
    }
    std::stable_sort(all.begin(), all.end(), [](const Best& a, const Best& b) {
        return a.measurement.megapixels_per_second > b.measurement.megapixels_per_second;
    });
    std::vector<TuneMeasurement> results;
    std::vector<Measurement> kept;
    for (Best& best : all) {
        results.push_back(std::move(best.measurement));
        kept.push_back(std::move(best.kept));
    }
    keep_measurements(network, tuning_file(), kept);
    return results;
}

} // namespace kizuna
