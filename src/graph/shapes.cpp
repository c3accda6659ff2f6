#include "base/checked.hpp"
#include "graph/graph.hpp"
#include "graph/limits.hpp"
#include "graph/node_text.hpp"
#include "graph/resize_axis.hpp"

#include "kizuna/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna {

namespace {

using Shapes = std::vector<Shape>; // of a node's inputs

void need_channels(const Shape& in, std::int64_t channels) {
    if (in.c != channels) {
        refuse(fmt::format("its input {} should have {} channels", to_string(in), channels));
    }
}

// One number for all channels, or one each.
void need_per_channel(const Shape& in, const std::vector<float>& numbers) {
    if (numbers.size() != 1) {
        need_channels(in, static_cast<std::int64_t>(numbers.size()));
    }
}

struct KernelAxis {
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t dilation;
    std::int64_t padding; // both sides together

    [[nodiscard]] std::int64_t extent() const { return (dilation * (kernel - 1)) + 1; }
};

template <typename Conv>
KernelAxis vertical(const Conv& op) {
    return {
        op.weight.shape.h, op.stride[0], op.dilation[0], std::int64_t{op.padding.top} + op.padding.bottom};
}

template <typename Conv>
KernelAxis horizontal(const Conv& op) {
    return {
        op.weight.shape.w, op.stride[1], op.dilation[1], std::int64_t{op.padding.left} + op.padding.right};
}

std::int64_t convolved(std::int64_t side, const KernelAxis& axis) {
    const std::int64_t room = side + axis.padding - axis.extent();
    if (room < 0) {
        refuse(fmt::format(
            "its kernel covers {} pixels, more than the {} of its padded input", axis.extent(),
            side + axis.padding));
    }
    return (room / axis.stride) + 1;
}

std::int64_t transposed(std::int64_t side, const KernelAxis& axis, std::int64_t output_padding) {
    return ((side - 1) * axis.stride) + axis.extent() - axis.padding + output_padding;
}

Shape shape_of(const Input&, const Shapes& in) {
    return in[0];
}

Shape shape_of(const Given& op, const Shapes& in) {
    return {in[0].n, op.channels, op.growth.of(in[0].h), op.growth.of(in[0].w)};
}

Shape shape_of(const Constant& op, const Shapes&) {
    return op.value.shape;
}

Shape shape_of(const Conv2d& op, const Shapes& in) {
    need_channels(in[0], op.weight.shape.c * op.groups);
    return {in[0].n, op.weight.shape.n, convolved(in[0].h, vertical(op)), convolved(in[0].w, horizontal(op))};
}

Shape shape_of(const ConvTranspose2d& op, const Shapes& in) {
    need_channels(in[0], op.weight.shape.n);
    return {
        in[0].n, op.weight.shape.c * op.groups, transposed(in[0].h, vertical(op), op.output_padding[0]),
        transposed(in[0].w, horizontal(op), op.output_padding[1])};
}

Shape shape_of(const PRelu& op, const Shapes& in) {
    need_per_channel(in[0], op.slope);
    return in[0];
}

Shape shape_of(const Sigmoid&, const Shapes& in) {
    return in[0];
}

Shape shape_of(const Tanh&, const Shapes& in) {
    return in[0];
}

Shape shape_of(const Sqrt&, const Shapes& in) {
    return in[0];
}

Shape shape_of(const Clip&, const Shapes& in) {
    return in[0];
}

Shape shape_of(const Affine& op, const Shapes& in) {
    need_per_channel(in[0], op.scale);
    need_per_channel(in[0], op.offset);
    return in[0];
}

Shape shape_of(const Binary&, const Shapes& in) {
    const auto broadcast = [&](std::int64_t a, std::int64_t b) {
        if (a != b && a != 1 && b != 1) {
            refuse(fmt::format("its inputs {} and {} do not fit", to_string(in[0]), to_string(in[1])));
        }
        return std::max(a, b);
    };
    return {
        broadcast(in[0].n, in[1].n), broadcast(in[0].c, in[1].c), broadcast(in[0].h, in[1].h),
        broadcast(in[0].w, in[1].w)};
}

Shape shape_of(const Concat&, const Shapes& in) {
    Shape out = in[0];
    for (std::size_t i = 1; i < in.size(); ++i) {
        if (in[i].n != out.n || in[i].h != out.h || in[i].w != out.w) {
            refuse(fmt::format("its inputs {} and {} do not fit", to_string(in[0]), to_string(in[i])));
        }
        out.c += in[i].c;
    }
    return out;
}

Shape shape_of(const SliceChannels& op, const Shapes& in) {
    if (op.end > in[0].c) {
        refuse(fmt::format("it takes channels {} to {} of its input {}", op.begin, op.end, to_string(in[0])));
    }
    return {in[0].n, op.end - op.begin, in[0].h, in[0].w};
}

Shape shape_of(const Crop& op, const Shapes& in) {
    return {
        in[0].n, in[0].c, in[0].h - op.sides.top - op.sides.bottom, in[0].w - op.sides.left - op.sides.right};
}

Shape shape_of(const Pad& op, const Shapes& in) {
    const Sides& sides = op.sides;
    if (op.mode == Pad::Mode::reflect &&
        (std::max(sides.top, sides.bottom) >= in[0].h || std::max(sides.left, sides.right) >= in[0].w)) {
        refuse(fmt::format("its input {} is too small to be mirrored that far", to_string(in[0])));
    }
    return {in[0].n, in[0].c, in[0].h + sides.top + sides.bottom, in[0].w + sides.left + sides.right};
}

Shape shape_of(const PixelShuffle& op, const Shapes& in) {
    const int area = op.factor * op.factor;
    if (in[0].c % area != 0) {
        refuse(fmt::format("the channels of its input {} are no multiple of {}", to_string(in[0]), area));
    }
    return {in[0].n, in[0].c / area, in[0].h * op.factor, in[0].w * op.factor};
}

Shape shape_of(const PixelUnshuffle& op, const Shapes& in) {
    if (in[0].h % op.factor != 0 || in[0].w % op.factor != 0) {
        refuse(fmt::format(
            "height and width of its input {} are no multiples of {}", to_string(in[0]), op.factor));
    }
    return {in[0].n, in[0].c * op.factor * op.factor, in[0].h / op.factor, in[0].w / op.factor};
}

Shape shape_of(const Resize& op, const Shapes& in) {
    return {in[0].n, in[0].c, resized_side(in[0].h, op.scale_h), resized_side(in[0].w, op.scale_w)};
}

Shape shape_of(const GlobalAveragePool&, const Shapes& in) {
    return {in[0].n, in[0].c, 1, 1};
}

void check_shape(const Shape& shape) {
    if (shape.n < 1 || shape.c < 1 || shape.h < 1 || shape.w < 1) {
        refuse(fmt::format("its result would be empty ({})", to_string(shape)));
    }
    if (shape.c > max_channels || shape.h > max_side || shape.w > max_side) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format(
                                           "its result {} has more than {} channels or a side above {}",
                                           to_string(shape), max_channels, max_side));
    }
    (void)element_count(shape);
}

Shape infer_node(const Graph& graph, std::size_t index, const Shapes& in) {
    try {
        const Shape shape =
            std::visit([&](const auto& op) { return shape_of(op, in); }, graph.nodes[index].op);
        check_shape(shape);
        return shape;
    } catch (const Error& error) {
        throw error.with_context(node_text(graph, index));
    }
}

} // namespace

std::vector<Shape> infer_shapes(const Graph& graph, const Shape& input) {
    const auto& op = std::get<Input>(graph.nodes[0].op);
    if (input.c != op.channels) {
        refuse(fmt::format("the network takes {} channels, not {}", op.channels, to_string(input)));
    }
    Shapes shapes;
    shapes.reserve(graph.nodes.size());
    shapes.push_back(infer_node(graph, 0, {input}));
    Shapes in;
    for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
        in.clear();
        if (std::holds_alternative<Given>(graph.nodes[i].op)) {
            in.push_back(input); // there is one for each picture of the batch
        }
        for (const int value : graph.nodes[i].inputs) {
            in.push_back(shapes[static_cast<std::size_t>(value)]);
        }
        shapes.push_back(infer_node(graph, i, in));
    }
    return shapes;
}

void check_given(const Graph& graph, const std::vector<Shape>& shapes, std::span<const Tensor> given) {
    const std::vector<int> nodes = given_nodes(graph);
    if (given.size() != nodes.size()) {
        throw Error(
            ErrorCode::internal, fmt::format(
                                     "a network that is to be given {} values besides the picture got {}",
                                     nodes.size(), given.size()));
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Shape& wanted = shapes[static_cast<std::size_t>(nodes[i])];
        if (given[i].shape != wanted || given[i].data.size() != element_count(wanted)) {
            throw Error(
                ErrorCode::internal, fmt::format(
                                         "a value of {} was given where {} was wanted",
                                         to_string(given[i].shape), to_string(wanted)));
        }
    }
}

} // namespace kizuna
