#include "graph/liveness.hpp"
#include "graph/network.hpp"
#include "graph/pools.hpp"
#include "graph/resize_axis.hpp"

#include <algorithm>
#include <array>
#include <utility>

// Height and width are independent of each other in every operator but the global ones, whose means are
// given, so one row and one column tell all. Both are laid over a probe of finite length; what lies outside
// it counts as input position -1 or `length`. Thus an output also "depends" on the border where an operator
// on its way pads, mirrors or clamps: such an output changes when the picture goes on beyond the border,
// which is what a tile's halo is for.
namespace kizuna {

namespace {

// Of input positions, both ends included; empty where low > high.
struct Interval {
    std::int32_t low = 1;
    std::int32_t high = 0;

    [[nodiscard]] bool empty() const { return low > high; }
};

Interval hull(const Interval& a, const Interval& b) {
    if (a.empty()) {
        return b;
    }
    return b.empty() ? a : Interval{std::min(a.low, b.low), std::max(a.high, b.high)};
}

// What each position of one value along one axis depends on. No positions: a value that depends on no input
// at all.
using Line = std::vector<Interval>;

enum class Axis : std::uint8_t { vertical, horizontal };

// One axis of one run over the graph.
class Propagation {
  public:
    Propagation(
        Axis axis, std::int64_t length, const std::vector<Shape>& shapes, const std::vector<Pool>& pools)
        : axis_(axis)
        , length_(static_cast<std::int32_t>(length))
        , shapes_(shapes)
        , pools_(pools)
        , lines_(shapes.size()) {}

    void run(const Graph& graph);

    // The radius of what the output depends on, which begins `border` input pixels inside.
    [[nodiscard]] int radius(std::size_t output, std::int64_t border) const;

    // The radius that makes tiles overlap so far that of what they both have for each pool, the middle does
    // not depend on a border.
    [[nodiscard]] int radius_of_pools() const { return pools_radius_; }

  private:
    [[nodiscard]] std::int64_t side(std::size_t value) const {
        return axis_ == Axis::vertical ? shapes_[value].h : shapes_[value].w;
    }

    [[nodiscard]] std::size_t index() const { return axis_ == Axis::vertical ? 0 : 1; }

    [[nodiscard]] std::int64_t before(const Sides& sides) const {
        return axis_ == Axis::vertical ? sides.top : sides.left;
    }

    template <typename Conv>
    [[nodiscard]] std::int64_t kernel(const Conv& op) const {
        return axis_ == Axis::vertical ? op.weight.shape.h : op.weight.shape.w;
    }

    // What position x of a value depends on; outside of it lies the border.
    [[nodiscard]] Interval at(const Line& line, std::int64_t x) const {
        if (x < 0) {
            return {-1, -1};
        }
        return x < std::ssize(line) ? line[static_cast<std::size_t>(x)] : Interval{length_, length_};
    }

    // at(), where the pixel `stand_in` of the value is read instead of one outside of it.
    [[nodiscard]] Interval at_or(const Line& line, std::int64_t x, std::int64_t stand_in) const {
        return hull(at(line, x), at(line, stand_in));
    }

    [[nodiscard]] Interval depends(const Conv2d& op, const Line& in, std::int64_t x) const;
    [[nodiscard]] Interval depends(const ConvTranspose2d& op, const Line& in, std::int64_t x) const;
    [[nodiscard]] Interval depends(const Crop& op, const Line& in, std::int64_t x) const;
    [[nodiscard]] Interval depends(const Pad& op, const Line& in, std::int64_t x) const;
    [[nodiscard]] Interval depends(const PixelShuffle& op, const Line& in, std::int64_t x) const;
    [[nodiscard]] Interval depends(const PixelUnshuffle& op, const Line& in, std::int64_t x) const;
    [[nodiscard]] Interval depends(const Resize& op, const Line& in, std::int64_t x) const;

    // Operators that work pixel by pixel on one or more inputs.
    template <typename Pointwise>
    [[nodiscard]] Interval depends(const Pointwise&, const Line& in, std::int64_t x) const {
        return in.size() == 1 ? in[0] : at(in, x);
    }

    void run_node(const Node& node, std::size_t value);
    void meet_pool(const Pool& pool, const Line& pooled);

    Axis axis_;
    std::int32_t length_;
    const std::vector<Shape>& shapes_;
    const std::vector<Pool>& pools_;
    std::size_t pools_met_ = 0;
    int pools_radius_ = 0;
    std::vector<Line> lines_;
    std::int64_t out_side_ = 0; // of the node that is being run
};

Interval Propagation::depends(const Conv2d& op, const Line& in, std::int64_t x) const {
    Interval result;
    const std::int64_t first = (x * op.stride[index()]) - before(op.padding);
    for (std::int64_t tap = 0; tap < kernel(op); ++tap) {
        result = hull(result, at(in, first + (tap * op.dilation[index()])));
    }
    return result;
}

Interval Propagation::depends(const ConvTranspose2d& op, const Line& in, std::int64_t x) const {
    Interval result;
    const std::int64_t stride = op.stride[index()];
    for (std::int64_t tap = 0; tap < kernel(op); ++tap) {
        const std::int64_t scaled = x + before(op.padding) - (tap * op.dilation[index()]);
        if (scaled % stride == 0) {
            result = hull(result, at(in, scaled / stride));
        }
    }
    return result;
}

Interval Propagation::depends(const Crop& op, const Line& in, std::int64_t x) const {
    return at(in, x + before(op.sides));
}

Interval Propagation::depends(const Pad& op, const Line& in, std::int64_t x) const {
    const std::int64_t source = x - before(op.sides);
    const std::int64_t last = std::ssize(in) - 1;
    if (op.mode == Pad::Mode::edge) {
        return at_or(in, source, std::clamp<std::int64_t>(source, 0, last));
    }
    if (op.mode == Pad::Mode::reflect) {
        return at_or(in, source, source < 0 ? -source : source > last ? (2 * last) - source : source);
    }
    return at(in, source);
}

Interval Propagation::depends(const PixelShuffle& op, const Line& in, std::int64_t x) const {
    return at(in, x / op.factor);
}

Interval Propagation::depends(const PixelUnshuffle& op, const Line& in, std::int64_t x) const {
    Interval result;
    for (int i = 0; i < op.factor; ++i) {
        result = hull(result, at(in, (x * op.factor) + i));
    }
    return result;
}

Interval Propagation::depends(const Resize& op, const Line& in, std::int64_t x) const {
    const double factor = axis_ == Axis::vertical ? op.scale_h : op.scale_w;
    const ResizeTaps taps = resize_taps(op, {.factor = factor, .in = std::ssize(in), .out = out_side_}, x);
    Interval result;
    for (std::int64_t i = taps.first; i < taps.first + taps.count; ++i) {
        result = hull(result, at_or(in, i, std::clamp<std::int64_t>(i, 0, std::ssize(in) - 1)));
    }
    return result;
}

void Propagation::meet_pool(const Pool& pool, const Line& pooled) {
    const auto length = std::ssize(pooled);
    std::int64_t touched = 0; // positions from either end up to the last that feels a border
    for (std::int64_t x = 0; x < length; ++x) {
        const Interval& interval = pooled[static_cast<std::size_t>(x)];
        if (!interval.empty() && interval.low < 0) {
            touched = std::max(touched, x + 1);
        }
        if (!interval.empty() && interval.high >= length_) {
            touched = std::max(touched, length - x);
        }
    }
    // Two tiles that overlap by `overlap` have `overlap / alignment * positions - lost` positions in common.
    const std::int64_t common = 2 * touched;
    const std::int64_t twice = 2 * pool.side.positions;
    const std::int64_t radius = ((common + pool.side.lost) * pool.side.alignment + twice - 1) / twice;
    pools_radius_ = std::max(pools_radius_, static_cast<int>(radius));
}

void Propagation::run_node(const Node& node, std::size_t value) {
    if (pools_met_ < pools_.size() && std::cmp_equal(pools_[pools_met_].node, value)) {
        meet_pool(pools_[pools_met_++], lines_[static_cast<std::size_t>(node.inputs[0])]);
        return; // a mean that is given depends on nothing
    }
    Line out;
    out_side_ = side(value);
    for (const int input : node.inputs) {
        const Line& in = lines_[static_cast<std::size_t>(input)];
        if (in.empty()) {
            continue;
        }
        out.resize(static_cast<std::size_t>(out_side_));
        std::visit(
            [&](const auto& op) {
                for (std::int64_t x = 0; x < out_side_; ++x) {
                    Interval& position = out[static_cast<std::size_t>(x)];
                    position = hull(position, depends(op, in, x));
                }
            },
            node.op);
    }
    lines_[value] = std::move(out);
}

void Propagation::run(const Graph& graph) {
    const std::vector<std::size_t> last = last_uses(graph);
    for (std::int32_t x = 0; x < length_; ++x) {
        lines_[0].push_back({x, x});
    }
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
        run_node(graph.nodes[i], i);
        for (const int input : graph.nodes[i].inputs) {
            if (last[static_cast<std::size_t>(input)] == i) {
                Line().swap(lines_[static_cast<std::size_t>(input)]);
            }
        }
    }
}

int Propagation::radius(std::size_t output, std::int64_t border) const {
    const Line& line = lines_[output];
    const std::int64_t covered = length_ - (2 * border);
    std::int64_t result = 0;
    for (std::int64_t x = 0; x < std::ssize(line); ++x) {
        const Interval& interval = line[static_cast<std::size_t>(x)];
        if (!interval.empty()) {
            const std::int64_t own = border + (x * covered / std::ssize(line));
            result = std::max({result, own - interval.low, interval.high - own});
        }
    }
    return static_cast<int>(result);
}

// Where a tile's place or size in the picture changes the result, no radius does. Resizing with aligned
// corners is such: its sampling positions depend on the whole side.
bool aligns_corners(const Operator& op) {
    const auto* resize = std::get_if<Resize>(&op);
    return resize != nullptr && resize->coordinates == Resize::Coordinates::align_corners &&
           (resize->scale_h != 1 || resize->scale_w != 1);
}

bool aligns_corners(const Graph& graph) {
    const auto needed = needed_operators(graph);
    return std::any_of(needed.begin(), needed.end(), [](const Operator* op) { return aligns_corners(*op); });
}

// Steps that a propagation takes: positions times taps.
std::int64_t work(const Graph& graph, const std::vector<Shape>& shapes) {
    std::int64_t steps = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        std::int64_t taps = std::ssize(graph.nodes[i].inputs);
        if (const auto* conv = std::get_if<Conv2d>(&graph.nodes[i].op)) {
            taps = std::max(conv->weight.shape.h, conv->weight.shape.w);
        } else if (const auto* transpose = std::get_if<ConvTranspose2d>(&graph.nodes[i].op)) {
            taps = std::max(transpose->weight.shape.h, transpose->weight.shape.w);
        } else if (const auto* unshuffle = std::get_if<PixelUnshuffle>(&graph.nodes[i].op)) {
            taps = unshuffle->factor;
        } else if (std::holds_alternative<Resize>(graph.nodes[i].op)) {
            constexpr std::int64_t as_much_as_taps = 16; // to compute where they lie
            taps = as_much_as_taps;
        }
        steps += taps * (shapes[i].h + shapes[i].w);
    }
    return steps;
}

} // namespace

std::optional<int> receptive_field(const Graph& graph, int border_px, int alignment_px) {
    // A RRDB of 23 blocks has a radius of 348 and takes some ten million steps; what needs much more is
    // treated as global.
    constexpr std::int64_t shortest_probe = 256;
    constexpr std::int64_t longest_probe = 4096;
    constexpr std::int64_t most_steps = 1 << 27;
    if (aligns_corners(graph)) {
        return std::nullopt;
    }
    const auto pools = find_pools(graph, alignment_px);
    if (!pools) {
        return std::nullopt;
    }
    const int channels = std::get<Input>(graph.nodes[0].op).channels;
    const auto output = static_cast<std::size_t>(graph.output);
    for (std::int64_t length = shortest_probe; length <= longest_probe; length *= 2) {
        const std::vector<Shape> shapes = infer_shapes(graph, {1, channels, length, length});
        if (work(graph, shapes) > most_steps) {
            return std::nullopt;
        }
        int radius = 0;
        for (const Axis axis : {Axis::vertical, Axis::horizontal}) {
            Propagation propagation(axis, length, shapes, *pools);
            propagation.run(graph);
            radius = std::max({radius, propagation.radius(output, border_px), propagation.radius_of_pools()});
        }
        // Then the outputs in the middle half see no border, so that a longer probe would say the same.
        if (radius <= length / 4) {
            return radius;
        }
    }
    return std::nullopt;
}

} // namespace kizuna
