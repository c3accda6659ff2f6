#include "graph/channels.hpp"
#include "graph/passes.hpp"
#include "graph/rewriter.hpp"

#include <algorithm>
#include <optional>

namespace kizuna {

namespace {

bool has_lanes(const std::vector<float>& numbers) {
    return numbers.size() > 1;
}

// Numbers for the channels behind a PixelShuffle as numbers for those before it.
std::vector<float> before(const PixelShuffle& shuffle, const std::vector<float>& numbers) {
    if (!has_lanes(numbers)) {
        return numbers;
    }
    const auto area = static_cast<std::size_t>(shuffle.factor) * static_cast<std::size_t>(shuffle.factor);
    std::vector<float> result(numbers.size() * area);
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = numbers[shuffle.order == PixelShuffle::Order::crd ? i / area : i % numbers.size()];
    }
    return result;
}

/// Movers that one activation is taken across. Networks have two (a PixelShuffle and a Crop), and each one is
/// made again: with no bound, a chain of them would take time and memory by its square.
constexpr std::size_t most_movers = 8;

/// PRelu or Affine, moved to before what only moves pixels.
std::optional<Operator> moved_before(const Operator& op, const Operator& mover) {
    const auto* const shuffle = std::get_if<PixelShuffle>(&mover);
    if (shuffle == nullptr) {
        return std::holds_alternative<Crop>(mover) ? std::optional(op) : std::nullopt;
    }
    if (const auto* const prelu = std::get_if<PRelu>(&op)) {
        return PRelu{before(*shuffle, prelu->slope)};
    }
    const auto& affine = std::get<Affine>(op);
    return Affine{before(*shuffle, affine.scale), before(*shuffle, affine.offset)};
}

class Hoisting {
  public:
    explicit Hoisting(const Graph& graph)
        : rewriter_(graph) {}

    Graph run() {
        return rewriter_.run([this](int i) {
            const bool by_channel = rewriter_.get<PRelu>(i) != nullptr || rewriter_.get<Affine>(i) != nullptr;
            if (!by_channel || !hoist(i)) {
                rewriter_.keep(i);
            }
            note_reader(i);
        });
    }

  private:
    void note_reader(int i) {
        const auto value = static_cast<std::size_t>(rewriter_.value(i));
        read_once_.resize(std::max(read_once_.size(), value + 1));
        read_once_[value] = rewriter_.has_one_reader(i);
    }

    [[nodiscard]] bool is_read_once(int value) const {
        return static_cast<std::size_t>(value) < read_once_.size() &&
               read_once_[static_cast<std::size_t>(value)];
    }

    // To behind the convolution from which only Crops and PixelShuffles lead here.
    bool hoist(int i) {
        Operator op = rewriter_.node(i).op;
        std::vector<int> movers; // the last first
        int value = rewriter_.value(rewriter_.node(i).inputs[0]);
        while (is_read_once(value)) {
            const auto earlier = moved_before(op, rewriter_.made(value).op);
            if (!earlier) {
                break;
            }
            if (movers.size() == most_movers) {
                return false;
            }
            op = *earlier;
            movers.push_back(value);
            value = rewriter_.made(value).inputs[0];
        }
        if (movers.empty() || !is_read_once(value) || !is_near_convolution(rewriter_.made(value).op)) {
            return false;
        }
        value = add({rewriter_.node(i).name, std::move(op), {value}});
        std::reverse(movers.begin(), movers.end());
        for (const int mover : movers) {
            value = add({rewriter_.made(mover).name, rewriter_.made(mover).op, {value}});
        }
        rewriter_.replace(i, value);
        return true;
    }

    // What came before was moved there, too.
    static bool is_near_convolution(const Operator& op) {
        return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Affine>(op) ||
               std::holds_alternative<PRelu>(op);
    }

    int add(Node node) {
        const int value = rewriter_.add(std::move(node));
        read_once_.resize(static_cast<std::size_t>(value) + 1);
        read_once_.back() = true;
        return value;
    }

    Rewriter rewriter_;
    std::vector<bool> read_once_; // new values
};

// From c·area + place to place·channels + c.
void reorder(std::vector<float>& numbers, std::size_t channels, std::size_t area) {
    const std::size_t each = numbers.size() / (channels * area);
    std::vector<float> result(numbers.size());
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t place = 0; place < area; ++place) {
            const auto from = numbers.begin() + static_cast<std::ptrdiff_t>(((c * area) + place) * each);
            const auto to = result.begin() + static_cast<std::ptrdiff_t>(((place * channels) + c) * each);
            std::copy_n(from, each, to);
        }
    }
    numbers = std::move(result);
}

class ShuffleOrder {
  public:
    explicit ShuffleOrder(const Graph& graph)
        : rewriter_(graph)
        , channels_(channel_counts(graph)) {}

    Graph run() {
        return rewriter_.run([this](int i) {
            rewriter_.keep(i);
            const auto* const shuffle = rewriter_.get<PixelShuffle>(i);
            if (shuffle != nullptr && shuffle->order == PixelShuffle::Order::crd) {
                change(i, *shuffle);
            }
        });
    }

  private:
    void change(int i, const PixelShuffle& shuffle) {
        std::vector<int> path;
        int from = rewriter_.node(i).inputs[0];
        for (; rewriter_.has_one_reader(from); from = rewriter_.node(from).inputs[0]) {
            path.push_back(from);
            if (rewriter_.get<PRelu>(from) == nullptr && rewriter_.get<Affine>(from) == nullptr) {
                break;
            }
        }
        const auto* const conv = path.empty() ? nullptr : rewriter_.get<Conv2d>(path.back());
        if (conv == nullptr || conv->groups != 1) {
            return;
        }
        const auto area = static_cast<std::size_t>(shuffle.factor) * static_cast<std::size_t>(shuffle.factor);
        const std::size_t channels =
            static_cast<std::size_t>(channels_[static_cast<std::size_t>(path[0])]) / area;
        for (const int node : path) {
            reorder_channels(rewriter_.made(rewriter_.value(node)).op, channels, area);
        }
        std::get<PixelShuffle>(rewriter_.made(rewriter_.value(i)).op).order = PixelShuffle::Order::dcr;
    }

    static void reorder_channels(Operator& op, std::size_t channels, std::size_t area) {
        const auto reorder_lanes = [&](std::vector<float>& numbers) {
            if (has_lanes(numbers)) {
                reorder(numbers, channels, area);
            }
        };
        if (auto* const conv = std::get_if<Conv2d>(&op)) {
            reorder(conv->weight.data, channels, area);
            reorder_lanes(conv->bias);
        } else if (auto* const prelu = std::get_if<PRelu>(&op)) {
            reorder_lanes(prelu->slope);
        } else if (auto* const affine = std::get_if<Affine>(&op)) {
            reorder_lanes(affine->scale);
            reorder_lanes(affine->offset);
        }
    }

    Rewriter rewriter_;
    std::vector<std::int64_t> channels_;
};

} // namespace

Graph with_early_activations(const Graph& graph) {
    return ShuffleOrder(Hoisting(graph).run()).run();
}

} // namespace kizuna
