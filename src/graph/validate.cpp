#include "base/checked.hpp"
#include "graph/graph.hpp"
#include "graph/limits.hpp"
#include "graph/node_text.hpp"

#include "kizuna/error.hpp"

#include <cmath>

#include <fmt/format.h>

namespace kizuna {

namespace {

void check_range(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view what) {
    if (value < low || value > high) {
        refuse(fmt::format("{} is {}, not between {} and {}", what, value, low, high));
    }
}

void check_sides(const Sides& sides, std::string_view what) {
    for (const int side : {sides.top, sides.left, sides.bottom, sides.right}) {
        check_range(side, 0, max_padding, what);
    }
}

void check_tensor(const Tensor& tensor, std::string_view what) {
    const Shape& shape = tensor.shape;
    for (const std::int64_t side : {shape.n, shape.c, shape.h, shape.w}) {
        if (side < 1) {
            refuse(fmt::format("{} has the empty shape {}", what, to_string(shape)));
        }
    }
    if (tensor.data.size() != element_count(shape)) {
        refuse(
            fmt::format("{} has {} numbers, but the shape {}", what, tensor.data.size(), to_string(shape)));
    }
}

// What both convolutions share; `out` is the number of output channels.
template <typename Conv>
void check_convolution(const Conv& op, std::int64_t out) {
    check_range(op.weight.shape.h, 1, max_kernel, "the kernel's height");
    check_range(op.weight.shape.w, 1, max_kernel, "the kernel's width");
    check_range(out, 1, max_channels, "the number of output channels");
    for (const std::size_t axis : {0U, 1U}) {
        check_range(op.stride[axis], 1, max_stride, "the stride");
        check_range(op.dilation[axis], 1, max_dilation, "the dilation");
    }
    check_sides(op.padding, "the padding");
    if (!op.bias.empty() && !std::cmp_equal(op.bias.size(), out)) {
        refuse(fmt::format("it has {} biases for {} output channels", op.bias.size(), out));
    }
}

void check(const Input& op) {
    check_range(op.channels, 1, max_channels, "the number of channels");
}

void check(const Given& op) {
    check_range(op.channels, 1, max_channels, "the number of channels");
    check_range(op.growth.alignment, 1, max_side, "the alignment");
    check_range(op.growth.positions, 0, max_side, "the number of positions");
    check_range(op.growth.lost, -max_side, max_side, "the number of lost positions");
}

void check(const Constant& op) {
    check_tensor(op.value, "the value");
    check_range(op.value.shape.n, 1, 1, "the value's batch size");
    check_range(op.value.shape.c, 1, max_channels, "the value's number of channels");
    check_range(op.value.shape.h, 1, max_side, "the value's height");
    check_range(op.value.shape.w, 1, max_side, "the value's width");
}

void check(const Conv2d& op) {
    check_tensor(op.weight, "the weight");
    check_range(op.groups, 1, max_channels, "the number of groups");
    check_range(op.weight.shape.c, 1, max_channels, "the number of input channels in a group");
    check_convolution(op, op.weight.shape.n);
    if (op.weight.shape.n % op.groups != 0) {
        refuse(
            fmt::format("{} output channels cannot be split into {} groups", op.weight.shape.n, op.groups));
    }
}

void check(const ConvTranspose2d& op) {
    check_tensor(op.weight, "the weight");
    check_range(op.groups, 1, max_channels, "the number of groups");
    check_range(op.weight.shape.n, 1, max_channels, "the number of input channels");
    check_range(op.weight.shape.c, 1, max_channels, "the number of output channels in a group");
    check_convolution(op, op.weight.shape.c * op.groups);
    if (op.weight.shape.n % op.groups != 0) {
        refuse(fmt::format("{} input channels cannot be split into {} groups", op.weight.shape.n, op.groups));
    }
    for (const std::size_t axis : {0U, 1U}) {
        const int most = std::max(op.stride[axis], op.dilation[axis]) - 1;
        check_range(op.output_padding[axis], 0, most, "the output padding");
    }
}

void check(const PRelu& op) {
    check_range(static_cast<std::int64_t>(op.slope.size()), 1, max_channels, "the number of slopes");
}

void check(const Sigmoid&) {}

void check(const Tanh&) {}

void check(const Sqrt&) {}

void check(const Clip& op) {
    if (!(op.low <= op.high)) {
        refuse(fmt::format("its range goes from {} to {}", op.low, op.high));
    }
}

void check(const Affine& op) {
    check_range(static_cast<std::int64_t>(op.scale.size()), 1, max_channels, "the number of scales");
    check_range(static_cast<std::int64_t>(op.offset.size()), 1, max_channels, "the number of offsets");
}

void check(const Binary& op) {
    check_range(static_cast<int>(op.kind), 0, static_cast<int>(Binary::Kind::min), "its kind");
}

void check(const Concat&) {}

void check(const SliceChannels& op) {
    check_range(op.begin, 0, max_channels - 1, "the first channel");
    check_range(op.end, op.begin + 1, max_channels, "the end of the channels");
}

void check(const Crop& op) {
    check_sides(op.sides, "what it cuts off");
}

void check(const Pad& op) {
    check_range(static_cast<int>(op.mode), 0, static_cast<int>(Pad::Mode::reflect), "its mode");
    check_sides(op.sides, "the padding");
}

void check(const PixelShuffle& op) {
    check_range(static_cast<int>(op.order), 0, static_cast<int>(PixelShuffle::Order::dcr), "its order");
    check_range(op.factor, 1, max_factor, "the factor");
}

void check(const PixelUnshuffle& op) {
    check_range(static_cast<int>(op.order), 0, static_cast<int>(PixelShuffle::Order::dcr), "its order");
    check_range(op.factor, 1, max_factor, "the factor");
}

void check(const Resize& op) {
    check_range(static_cast<int>(op.mode), 0, static_cast<int>(Resize::Mode::bicubic), "its mode");
    check_range(
        static_cast<int>(op.coordinates), 0, static_cast<int>(Resize::Coordinates::align_corners),
        "its coordinates");
    check_range(
        static_cast<int>(op.rounding), 0, static_cast<int>(Resize::Rounding::round_prefer_ceil),
        "its rounding");
    for (const double scale : {op.scale_h, op.scale_w}) {
        if (!(scale >= 1.0 / max_factor && scale <= max_factor)) {
            refuse(fmt::format("the scale is {}, not between 1/{} and {}", scale, max_factor, max_factor));
        }
    }
    if (!std::isfinite(op.cubic_a)) {
        refuse("the cubic coefficient is not a number");
    }
}

void check(const GlobalAveragePool&) {}

struct InputCount {
    std::size_t least;
    std::size_t most;
};

InputCount input_count(const Operator& op) {
    if (std::holds_alternative<Input>(op) || std::holds_alternative<Constant>(op) ||
        std::holds_alternative<Given>(op)) {
        return {0, 0};
    }
    if (std::holds_alternative<Binary>(op)) {
        return {2, 2};
    }
    if (std::holds_alternative<Concat>(op)) {
        return {2, max_node_inputs};
    }
    return {1, 1};
}

void check_inputs(const Node& node, std::size_t index) {
    const InputCount count = input_count(node.op);
    if (node.inputs.size() < count.least || node.inputs.size() > count.most) {
        refuse(fmt::format("it has {} inputs, not {} to {}", node.inputs.size(), count.least, count.most));
    }
    for (const int input : node.inputs) {
        if (input < 0 || std::cmp_greater_equal(input, index)) {
            refuse(fmt::format("it reads value {}, which does not come before it", input));
        }
    }
}

void check_node(const Graph& graph, std::size_t index) {
    const Node& node = graph.nodes[index];
    if (node.op.valueless_by_exception()) {
        refuse("it has no operator");
    }
    if (std::holds_alternative<Input>(node.op) != (index == 0)) {
        refuse("the first node, and no other, must be the Input");
    }
    check_inputs(node, index);
    std::visit([](const auto& op) { check(op); }, node.op);
}

} // namespace

void validate(const Graph& graph) {
    if (graph.nodes.empty()) {
        refuse("the network has no nodes");
    }
    if (graph.nodes.size() > max_nodes) {
        refuse(fmt::format("the network has {} nodes, more than {}", graph.nodes.size(), max_nodes));
    }
    if (graph.output < 0 || std::cmp_greater_equal(graph.output, graph.nodes.size())) {
        refuse(fmt::format("the output is value {} of a network with {}", graph.output, graph.nodes.size()));
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        try {
            check_node(graph, i);
        } catch (const Error& error) {
            // Overflow is reported as bad_network too: a weight that large cannot be in any file.
            throw Error(ErrorCode::bad_network, node_text(graph, i) + ": " + error.what());
        }
    }
}

} // namespace kizuna
