#include "formats/onnx/graph_builder.hpp"

#include "base/checked.hpp"
#include "graph/channels.hpp"
#include "graph/limits.hpp"

#include "kizuna/error.hpp"

#include <utility>

#include <fmt/format.h>

namespace kizuna::onnx_format {

namespace {

/// Each question walks the whole graph.
constexpr int max_shape_questions = 256;

/// Of what is copied out of a file, for each of its bytes: halves become floats, a Cast and what it feeds
/// both read them, and some networks go through the same weights twice.
constexpr std::size_t max_copies = 8;
/// As much again is no burden, and lets small networks repeat their weights as often as they like.
constexpr std::size_t free_copied_bytes = std::size_t{64} << 20U;

std::vector<bool> find_used(const Graph& graph) {
    std::vector<bool> used(graph.nodes.size());
    used[0] = true; // the Input, whatever becomes of it
    used[graph.output] = true;
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        if (used[i]) {
            for (const int input : graph.nodes[i].inputs) {
                used[input] = true;
            }
        }
    }
    return used;
}

/// Without the nodes that the output does not need, such as what later nodes have absorbed.
Graph without_unused(Graph graph) {
    const std::vector<bool> used = find_used(graph);
    Graph kept;
    std::vector<int> new_index(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!used[i]) {
            continue;
        }
        new_index[i] = static_cast<int>(kept.nodes.size());
        for (int& input : graph.nodes[i].inputs) {
            input = new_index[input];
        }
        kept.nodes.push_back(std::move(graph.nodes[i]));
    }
    kept.output = new_index[graph.output];
    return kept;
}

} // namespace

GraphBuilder::GraphBuilder(int input_channels, std::optional<ModelSpec::Size> fixed, std::size_t file_bytes)
    : fixed_(fixed)
    , copies_left_(checked_add(checked_mul(file_bytes, max_copies), free_copied_bytes)) {
    graph_.nodes.push_back({"input", Input{input_channels}, {}});
    channels_.push_back(input_channels);
}

void GraphBuilder::count_copied(std::size_t bytes) {
    if (bytes > copies_left_) {
        throw Error(
            ErrorCode::limit_exceeded,
            "the operators of the ONNX network repeat its constants so often that they would take many times "
            "the file's size");
    }
    copies_left_ -= bytes;
}

std::optional<int> GraphBuilder::node_of(const onnx::TensorProto* constant) const {
    const auto found = constants_.find(constant);
    return found != constants_.end() ? std::optional(found->second) : std::nullopt;
}

int GraphBuilder::add(std::string name, Operator op, std::vector<int> inputs) {
    if (graph_.nodes.size() >= max_nodes) { // one of ONNX may become many
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("the ONNX network becomes more than {} operators", max_nodes));
    }
    count_copied(name.size());
    std::vector<std::int64_t> channels;
    channels.reserve(inputs.size());
    for (const int input : inputs) {
        channels.push_back(channels_[input]);
    }
    channels_.push_back(output_channels(op, channels));
    graph_.nodes.push_back({std::move(name), std::move(op), std::move(inputs)});
    return checked_cast<int>(graph_.nodes.size() - 1, "the number of operators");
}

std::optional<Shape> GraphBuilder::fixed_shape(int node) {
    if (!fixed_) {
        return std::nullopt;
    }
    if (++shapes_asked_ > max_shape_questions) {
        throw Error(
            ErrorCode::limit_exceeded, "too many operators of the ONNX network depend on a fixed size");
    }
    validate(graph_);
    return infer_shapes(graph_, {1, channels_[0], fixed_->height, fixed_->width})[node];
}

Graph GraphBuilder::finish(int output) && {
    graph_.output = output;
    validate(graph_);
    return without_unused(std::move(graph_));
}

} // namespace kizuna::onnx_format
