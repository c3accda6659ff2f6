#include "formats/onnx/node_reader.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

// ReduceMean, Squeeze, Unsqueeze, Split: what goes by axes whose number may change.
namespace kizuna::onnx_format {

namespace {

constexpr std::int64_t rank = 4;

/// The axes in ascending order, counted from the front.
Ints sorted_axes(const NodeReader& node, const Ints& axes, std::int64_t of_rank) {
    Ints sorted;
    for (const std::int64_t axis : axes) {
        sorted.push_back(static_cast<std::int64_t>(read_axis(node, axis, of_rank)));
    }
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        node.unknown("it names an axis twice");
    }
    return sorted;
}

Ints required_axes(const NodeReader& node) {
    const auto axes = read_list(node, "axes", 1);
    if (!axes || axes->empty()) {
        node.unknown("which axes it means depends on the size of the picture");
    }
    return *axes;
}

Literal without_axes(const NodeReader& node, Literal literal) {
    Ints axes = sorted_axes(node, required_axes(node), std::ssize(literal.dims));
    std::reverse(axes.begin(), axes.end()); // so that the places of those to come stay what they are
    for (const std::int64_t axis : axes) {
        if (literal.dims[static_cast<std::size_t>(axis)] != 1) {
            node.unknown("it removes an axis that is longer than 1");
        }
        literal.dims.erase(literal.dims.begin() + axis);
    }
    return literal;
}

Literal with_axes(const NodeReader& node, Literal literal) {
    const Ints axes = required_axes(node);
    for (const std::int64_t axis : sorted_axes(node, axes, std::ssize(literal.dims) + std::ssize(axes))) {
        literal.dims.insert(literal.dims.begin() + axis, 1);
    }
    return literal;
}

/// Lengths of the parts along the channels, as many as there are outputs.
Ints read_parts(const NodeReader& node, std::int64_t channels) {
    const std::int64_t count = node.output_count();
    if (count == 0) {
        node.unknown("it has no outputs");
    }
    if (auto given = read_list(node, "split", 1)) {
        return std::move(*given);
    }
    const std::int64_t each = (channels + count - 1) / count; // the last one may be shorter
    Ints parts(static_cast<std::size_t>(count), each);
    parts.back() = channels - each * (count - 1);
    return parts;
}

} // namespace

Value read_squeeze(NodeReader& node) {
    if (node.is_literal(0)) {
        return without_axes(node, node.literal(0));
    }
    return Squeezed{node.value(0), sorted_axes(node, required_axes(node), rank)};
}

/// Only what a Squeeze or a mean has removed is brought back.
Value read_unsqueeze(NodeReader& node) {
    if (node.is_literal(0)) {
        return with_axes(node, node.literal(0));
    }
    const auto* squeezed = std::get_if<Squeezed>(&node.any_value(0));
    if (squeezed == nullptr || sorted_axes(node, required_axes(node), rank) != squeezed->axes) {
        node.unknown("it does not bring back what a Squeeze removed");
    }
    return squeezed->source;
}

Value read_reduce_mean(NodeReader& node) {
    const auto axes = read_list(node, "axes", 1);
    const Ints rows_and_columns{2, 3};
    if (!axes || sorted_axes(node, *axes, rank) != rows_and_columns) {
        node.unknown("only the mean of rows and columns is known");
    }
    const int mean = node.add(GlobalAveragePool{}, {node.value(0)});
    if (node.integer("keepdims", 1) == 0) {
        return Squeezed{mean, rows_and_columns};
    }
    return mean;
}

Value read_split(NodeReader& node) {
    const int value = node.value(0);
    const std::int64_t channels = node.builder().channels(value);
    const Ints parts = read_parts(node, channels);
    const bool fits =
        std::ssize(parts) == node.output_count() &&
        std::all_of(
            parts.begin(), parts.end(), [channels](auto part) { return part > 0 && part <= channels; }) &&
        std::accumulate(parts.begin(), parts.end(), std::int64_t{0}) == channels;
    if (read_axis(node, node.integer("axis", 0)) != 1 || !fits) {
        node.unknown("only channels can be split, into parts that are all of them");
    }
    int begin = 0;
    for (int i = 0; i < node.output_count(); ++i) {
        const int end = begin + static_cast<int>(parts[static_cast<std::size_t>(i)]);
        node.give(i, node.add(SliceChannels{begin, end}, {value}, std::to_string(i)));
        begin = end;
    }
    return std::get<int>(node.further_outputs().front().second);
}

} // namespace kizuna::onnx_format
