#include "formats/onnx/node_reader.hpp"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

// Conv, ConvTranspose, BatchNormalization.
namespace kizuna::onnx_format {

namespace {

Tensor read_weight(const NodeReader& node) {
    const Literal literal = node.literal(1);
    auto tensor = literal.dims.size() == 4 ? as_tensor(literal) : std::nullopt;
    if (!tensor) {
        node.unknown("its weights do not have four dimensions");
    }
    if (const auto kernel = node.integers("kernel_shape");
        kernel && *kernel != std::vector{tensor->shape.h, tensor->shape.w}) {
        node.unknown("its kernel_shape is not that of its weights");
    }
    return std::move(*tensor);
}

std::vector<float> read_bias(const NodeReader& node) {
    return node.has_input(2) ? node.literal(2).as_floats() : std::vector<float>{};
}

std::array<int, 2> read_pair(const NodeReader& node, std::string_view name, int fallback) {
    const auto values = node.integers(name);
    if (!values) {
        return {fallback, fallback};
    }
    if (values->size() != 2) {
        node.unknown(fmt::format("{} should have two numbers", name));
    }
    return {node.small((*values)[0], name), node.small((*values)[1], name)};
}

Sides read_pads(const NodeReader& node) {
    const auto pads = node.integers("pads");
    if (!pads) {
        return {};
    }
    if (pads->size() != 4) {
        node.unknown("pads should have four numbers");
    }
    return {
        node.small((*pads)[0], "a padding"), node.small((*pads)[1], "a padding"),
        node.small((*pads)[2], "a padding"), node.small((*pads)[3], "a padding")};
}

/// The padding that keeps the size, which is fixed where the stride is 1; the odd pixel goes below or above.
Sides same_padding(const NodeReader& node, const Conv2d& conv, bool upper) {
    if (conv.stride != std::array{1, 1}) {
        node.unknown("its automatic padding depends on the size of the picture");
    }
    const auto split = [&node, upper](int kernel, int dilation) {
        const int total = node.small((std::int64_t{kernel} - 1) * dilation, "its automatic padding");
        const int less = total / 2;
        return upper ? std::pair(less, total - less) : std::pair(total - less, less);
    };
    const auto [top, bottom] = split(node.small(conv.weight.shape.h, "the kernel"), conv.dilation[0]);
    const auto [left, right] = split(node.small(conv.weight.shape.w, "the kernel"), conv.dilation[1]);
    return {top, left, bottom, right};
}

} // namespace

Value read_conv(NodeReader& node) {
    Conv2d conv;
    conv.weight = read_weight(node);
    conv.bias = read_bias(node);
    conv.stride = read_pair(node, "strides", 1);
    conv.dilation = read_pair(node, "dilations", 1);
    conv.groups = node.small(node.integer("group", 1), "the number of groups");
    const std::string automatic = node.text("auto_pad", "NOTSET");
    if (automatic == "NOTSET") {
        conv.padding = read_pads(node);
    } else if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
        conv.padding = same_padding(node, conv, automatic == "SAME_UPPER");
    } else if (automatic != "VALID") {
        node.unknown("its auto_pad");
    }
    return node.add(std::move(conv), {node.value(0)});
}

Value read_conv_transpose(NodeReader& node) {
    if (node.integers("output_shape") || node.text("auto_pad", "NOTSET").starts_with("SAME")) {
        node.unknown("its output has a fixed size");
    }
    ConvTranspose2d conv;
    conv.weight = read_weight(node);
    conv.bias = read_bias(node);
    conv.stride = read_pair(node, "strides", 1);
    conv.dilation = read_pair(node, "dilations", 1);
    conv.padding = read_pads(node);
    conv.output_padding = read_pair(node, "output_padding", 0);
    conv.groups = node.small(node.integer("group", 1), "the number of groups");
    return node.add(std::move(conv), {node.value(0)});
}

/// scale · (x − mean) / √(variance + ε) + bias
Value read_batch_normalization(NodeReader& node) {
    if (node.integer("training_mode", 0) != 0) {
        node.unknown("it is in training mode");
    }
    constexpr float default_epsilon = 1e-5F;
    const double epsilon = node.real("epsilon", default_epsilon);
    const auto scale = node.literal(1).as_floats();
    const auto bias = node.literal(2).as_floats();
    const auto mean = node.literal(3).as_floats();
    const auto variance = node.literal(4).as_floats();
    if (scale.size() != bias.size() || scale.size() != mean.size() || scale.size() != variance.size()) {
        node.unknown("its constants have different sizes");
    }
    Affine affine{std::vector<float>(scale.size()), std::vector<float>(scale.size())};
    for (std::size_t c = 0; c < scale.size(); ++c) {
        const double factor = scale[c] / std::sqrt(variance[c] + epsilon);
        affine.scale[c] = static_cast<float>(factor);
        affine.offset[c] = static_cast<float>(bias[c] - factor * mean[c]);
    }
    return node.add(std::move(affine), {node.value(0)});
}

} // namespace kizuna::onnx_format
