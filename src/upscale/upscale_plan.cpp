#include "upscale/upscale_plan.hpp"

#include "base/checked.hpp"
#include "engine/engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// Exact tiles by default up to this radius: beyond it the halo costs more than feathering's overlap shows.
constexpr int greatest_exact_radius = 64;

/// For networks that would see zeros there, a picture is continued by this much beyond its border, or by
/// their reach where that is less. Measured on plain colours, in 8-bit levels by which the outermost pixels
/// stray at the most: through animevideov3 0.5 with 14 pixels, 2 with 10, 3 with 8, 27 with none; through
/// x4plus-anime 1.4, 1.6, 2.5 and 88. Each costs 2 / width and 2 / height of the network's work.
constexpr std::int64_t greatest_continuation = 14;

constexpr std::int64_t smallest_tile = 32;
constexpr std::int64_t tile_step = 32;

/// A row of tiles is collected as float before its rows go on: kept below this, so that wide pictures get
/// flatter tiles.
constexpr std::uint64_t greatest_band_bytes = std::uint64_t{160} << 20U;

/// Networks that take means of the whole picture get it in one tile up to these. The first is for memory that
/// is the machine's, where others want some, too.
constexpr std::uint64_t greatest_single_tile_bytes = std::uint64_t{4} << 30U;
constexpr std::uint32_t greatest_single_side = 16'384;

/// For networks whose operators we don't know, per input pixel of a tile: room for a transformer of 180
/// channels.
constexpr std::uint64_t unknown_network_bytes_per_pixel = 32U << 10U;

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::invalid_argument, message);
}

void check_options(const ModelSpec& spec, const UpscaleOptions& options) {
    if (!(options.scale >= 0) || !std::isfinite(options.scale)) {
        refuse(fmt::format("a scale of {} is not possible; use a number above 0", options.scale));
    }
    if (options.scale > 0 && (options.width_px != 0 || options.height_px != 0)) {
        refuse("a scale and a width or height cannot both be asked for");
    }
    if (options.fit && (options.width_px == 0 || options.height_px == 0)) {
        refuse("fitting into a box needs both its width and its height");
    }
    if (options.tile_px < 0 || options.overlap_px < 0) {
        refuse("tile size and overlap cannot be negative");
    }
    if (options.syncgap < 0 || options.syncgap > 3) {
        refuse(fmt::format("a syncgap of {} is not known; use 0, 1, 2 or 3", options.syncgap));
    }
    if (options.tta && spec.fixed_input && spec.fixed_input->width != spec.fixed_input->height) {
        refuse(fmt::format(
            "TTA turns the tiles, which a network of the fixed size {}×{} cannot take",
            spec.fixed_input->width, spec.fixed_input->height));
    }
}

std::uint32_t side(double value) {
    if (value > std::numeric_limits<std::int32_t>::max()) {
        throw Error(
            ErrorCode::limit_exceeded,
            "the result would be more than two thousand million pixels wide or high");
    }
    return std::max(1U, static_cast<std::uint32_t>(value));
}

struct Size {
    std::uint32_t width;
    std::uint32_t height;
};

Size target_size(const ModelSpec& spec, Size input, const UpscaleOptions& options) {
    const double width = options.width_px;
    const double height = options.height_px;
    if (options.fit) {
        const double factor = std::min(width / input.width, height / input.height);
        return {
            std::min(side(std::round(input.width * factor)), options.width_px),
            std::min(side(std::round(input.height * factor)), options.height_px)};
    }
    if (width > 0 || height > 0) {
        return {
            side(width > 0 ? width : std::round(input.width * (height / input.height))),
            side(height > 0 ? height : std::round(input.height * (width / input.width)))};
    }
    const double factor = options.scale > 0 ? options.scale : spec.scale;
    // 1.1 × 10 is 11.000000000000002 in double, and still 11 pixels.
    constexpr double rounding = 1e-6;
    return {
        side(std::ceil(input.width * factor - rounding)), side(std::ceil(input.height * factor - rounding))};
}

// "12 million", or the number itself where it is smaller.
std::string in_words(std::uint64_t pixels) {
    constexpr std::uint64_t million = 1'000'000;
    return pixels < million ? std::to_string(pixels)
                            : std::to_string((pixels + million / 2) / million) + " million";
}

void check_limit(Size target, std::uint64_t max_pixels) {
    const std::uint64_t pixels = std::uint64_t{target.width} * target.height;
    if (pixels > max_pixels) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "the result would have {}×{} = {} pixels; the limit is {} (max-pixels raises it)",
                target.width, target.height, in_words(pixels), in_words(max_pixels)));
    }
}

// The network runs until its result is at least as large as the target on both axes; always once. A picture
// that is stretched far more along one axis than the other is not enlarged without end along both: beyond
// scale² times the target's pixels, which no even enlargement needs, resampling does the rest.
int pass_count(int scale, Size input, Size target) {
    const double most_pixels = static_cast<double>(scale) * scale * target.width * target.height;
    double width = static_cast<double>(input.width) * scale;
    double height = static_cast<double>(input.height) * scale;
    int passes = 1;
    while (scale > 1 && (width < target.width || height < target.height) &&
           width * height * scale * scale <= most_pixels) {
        width *= scale;
        height *= scale;
        ++passes;
    }
    return passes;
}

// How far around a pixel the network looks, or has to be given. Known where exact tiles are chosen.
std::int64_t reach(const ModelSpec& spec) {
    return std::max(spec.receptive_field_px.value_or(0), spec.border_px);
}

// How far the picture is continued beyond its border.
std::int64_t margin(const ModelSpec& spec) {
    if (!spec.zero_padding) {
        return spec.border_px;
    }
    const std::int64_t continued = std::int64_t{spec.border_px} + greatest_continuation;
    return spec.receptive_field_px ? std::min(reach(spec), continued) : continued;
}

TileBlend choose_blend(const ModelSpec& spec, Blend wanted) {
    const bool known = spec.receptive_field_px.has_value();
    if (wanted == Blend::exact && !known) {
        refuse(
            "exact tiles need a network whose receptive field is known, and this one's is not; use feather");
    }
    if (wanted != Blend::automatic) {
        return wanted == Blend::exact ? TileBlend::exact : TileBlend::feather;
    }
    const bool fits =
        known && reach(spec) <= greatest_exact_radius &&
        (!spec.fixed_input || 2 * reach(spec) < std::min(spec.fixed_input->width, spec.fixed_input->height));
    return fits ? TileBlend::exact : TileBlend::feather;
}

std::uint64_t bytes_of_tile(
    const ModelSpec& spec, const Graph* graph, const TileLimits& limits, std::int64_t height,
    std::int64_t width) {
    const std::uint64_t estimate =
        graph != nullptr ? peak_activation_bytes(*graph, {1, spec.channels, height, width})
                         : static_cast<std::uint64_t>(height * width) * unknown_network_bytes_per_pixel;
    if (limits.bytes_per_pixel <= 0) {
        return estimate;
    }
    // Others use the card, too: what was measured may be theirs.
    constexpr std::uint64_t most_apart = 4;
    const double measured = limits.bytes_per_pixel * static_cast<double>(height * width);
    const auto most = checked_mul<std::uint64_t>(estimate, most_apart);
    return measured >= static_cast<double>(most)
               ? most
               : std::max(estimate / most_apart, static_cast<std::uint64_t>(measured));
}

// Of what is free. Engines need working memory beside the activations that are estimated; what was measured
// has it in it.
std::uint64_t memory_for_tiles(const TileLimits& limits) {
    return limits.bytes_per_pixel > 0 ? limits.free_memory_bytes / 5 * 4 : limits.free_memory_bytes / 2;
}

// The largest tile that there is memory for. A fixed size leaves nothing to choose, and its network need not
// take the sizes that would be tried here.
std::int64_t
tile_for_memory(const ModelSpec& spec, const Graph* graph, const TileLimits& limits, std::int64_t extra) {
    if (limits.free_memory_bytes == 0 || spec.fixed_input) {
        return limits.best_tile_px;
    }
    for (std::int64_t tile = limits.best_tile_px; tile > smallest_tile; tile -= tile_step) {
        const std::int64_t alignment = spec.alignment_px;
        const std::int64_t read = (tile + extra + alignment - 1) / alignment * alignment;
        if (bytes_of_tile(spec, graph, limits, read, read) <= memory_for_tiles(limits)) {
            return tile;
        }
    }
    return smallest_tile;
}

// What sides of tiles are multiples of: what the network asks for, and the device wishes. What lies beyond
// the picture would count in means over a tile, so networks with those get no more of it than they ask for.
std::int64_t
alignment_of_tiles(const ModelSpec& spec, const TileLimits& limits, const UpscaleOptions& options) {
    const bool is_free = spec.global_pools == 0 && !spec.fixed_input && options.tile_px == 0;
    return is_free ? std::lcm<std::int64_t>(spec.alignment_px, limits.tile_step_px) : spec.alignment_px;
}

std::int64_t height_for_band(std::int64_t tile, std::uint32_t width, const ModelSpec& spec) {
    const std::uint64_t bytes_per_row = std::uint64_t{width} * spec.scale * spec.scale * 3 * sizeof(float);
    const auto rows =
        static_cast<std::int64_t>(greatest_band_bytes / std::max<std::uint64_t>(1, bytes_per_row));
    return std::clamp(rows, std::min(tile, smallest_tile), tile);
}

class Planner {
  public:
    Planner(
        const ModelSpec& spec, const Graph* graph, const TileLimits& limits, const UpscaleOptions& options,
        UpscalePlan& plan)
        : spec_(spec)
        , graph_(graph)
        , options_(options)
        , limits_(limits)
        , most_single_tile_bytes_(
              limits.has_own_memory ? memory_for_tiles(limits)
                                    : std::min(memory_for_tiles(limits), greatest_single_tile_bytes))
        , alignment_(alignment_of_tiles(spec, limits, options))
        , plan_(plan) {
        plan_.blend = choose_blend(spec_, options.blend);
        plan_.overlap = exact() ? 2 * reach(spec_) : feathered_overlap();
        extra_ = exact() ? plan_.overlap : 2 * margin(spec_);
        tile_ = options.tile_px > 0 ? options.tile_px : automatic_tile();
    }

    [[nodiscard]] PassPlan plan_pass(std::uint32_t width, std::uint32_t height) const {
        const std::int64_t tile_height = options_.tile_px > 0 ? tile_ : automatic_height(width);
        PassPlan pass;
        pass.width = width;
        pass.height = height;
        if (spec_.fixed_input) {
            pass.columns = plan_axis(request(width, spec_.fixed_input->width));
            pass.rows = plan_axis(request(height, spec_.fixed_input->height));
        } else if (goes_in_one_piece(width, height)) {
            pass.columns = plan_axis(request(width, width + extra_ + alignment_));
            pass.rows = plan_axis(request(height, height + extra_ + alignment_));
        } else {
            pass.columns = plan_axis(request(width, tile_ + extra_));
            pass.rows = plan_axis(request(height, tile_height + extra_));
        }
        plan_means(pass);
        return pass;
    }

  private:
    [[nodiscard]] bool exact() const { return plan_.blend == TileBlend::exact; }

    // What tiles read both, so that their results have the overlap that was asked for.
    [[nodiscard]] std::int64_t feathered_overlap() const {
        const std::int64_t consumed = 2 * std::int64_t{spec_.border_px};
        if (spec_.fixed_input) {
            const std::int64_t side = std::min(spec_.fixed_input->width, spec_.fixed_input->height);
            return consumed + std::clamp<std::int64_t>((side - consumed) / 2, 0, options_.overlap_px);
        }
        const bool is_too_much = options_.tile_px > 0 && options_.tile_px <= options_.overlap_px;
        return consumed + (is_too_much ? options_.tile_px / 2 : options_.overlap_px);
    }

    [[nodiscard]] std::int64_t automatic_tile() const {
        const std::int64_t tile = tile_for_memory(spec_, graph_, limits_, extra_);
        return exact() ? tile : std::max(tile, 2 * std::int64_t{options_.overlap_px});
    }

    [[nodiscard]] std::int64_t automatic_height(std::uint32_t width) const {
        const std::int64_t height = height_for_band(tile_, width, spec_);
        return exact() ? height : std::max(height, std::min(tile_, 2 * std::int64_t{options_.overlap_px}));
    }

    /// With means of the whole picture, one tile costs a third of what many do, which take each mean first.
    [[nodiscard]] bool goes_in_one_piece(std::uint32_t width, std::uint32_t height) const {
        if (!shares_means() || graph_ == nullptr || options_.tile_px > 0 || limits_.free_memory_bytes == 0) {
            return false;
        }
        const auto read = [&](std::uint32_t length) {
            const std::int64_t alignment = spec_.alignment_px;
            return (length + 2 * margin(spec_) + alignment - 1) / alignment * alignment;
        };
        if (std::max(width, height) > greatest_single_side) {
            return false;
        }
        return bytes_of_tile(spec_, graph_, limits_, read(height), read(width)) <= most_single_tile_bytes_;
    }

    [[nodiscard]] bool shares_means() const { return spec_.global_pools > 0 && options_.syncgap > 0; }

    void plan_means(PassPlan& pass) const {
        if (!shares_means() || pass.tile_count() == 1) {
            return;
        }
        pass.means = spec_.global_pools;
        pass.mean_columns = tiles_for_means(pass.columns);
        pass.mean_rows = tiles_for_means(pass.rows);
        if (estimates_means()) {
            const AxisTile& tile = pass.columns.front();
            const AxisTile& sample = pass.mean_columns.front();
            const auto ratio = std::max<std::int64_t>(1, tile.read_length() / sample.read_length());
            pass.samples_per_count = static_cast<std::uint64_t>(ratio * ratio);
        }
    }

    [[nodiscard]] bool estimates_means() const { return options_.syncgap >= 2 && !spec_.fixed_input; }

    /// Means are estimated from many small parts of the picture. What is around the part that would be kept
    /// of one is pooled as well, so that small ones are no waste.
    [[nodiscard]] std::vector<AxisTile> tiles_for_means(const std::vector<AxisTile>& tiles) const {
        if (!estimates_means()) {
            return tiles;
        }
        constexpr std::int64_t kept = 28; // with what Real-CUGAN and cunet consume, 64
        const std::int64_t length = kept + 2 * reach(spec_);
        const bool roughly = options_.syncgap > 2;
        return spread_samples(tiles, length, (roughly ? 4 : 2) * length, roughly ? 3 : 4, spec_.alignment_px);
    }

    /// Exact tiles' halo must stay whole where it is rounded to the alignment, and something must be left of
    /// a tile where the device wishes for large steps.
    [[nodiscard]] std::int64_t slack() const {
        return exact() && extra_ > 0 ? 2 * (alignment_ - 1) : 2 * (alignment_ - spec_.alignment_px);
    }

    [[nodiscard]] AxisRequest request(std::uint32_t length, std::int64_t tile) const {
        return {
            .length = length,
            .tile = spec_.fixed_input ? tile : tile + slack(),
            .overlap = plan_.overlap,
            .margin = margin(spec_),
            .border = spec_.border_px,
            .alignment = alignment_,
            .fixed = spec_.fixed_input.has_value(),
            .blend = plan_.blend};
    }

    const ModelSpec& spec_;
    const Graph* graph_;
    const UpscaleOptions& options_;
    const TileLimits& limits_;
    std::uint64_t most_single_tile_bytes_;
    std::int64_t alignment_;
    UpscalePlan& plan_;
    std::int64_t extra_ = 0; ///< what a tile reads beyond UpscaleOptions::tile_px
    std::int64_t tile_ = 0;
};

} // namespace

ImageInfo enlarged(ImageInfo info, int scale) {
    info.width *= scale;
    info.height *= scale;
    return info;
}

TileLimits limits_of(const Session& session) {
    return {
        session.free_memory_bytes(), session.best_tile_px(), session.tile_step_px(), session.has_own_memory(),
        session.bytes_per_pixel()};
}

UpscalePlan plan_upscale(
    const ModelSpec& spec, const Graph* graph, const TileLimits& limits, std::uint32_t width,
    std::uint32_t height, const UpscaleOptions& options) {
    check_options(spec, options);
    if (width == 0 || height == 0) {
        refuse("a picture without pixels cannot be upscaled");
    }
    const Size target = target_size(spec, {width, height}, options);
    check_limit(target, options.max_pixels);
    UpscalePlan plan;
    plan.target_width = target.width;
    plan.target_height = target.height;
    const Planner planner(spec, graph, limits, options, plan);
    const int passes = pass_count(spec.scale, {width, height}, target);
    for (int pass = 0; pass < passes; ++pass) {
        plan.passes.push_back(planner.plan_pass(width, height));
        width = checked_cast<std::uint32_t>(
            checked_mul<std::int32_t>(checked_cast<std::int32_t>(width), spec.scale));
        height = checked_cast<std::uint32_t>(
            checked_mul<std::int32_t>(checked_cast<std::int32_t>(height), spec.scale));
    }
    plan.network_width = width;
    plan.network_height = height;
    return plan;
}

Sides PassPlan::beyond() const {
    const auto after = [](const AxisTile& last, std::uint32_t length) {
        return checked_cast<int>(std::max<std::int64_t>(0, last.read_end - length));
    };
    return {
        .top = checked_cast<int>(-rows.front().read_begin),
        .left = checked_cast<int>(-columns.front().read_begin),
        .bottom = after(rows.back(), height),
        .right = after(columns.back(), width)};
}

std::uint64_t working_bytes(const UpscalePlan& plan, const ModelSpec& spec) {
    const auto scale = static_cast<std::uint64_t>(spec.scale);
    std::uint64_t pixels = 0;
    for (const PassPlan& pass : plan.passes) {
        std::int64_t kept = 0;
        for (const AxisTile& row : pass.rows) {
            kept = std::max(kept, row.keep_length());
        }
        const Sides beyond = pass.beyond();
        const auto read_width = std::uint64_t{pass.width} + beyond.left + beyond.right;
        const std::uint64_t read_rows = pass.rows.front().read_length() + std::max(beyond.top, beyond.bottom);
        const auto output =
            checked_mul<std::uint64_t>(checked_mul<std::uint64_t>(pass.width, kept), scale * scale);
        pixels = checked_add(pixels, checked_add(checked_mul(read_width, read_rows), output));
        if (pass.means > 0) {
            pixels = checked_add(pixels, std::uint64_t{pass.width} * pass.height);
        }
    }
    constexpr std::uint64_t bytes_per_pixel = 3 * sizeof(float);
    return checked_mul(pixels, bytes_per_pixel);
}

} // namespace kizuna
