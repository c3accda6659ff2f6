#include "engine/cpu/lowering.hpp"
#include "graph/liveness.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace kizuna::cpu {

namespace {

template <typename Op>
const Op* get(const Graph& graph, int node) {
    return std::get_if<Op>(&graph.nodes[at(node)].op);
}

/// Tells which values have the same shape for every picture. Those that have it for some pictures may still
/// broadcast for others, where one of them is a single pixel high or wide. No operator makes less of more:
/// the larger the picture, the larger all values. So it is enough to look at two large pictures, and at all
/// small ones up to where both values are above one pixel: beyond, what differs cannot be added, and is
/// refused.
class Samples {
  public:
    explicit Samples(const Graph& graph)
        : graph_(graph)
        , grown_(graph.nodes.size(), true) {
        // Sizes that any reasonable alignment divides. Of a network that takes others only nothing is known.
        known_ = take(side, 2 * side) && take(2 * side, 3 * side);
        if (known_) {
            take_small([&](std::int64_t small) { return take(small, 2 * side); }, &Shape::h);
            take_small([&](std::int64_t small) { return take(side, small); }, &Shape::w);
        }
    }

    [[nodiscard]] bool same_shape(int a, int b) const {
        return known_ && grown_[at(a)] && grown_[at(b)] &&
               std::all_of(samples_.begin(), samples_.end(), [&](const auto& shapes) {
                   return shapes[at(a)] == shapes[at(b)];
               });
    }

  private:
    static constexpr std::int64_t side = 960;

    bool take(std::int64_t height, std::int64_t width) {
        const std::int64_t channels = std::get<Input>(graph_.nodes[0].op).channels;
        try {
            samples_.push_back(infer_shapes(graph_, {1, channels, height, width}));
            return true;
        } catch (const Error&) {
            return false;
        }
    }

    template <typename Take>
    void take_small(const Take& take_one, std::int64_t Shape::*axis) {
        constexpr std::size_t most = 128; // networks that cut off borders need some dozens
        constexpr std::size_t most_shapes = std::size_t{1} << 18U;
        const std::size_t end = std::min(most, most_shapes / graph_.nodes.size());
        std::vector<bool> above_one(graph_.nodes.size());
        for (std::size_t small = 1; small <= end; ++small) {
            if (!take_one(static_cast<std::int64_t>(small))) {
                continue;
            }
            std::transform(
                samples_.back().begin(), samples_.back().end(), above_one.begin(),
                [&](const Shape& shape) { return shape.*axis > 1; });
            if (std::find(above_one.begin(), above_one.end(), false) == above_one.end()) {
                return;
            }
        }
        std::transform(grown_.begin(), grown_.end(), above_one.begin(), grown_.begin(), std::logical_and<>());
    }

    const Graph& graph_;
    bool known_ = false;
    std::vector<std::vector<Shape>> samples_;
    std::vector<bool> grown_; // above one pixel in the largest of the small pictures
};

class Decider {
  public:
    Decider(const Graph& graph, Precision precision)
        : graph_(graph)
        , precision_(precision)
        , samples_(graph) {
        made_.needed = needed_nodes(graph);
        readers_ = readers_of(graph);
        made_.fusions.resize(graph.nodes.size());
        made_.fused_into.assign(graph.nodes.size(), -1);
        made_.narrow.resize(graph.nodes.size());
        made_.element.assign(graph.nodes.size(), Element::f32);
    }

    Decisions decide() {
        // Backwards: of two convolutions whose results are added, the later one adds.
        for (int i = static_cast<int>(graph_.nodes.size()) - 1; i >= 0; --i) {
            if (made_.needed[at(i)] && get<Conv2d>(graph_, i) != nullptr) {
                fuse(i);
            }
        }
        if (precision_ == Precision::bf16) {
            choose_narrow();
            choose_elements();
        }
        return std::move(made_);
    }

  private:
    [[nodiscard]] std::optional<int> only_reader(int node) const {
        const auto& readers = readers_[at(node)];
        return readers.size() == 1 && node != graph_.output ? std::optional(readers[0]) : std::nullopt;
    }

    void fuse(int conv) {
        Fusion& fusion = made_.fusions[at(conv)];
        fusion.last = conv;
        if (const auto reader = only_reader(conv); reader && get<PRelu>(graph_, *reader) != nullptr) {
            fusion.activation = *reader;
            take(conv, *reader);
        }
        const auto reader = only_reader(fusion.last);
        const auto* const binary = reader ? get<Binary>(graph_, *reader) : nullptr;
        if (binary == nullptr || binary->kind != Binary::Kind::add || made_.fused_into[at(*reader)] >= 0) {
            return;
        }
        const std::vector<int>& operands = graph_.nodes[at(*reader)].inputs;
        const int other = operands[0] == fusion.last ? operands[1] : operands[0];
        if (other != fusion.last && samples_.same_shape(other, *reader) &&
            samples_.same_shape(fusion.last, *reader)) {
            fusion.residual = other;
            take(conv, *reader);
        }
    }

    void take(int conv, int node) {
        made_.fusions[at(conv)].last = node;
        made_.fused_into[at(node)] = conv;
    }

    /// The network's first and last convolutions stay float32: there rounding is seen most, and they are few.
    void choose_narrow() {
        const std::vector<bool> near_input = reached_from_input();
        std::vector<bool> near_output(graph_.nodes.size());
        near_output[at(graph_.output)] = true;
        for (int i = static_cast<int>(graph_.nodes.size()) - 1; i >= 0; --i) {
            const bool is_conv = get<Conv2d>(graph_, i) != nullptr;
            made_.narrow[at(i)] = is_conv && !near_output[at(i)] && !near_input[at(i)];
            for (const int input : graph_.nodes[at(i)].inputs) {
                near_output[at(input)] = near_output[at(input)] || (near_output[at(i)] && !is_conv);
            }
        }
    }

    /// Nodes that read the input without a convolution between.
    [[nodiscard]] std::vector<bool> reached_from_input() const {
        std::vector<bool> reached(graph_.nodes.size());
        reached[0] = true;
        for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
            for (const int input : graph_.nodes[i].inputs) {
                const bool convolved = get<Conv2d>(graph_, input) != nullptr;
                reached[i] = reached[i] || (reached[at(input)] && !convolved);
            }
        }
        return reached;
    }

    /// Bf16 is what nobody but bf16 convolutions reads, through operators that only move numbers.
    void choose_elements() {
        for (int i = static_cast<int>(graph_.nodes.size()) - 1; i > 0; --i) {
            const auto& readers = readers_[at(i)];
            const bool all_narrow = std::all_of(
                readers.begin(), readers.end(), [&](int reader) { return reads_narrow(i, reader); });
            if (i != graph_.output && !readers.empty() && all_narrow && get<Constant>(graph_, i) == nullptr) {
                made_.element[at(i)] = Element::bf16;
            }
        }
    }

    [[nodiscard]] bool reads_narrow(int value, int reader) const {
        if (get<Conv2d>(graph_, reader) != nullptr) {
            return made_.narrow[at(reader)];
        }
        if (get<PRelu>(graph_, reader) != nullptr && made_.fused_into[at(reader)] >= 0) {
            return made_.element[at(reader)] == Element::bf16;
        }
        const auto* const resize = get<Resize>(graph_, reader);
        const bool only_moves =
            get<Concat>(graph_, reader) != nullptr || get<SliceChannels>(graph_, reader) != nullptr ||
            get<Crop>(graph_, reader) != nullptr || get<Pad>(graph_, reader) != nullptr ||
            get<PixelShuffle>(graph_, reader) != nullptr || get<PixelUnshuffle>(graph_, reader) != nullptr ||
            (resize != nullptr && resize->mode == Resize::Mode::nearest);
        return only_moves && made_.element[at(reader)] == Element::bf16 && value != 0;
    }

    const Graph& graph_;
    Precision precision_;
    Samples samples_;
    std::vector<std::vector<int>> readers_;
    Decisions made_;
};

} // namespace

Decisions decide(const Graph& graph, Precision precision) {
    return Decider(graph, precision).decide();
}

} // namespace kizuna::cpu
