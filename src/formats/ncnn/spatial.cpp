#include "formats/ncnn/layers.hpp"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

// Layers that move pixels and channels: Crop, Slice, Padding, Interp, Pooling, PixelShuffle, Reorg.
namespace kizuna::ncnn {

namespace {

/// In ncnn's offsets and ends: up to the last.
constexpr int to_the_end = -233;
/// Exporters write the largest integer for an open end.
constexpr double open_end = 1 << 30;

struct Span {
    double start = 0;
    double end = to_the_end;
};

/// What numpy-like starts, ends and axes say, for channels, rows, columns.
std::array<Span, 3> read_spans(const Layer& layer) {
    const ParamValues starts = layer.integers(9);
    const ParamValues ends = layer.integers(10);
    const ParamValues axes = layer.integers(11);
    std::array<Span, 3> spans{};
    if (starts.size() != ends.size() || starts.size() > spans.size() ||
        (!axes.empty() && axes.size() != starts.size())) {
        layer.fail(ErrorCode::corrupt, "its starts, ends and axes do not match");
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
        double axis = axes.empty() ? static_cast<double>(i) : axes[i];
        axis += axis < 0 ? 3 : 0;
        if (axis != 0 && axis != 1 && axis != 2) {
            layer.fail(ErrorCode::corrupt, "its axes should be channels, rows or columns");
        }
        spans[static_cast<std::size_t>(axis)] = {starts[i], ends[i]};
    }
    return spans;
}

/// Pixels cut off before and after.
std::array<int, 2> cut(const Layer& layer, const Span& span) {
    const bool open = span.end == to_the_end || span.end == 0 || span.end >= open_end;
    if (span.start < 0 || span.start > max_length || (!open && span.end > 0) || span.end < -max_length) {
        layer.fail(ErrorCode::unsupported, "where it cuts depends on the size of the picture");
    }
    return {static_cast<int>(span.start), open ? 0 : static_cast<int>(-span.end)};
}

int add_channel_slice(const Parts& parts, int node, double begin, double end) {
    if (begin == 0 && (end == to_the_end || end >= open_end)) {
        return node;
    }
    if (begin < 0 || end <= begin || end > static_cast<double>(max_channels)) {
        parts.layer.fail(ErrorCode::unsupported, "channels can only be cut out by their numbers");
    }
    const SliceChannels slice{static_cast<int>(begin), static_cast<int>(end)};
    return parts.builder.add(parts.layer, slice, {node}, "channels");
}

int add_crop_sides(const Parts& parts, int node, const Sides& sides) {
    return sides == Sides{} ? node : parts.builder.add(parts.layer, Crop{sides}, {node});
}

int add_numpy_crop(const Parts& parts) {
    const auto [channels, rows, columns] = read_spans(parts.layer);
    const auto [top, bottom] = cut(parts.layer, rows);
    const auto [left, right] = cut(parts.layer, columns);
    const int node = add_channel_slice(parts, parts.inputs[0], channels.start, channels.end);
    return add_crop_sides(parts, node, {top, left, bottom, right});
}

int add_offset_crop(const Parts& parts) {
    const Layer& layer = parts.layer;
    for (const int size : {3, 4}) { // width and height of the result
        if (const int length = layer.integer(size, to_the_end, to_the_end, max_length); length > 0) {
            layer.fail(ErrorCode::unsupported, "its result has a fixed size");
        }
    }
    const int first = layer.integer(2, 0, 0, max_channels);
    const int channels = layer.integer(5, to_the_end, to_the_end, max_channels);
    const int node =
        add_channel_slice(parts, parts.inputs[0], first, channels > 0 ? first + channels : to_the_end);
    return add_crop_sides(
        parts, node,
        {layer.integer(1, 0, 0, max_length), layer.integer(0, 0, 0, max_length),
         layer.integer(7, 0, 0, max_length), layer.integer(6, 0, 0, max_length)});
}

/// As large as the second input, which must have the same channels.
int add_reference_crop(const Parts& parts) {
    const Layer& layer = parts.layer;
    if (layer.integer(2, 0, to_the_end, max_channels) > 0) {
        layer.fail(ErrorCode::unsupported, "a crop of channels by another blob is not known");
    }
    const int top = layer.integer(1, 0, 0, max_length);
    const int left = layer.integer(0, 0, 0, max_length);
    return add_crop_sides(
        parts, parts.inputs[0], parts.builder.window(layer, parts.inputs[0], parts.inputs[1], top, left));
}

} // namespace

int add_crop(const Parts& parts) {
    if (parts.inputs.size() == 2) {
        return add_reference_crop(parts);
    }
    return parts.layer.integers(9).empty() ? add_offset_crop(parts) : add_numpy_crop(parts);
}

std::vector<int> add_slice(const Layer& layer, int input, Builder& builder) {
    constexpr double an_equal_share = -233; // of what is left
    const ParamValues lengths = layer.integers(0);
    if (const int axis = layer.integer(1, 0, -3, 2); axis != 0 && axis != -3) {
        layer.fail(ErrorCode::unsupported, "only channels can be cut into parts");
    }
    if (lengths.size() != layer.outputs.size()) {
        layer.fail(ErrorCode::corrupt, "it has another number of parts than of outputs");
    }
    const std::int64_t channels = builder.channels(layer, input);
    std::vector<int> parts;
    std::int64_t begin = 0;
    for (const double length : lengths) {
        const std::int64_t left = channels - begin;
        const auto share = left / (std::ssize(lengths) - std::ssize(parts));
        const bool fits = length >= 1 && length <= static_cast<double>(left);
        const std::int64_t taken = length == an_equal_share ? share
                                   : fits                   ? static_cast<std::int64_t>(length)
                                                            : 0;
        if (taken < 1) {
            layer.fail(ErrorCode::corrupt, fmt::format("its parts are not those of {} channels", channels));
        }
        const SliceChannels part{static_cast<int>(begin), static_cast<int>(begin + taken)};
        parts.push_back(builder.add(layer, part, {input}, std::to_string(parts.size())));
        begin += taken;
    }
    return parts;
}

int add_padding(const Parts& parts) {
    const Layer& layer = parts.layer;
    const Sides sides{
        layer.integer(0, 0, 0, max_length), layer.integer(2, 0, 0, max_length),
        layer.integer(1, 0, 0, max_length), layer.integer(3, 0, 0, max_length)};
    if (layer.integer(6, 0, 0, max_channels) != 0 || layer.integer(7, 0, 0, max_length) != 0 ||
        layer.integer(8, 0, 0, max_length) != 0) {
        layer.fail(ErrorCode::unsupported, "padding of channels, or with a value for each, is not known");
    }
    constexpr std::array modes{Pad::Mode::constant, Pad::Mode::edge, Pad::Mode::reflect};
    const auto mode = static_cast<std::size_t>(layer.integer(4, 0, 0, static_cast<int>(modes.size()) - 1));
    return parts.builder.add(layer, Pad{modes[mode], sides, layer.real(5, 0)}, parts.inputs);
}

int add_interp(const Parts& parts) {
    const Layer& layer = parts.layer;
    if (layer.integer(3, 0, 0, max_length) != 0 || layer.integer(4, 0, 0, max_length) != 0 ||
        layer.integer(5, 0, 0, 1) != 0) {
        layer.fail(ErrorCode::unsupported, "its result has a fixed size");
    }
    constexpr std::array modes{Resize::Mode::nearest, Resize::Mode::bilinear, Resize::Mode::bicubic};
    const int type = layer.integer(0, 0, 0, static_cast<int>(modes.size()));
    if (type == 0) {
        layer.fail(ErrorCode::unsupported, "its kind of interpolation (parameter 0) is not known");
    }
    Resize resize;
    resize.mode = modes[static_cast<std::size_t>(type) - 1];
    if (resize.mode == Resize::Mode::nearest) {
        resize.coordinates = Resize::Coordinates::asymmetric;
    } else if (layer.integer(6, 0, 0, 1) != 0) {
        resize.coordinates = Resize::Coordinates::align_corners;
    }
    resize.scale_h = layer.real(1, 1);
    resize.scale_w = layer.real(2, 1);
    return parts.builder.add(layer, resize, parts.inputs);
}

int add_pooling(const Parts& parts) {
    constexpr int average = 1;
    const Layer& layer = parts.layer;
    const bool adaptive_to_one = layer.integer(7, 0, 0, 1) == 1 &&
                                 layer.integer(8, 0, to_the_end, max_length) == 1 &&
                                 layer.integer(18, 1, to_the_end, max_length) == 1;
    if (layer.integer(0, 0, 0, 1) != average || (layer.integer(4, 0, 0, 1) == 0 && !adaptive_to_one)) {
        layer.fail(ErrorCode::unsupported, "of poolings only the global average is known");
    }
    return parts.builder.add(layer, GlobalAveragePool{}, parts.inputs);
}

int add_pixel_shuffle(const Parts& parts) {
    const int factor = parts.layer.integer(0, 1, 1, max_length);
    const auto order =
        parts.layer.integer(1, 0, 0, 1) == 0 ? PixelShuffle::Order::crd : PixelShuffle::Order::dcr;
    return parts.builder.add(parts.layer, PixelShuffle{order, factor}, parts.inputs);
}

int add_reorg(const Parts& parts) {
    const int factor = parts.layer.integer(0, 1, 1, max_length);
    const auto order =
        parts.layer.integer(1, 0, 0, 1) == 0 ? PixelShuffle::Order::crd : PixelShuffle::Order::dcr;
    return parts.builder.add(parts.layer, PixelUnshuffle{order, factor}, parts.inputs);
}

} // namespace kizuna::ncnn
