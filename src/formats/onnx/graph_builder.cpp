#include "formats/onnx/graph_builder.hpp"

#include "base/checked.hpp"
#include "formats/onnx/channels.hpp"

#include "kizuna/error.hpp"

#include <utility>

namespace kizuna::onnx_format {

namespace {

/// Each question walks the whole graph.
constexpr int max_shape_questions = 256;

} // namespace

GraphBuilder::GraphBuilder(int input_channels, std::optional<ModelSpec::Size> fixed)
    : fixed_(fixed) {
    graph_.nodes.push_back({"input", Input{input_channels}, {}});
    channels_.push_back(input_channels);
}

int GraphBuilder::add(std::string name, Operator op, std::vector<int> inputs) {
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
    return infer_shapes(graph_, {1, channels_[0], fixed_->height, fixed_->width})[node];
}

Graph GraphBuilder::finish(int output) && {
    graph_.output = output;
    validate(graph_);
    return std::move(graph_);
}

} // namespace kizuna::onnx_format
