#include "formats/onnx/node_reader.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

// Pad and Slice.
namespace kizuna::onnx_format {

namespace {

/// Exporters write the largest int32 or int64 for an open end.
constexpr std::int64_t least_open_end = std::numeric_limits<std::int32_t>::max();

struct Padding {
    std::array<std::int64_t, 4> before{};
    std::array<std::int64_t, 4> after{};
};

Padding read_padding(const NodeReader& node) {
    const auto pads = read_list(node, "pads", 1);
    const Ints axes = node.has_input(3) ? node.literal_integers(3) : Ints{0, 1, 2, 3};
    if (!pads || pads->size() != 2 * axes.size()) {
        node.unknown("its pads do not match four dimensions");
    }
    Padding padding;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::size_t axis = read_axis(node, axes[i]);
        padding.before[axis] = (*pads)[i];
        padding.after[axis] = (*pads)[i + axes.size()];
    }
    if (padding.before[0] != 0 || padding.before[1] != 0 || padding.after[0] != 0 || padding.after[1] != 0) {
        node.unknown("it pads batches or channels");
    }
    return padding;
}

/// The padding where `sign` is 1, or what negative padding cuts off where it is −1.
Sides sides_of(const NodeReader& node, const Padding& padding, int sign) {
    const auto side = [&](std::int64_t pad) { return std::max(0, sign * node.small(pad, "a padding")); };
    return {side(padding.before[2]), side(padding.before[3]), side(padding.after[2]), side(padding.after[3])};
}

Pad::Mode read_pad_mode(const NodeReader& node) {
    const std::string mode = node.text("mode", "constant");
    if (mode == "constant") {
        return Pad::Mode::constant;
    }
    if (mode == "edge") {
        return Pad::Mode::edge;
    }
    if (mode == "reflect") {
        return Pad::Mode::reflect;
    }
    node.unknown("its mode " + mode);
}

float read_pad_value(const NodeReader& node) {
    if (!node.has_input(2)) {
        return node.real("value", 0);
    }
    const auto values = node.literal(2).as_floats();
    return values.empty() ? 0 : values[0];
}

struct Range {
    std::int64_t start = 0;
    std::int64_t end = least_open_end;
};

std::array<Range, 4> read_ranges(const NodeReader& node) {
    const auto starts = read_list(node, "starts", 1);
    const auto ends = read_list(node, "ends", 2);
    Ints axes{0, 1, 2, 3};
    if (const auto given = read_list(node, "axes", 3)) {
        axes = *given;
    } else if (starts && starts->size() < axes.size()) {
        axes.resize(starts->size());
    }
    if (!starts || !ends || starts->size() != ends->size() || starts->size() != axes.size()) {
        node.unknown("its starts, ends and axes do not match");
    }
    if (const auto steps = read_list(node, "steps", 4);
        steps && std::any_of(steps->begin(), steps->end(), [](std::int64_t step) { return step != 1; })) {
        node.unknown("its steps are not 1");
    }
    std::array<Range, 4> ranges;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        ranges[read_axis(node, axes[i])] = {(*starts)[i], (*ends)[i]};
    }
    return ranges;
}

bool is_whole(const Range& range) {
    return range.start == 0 && range.end >= least_open_end;
}

/// Both ends counted from the first, for an axis of known length.
Range resolve(const Range& range, std::int64_t length) {
    const auto place = [length](std::int64_t p) {
        return std::clamp(p < 0 ? p + length : p, std::int64_t{0}, length);
    };
    return {place(range.start), place(range.end)};
}

/// Pixels cut off before and after, along an axis whose length may not be known.
std::array<int, 2> cut(const NodeReader& node, const Range& range, std::optional<std::int64_t> length) {
    if (length) {
        const Range resolved = resolve(range, *length);
        return {node.small(resolved.start, "a start"), node.small(*length - resolved.end, "an end")};
    }
    if (range.start < 0 || (range.end >= 0 && range.end < least_open_end)) {
        node.unknown("where it cuts depends on the size of the picture");
    }
    return {
        node.small(range.start, "a start"),
        range.end >= least_open_end ? 0 : -node.small(range.end, "an end")};
}

int slice_channels(const NodeReader& node, int value, const Range& range) {
    if (is_whole(range)) {
        return value;
    }
    const Range resolved = resolve(range, node.builder().channels(value));
    const SliceChannels slice{node.small(resolved.start, "a start"), node.small(resolved.end, "an end")};
    return node.add(slice, {value}, "channels");
}

int slice_sides(const NodeReader& node, int value, const Range& rows, const Range& columns) {
    if (is_whole(rows) && is_whole(columns)) {
        return value;
    }
    const auto shape = node.builder().fixed_shape(value);
    const auto [top, bottom] = cut(node, rows, shape ? std::optional(shape->h) : std::nullopt);
    const auto [left, right] = cut(node, columns, shape ? std::optional(shape->w) : std::nullopt);
    return node.add(Crop{{top, left, bottom, right}}, {value});
}

} // namespace

Value read_pad(NodeReader& node) {
    const Padding padding = read_padding(node);
    const Pad pad{read_pad_mode(node), sides_of(node, padding, 1), read_pad_value(node)};
    int value = node.value(0);
    if (const Sides cropped = sides_of(node, padding, -1); cropped != Sides{}) {
        if (pad.mode != Pad::Mode::constant && pad.sides != Sides{}) {
            node.unknown("it cuts off and repeats pixels at once");
        }
        value = node.add(Crop{cropped}, {value}, "cut");
    }
    return pad.sides == Sides{} ? value : node.add(pad, {value});
}

Value read_slice(NodeReader& node) {
    const auto ranges = read_ranges(node);
    if (!is_whole(ranges[0]) && !(ranges[0].start == 0 && ranges[0].end == 1)) {
        node.unknown("it cuts batches");
    }
    const int value = slice_channels(node, node.value(0), ranges[1]);
    return slice_sides(node, value, ranges[2], ranges[3]);
}

} // namespace kizuna::onnx_format
