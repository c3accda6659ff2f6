#include "formats/ncnn/builder.hpp"

#include "base/checked.hpp"
#include "graph/channels.hpp"
#include "graph/limits.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace kizuna::ncnn {

namespace {

/// Each window() walks the whole graph; networks have up to some ten.
constexpr int max_windows = 64;
/// So does each channels().
constexpr int max_channel_questions = 512;
/// Two picture sizes that suit any network with a few halvings: what differs between them depends on the
/// size.
constexpr std::array<std::int64_t, 2> probe_sides{512, 768};

template <typename... Kinds>
bool is_any(const Operator& op) {
    return (std::holds_alternative<Kinds>(op) || ...);
}

bool is_pointwise(const Operator& op) {
    return is_any<PRelu, Sigmoid, Tanh, Sqrt, Clip, Affine>(op);
}

bool is_1x1(const Operator& op) {
    const auto* conv = std::get_if<Conv2d>(&op);
    return conv != nullptr && conv->weight.shape.h == 1 && conv->weight.shape.w == 1 &&
           conv->padding == Sides{};
}

} // namespace

Builder::Builder() {
    graph_.nodes.push_back({"input", Input{}, {}});
    pooled_.push_back(false);
    multiples_.push_back(1);
}

int Builder::add(const Layer& layer, Operator op, std::vector<int> inputs, std::string_view part) {
    if (graph_.nodes.size() >= max_nodes) { // a layer of many inputs becomes as many operators
        layer.fail(ErrorCode::limit_exceeded, fmt::format("more than {} operators so far", max_nodes));
    }
    pooled_.push_back(keeps_pooled(op, inputs));
    multiples_.push_back(multiple_of_input(op, inputs));
    std::string name = part.empty() ? layer.name : fmt::format("{}/{}", layer.name, part);
    graph_.nodes.push_back({std::move(name), std::move(op), std::move(inputs)});
    return checked_cast<int>(graph_.nodes.size() - 1, "the number of operators");
}

void Builder::settle_channels(int node, int channels) {
    const int multiple = multiples_[node];
    if (channels_settled_ || multiple == 0 || channels % multiple != 0) {
        return;
    }
    std::get<Input>(graph_.nodes[0].op).channels = channels / multiple;
    channels_settled_ = true;
}

std::int64_t Builder::channels(const Layer& layer, int node) {
    if (++channels_asked_ > max_channel_questions) {
        layer.fail(ErrorCode::limit_exceeded, fmt::format("more than {} slices", max_channel_questions));
    }
    if (!channels_settled_) {
        layer.fail(
            ErrorCode::unsupported,
            "it depends on how many channels the picture has, which nothing before it tells");
    }
    validate(graph_);
    return channel_counts(graph_)[static_cast<std::size_t>(node)];
}

bool Builder::is_pooled(int node) const {
    return pooled_[node];
}

Sides Builder::window(const Layer& layer, int node, int reference, int top, int left) {
    if (++windows_ > max_windows) {
        layer.fail(ErrorCode::limit_exceeded, fmt::format("more than {} crops by another blob", max_windows));
    }
    validate(graph_);
    const int channels = std::get<Input>(graph_.nodes[0].op).channels;
    std::optional<Sides> sides;
    for (const std::int64_t side : probe_sides) {
        const auto shapes = infer_shapes(graph_, {1, channels, side, side});
        const std::int64_t bottom = shapes[node].h - shapes[reference].h - top;
        const std::int64_t right = shapes[node].w - shapes[reference].w - left;
        if (bottom < 0 || right < 0) {
            layer.fail(ErrorCode::corrupt, "the window to be cut out lies partly outside of the blob");
        }
        const Sides found{top, left, checked_cast<int>(bottom), checked_cast<int>(right)};
        if (sides && found != *sides) {
            layer.fail(ErrorCode::unsupported, "how much it cuts off depends on the size of the picture");
        }
        sides = found;
    }
    return *sides;
}

Graph Builder::finish(int output) && {
    graph_.output = output;
    validate(graph_);
    return std::move(graph_);
}

int Builder::multiple_of_input(const Operator& op, const std::vector<int>& inputs) const {
    if (inputs.empty()) {
        return 0;
    }
    const int multiple = multiples_[inputs[0]];
    if (const auto* unshuffle = std::get_if<PixelUnshuffle>(&op)) {
        const std::int64_t factor = unshuffle->factor;
        const std::int64_t result = multiple * factor * factor;
        return result <= std::numeric_limits<int>::max() ? static_cast<int>(result) : 0;
    }
    return is_pointwise(op) || is_any<Crop, Pad, Resize, GlobalAveragePool>(op) ? multiple : 0;
}

bool Builder::keeps_pooled(const Operator& op, const std::vector<int>& inputs) const {
    if (is_any<GlobalAveragePool>(op)) {
        return true;
    }
    const bool keeps = is_pointwise(op) || is_1x1(op) || is_any<Binary, Concat, SliceChannels>(op);
    return keeps && std::all_of(inputs.begin(), inputs.end(), [this](int input) { return pooled_[input]; });
}

} // namespace kizuna::ncnn
