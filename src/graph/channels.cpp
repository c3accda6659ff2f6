#include "graph/channels.hpp"

#include "base/checked.hpp"
#include "graph/limits.hpp"

#include "kizuna/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna {

namespace {

std::int64_t square(int factor) {
    return std::int64_t{factor} * factor;
}

std::int64_t sum(std::span<const std::int64_t> inputs) {
    std::int64_t total = 0;
    for (const std::int64_t input : inputs) {
        total = checked_add(total, input, "a number of channels");
    }
    return total;
}

std::int64_t count(const Operator& op, std::span<const std::int64_t> inputs) {
    if (const auto* input = std::get_if<Input>(&op)) {
        return input->channels;
    }
    if (const auto* given = std::get_if<Given>(&op)) {
        return given->channels;
    }
    if (const auto* constant = std::get_if<Constant>(&op)) {
        return constant->value.shape.c;
    }
    if (const auto* conv = std::get_if<Conv2d>(&op)) {
        return conv->weight.shape.n;
    }
    if (const auto* conv = std::get_if<ConvTranspose2d>(&op)) {
        return checked_mul<std::int64_t>(conv->weight.shape.c, conv->groups, "a number of channels");
    }
    if (const auto* slice = std::get_if<SliceChannels>(&op)) {
        return slice->end - slice->begin;
    }
    if (const auto* shuffle = std::get_if<PixelShuffle>(&op)) {
        return inputs[0] / square(shuffle->factor);
    }
    if (const auto* unshuffle = std::get_if<PixelUnshuffle>(&op)) {
        return checked_mul<std::int64_t>(inputs[0], square(unshuffle->factor), "a number of channels");
    }
    if (std::holds_alternative<Concat>(op)) {
        return sum(inputs);
    }
    return *std::max_element(inputs.begin(), inputs.end()); // Binary broadcasts; the others keep them
}

} // namespace

std::int64_t output_channels(const Operator& op, std::span<const std::int64_t> inputs) {
    const std::int64_t channels = count(op, inputs);
    if (channels < 1 || channels > max_channels) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("a value of the network has {} channels, not 1 to {}", channels, max_channels));
    }
    return channels;
}

std::vector<std::int64_t> channel_counts(const Graph& graph) {
    std::vector<std::int64_t> counts;
    counts.reserve(graph.nodes.size());
    std::vector<std::int64_t> inputs;
    for (const Node& node : graph.nodes) {
        inputs.clear();
        for (const int input : node.inputs) {
            inputs.push_back(counts[static_cast<std::size_t>(input)]);
        }
        counts.push_back(output_channels(node.op, inputs));
    }
    return counts;
}

} // namespace kizuna
