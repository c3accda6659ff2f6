#include "graph/channels.hpp"
#include "graph/limits.hpp"
#include "graph/passes.hpp"
#include "graph/rewriter.hpp"

#include <algorithm>

namespace kizuna {

namespace {

bool all_are(const std::vector<float>& numbers, float number) {
    return std::all_of(numbers.begin(), numbers.end(), [number](float x) { return x == number; });
}

bool is_identity(const Operator& op, std::int64_t in_channels) {
    if (const auto* const affine = std::get_if<Affine>(&op)) {
        return all_are(affine->scale, 1) && all_are(affine->offset, 0);
    }
    if (const auto* const prelu = std::get_if<PRelu>(&op)) {
        return all_are(prelu->slope, 1);
    }
    if (const auto* const slice = std::get_if<SliceChannels>(&op)) {
        return slice->begin == 0 && slice->end == in_channels;
    }
    if (const auto* const crop = std::get_if<Crop>(&op)) {
        return crop->sides == Sides{};
    }
    if (const auto* const pad = std::get_if<Pad>(&op)) {
        return pad->sides == Sides{};
    }
    if (const auto* const shuffle = std::get_if<PixelShuffle>(&op)) {
        return shuffle->factor == 1;
    }
    if (const auto* const unshuffle = std::get_if<PixelUnshuffle>(&op)) {
        return unshuffle->factor == 1;
    }
    const auto* const resize = std::get_if<Resize>(&op);
    return resize != nullptr && resize->scale_h == 1 && resize->scale_w == 1;
}

// A Concat's inputs, those of Concats among them in their place.
std::vector<int> flattened(Rewriter& rewriter, const std::vector<int>& inputs) {
    std::vector<int> parts;
    for (const int input : inputs) {
        const Node& made = rewriter.made(input);
        if (std::holds_alternative<Concat>(made.op)) {
            parts.insert(parts.end(), made.inputs.begin(), made.inputs.end());
        } else {
            parts.push_back(input);
        }
    }
    return parts;
}

} // namespace

Graph without_identities(const Graph& graph) {
    const std::vector<std::int64_t> channels = channel_counts(graph);
    Rewriter rewriter(graph);
    Graph made = rewriter.run([&](int i) {
        const Node& node = rewriter.node(i);
        if (!node.inputs.empty() &&
            is_identity(node.op, channels[static_cast<std::size_t>(node.inputs[0])])) {
            rewriter.replace(i, rewriter.value(node.inputs[0]));
            return;
        }
        rewriter.keep(i);
        if (std::holds_alternative<Concat>(node.op)) {
            std::vector<int> parts = flattened(rewriter, rewriter.values(node.inputs));
            if (parts.size() <= max_node_inputs) {
                rewriter.made(rewriter.value(i)).inputs = std::move(parts);
            }
        }
    });
    // Flattened Concats may have no readers left.
    Rewriter again(made);
    return again.run([&](int i) { again.keep(i); });
}

Graph simplified(const Graph& graph) {
    Graph made = without_identities(graph);
    // Step by step: nested calls would keep every graph between them, each with all its weights, to the end.
    for (Graph (*const pass)(const Graph&) :
         {with_folded_scales, without_transposed_convolutions, with_early_activations, with_folded_scales,
          without_identities}) {
        made = pass(made);
    }
    return made;
}

} // namespace kizuna
