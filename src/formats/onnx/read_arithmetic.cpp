#include "formats/onnx/node_reader.hpp"

#include <array>
#include <limits>
#include <utility>

// Add, Sub, Mul, Div, Sum, Max, Min, Clip, PRelu.
namespace kizuna::onnx_format {

namespace {

constexpr float highest = std::numeric_limits<float>::max();

Binary::Kind kind_of(const NodeReader& node) {
    const std::string& type = node.type();
    return type == "Add"   ? Binary::Kind::add
           : type == "Sub" ? Binary::Kind::sub
           : type == "Mul" ? Binary::Kind::mul
                           : Binary::Kind::div;
}

/// One number for all, or one for each channel; otherwise empty.
std::optional<std::vector<float>> channel_constant(const NodeReader& node, int i) {
    if (!node.is_literal(i)) {
        return std::nullopt;
    }
    auto tensor = as_tensor(node.literal(i));
    if (!tensor || tensor->shape.n != 1 || tensor->shape.h != 1 || tensor->shape.w != 1) {
        return std::nullopt;
    }
    return std::move(tensor->data);
}

template <typename Function>
std::vector<float> map(std::vector<float> values, const Function& function) {
    for (float& value : values) {
        value = function(value);
    }
    return values;
}

/// x ∘ constant, or constant ∘ x, where that is x·scale + offset.
std::optional<Affine> as_affine(Binary::Kind kind, const std::vector<float>& constant, bool constant_first) {
    const auto negate = [](float v) { return -v; };
    switch (kind) {
    case Binary::Kind::add:
        return Affine{{1}, constant};
    case Binary::Kind::sub:
        return constant_first ? Affine{{-1}, constant} : Affine{{1}, map(constant, negate)};
    case Binary::Kind::mul:
        return Affine{constant, {0}};
    default:
        if (constant_first) {
            return std::nullopt;
        }
        return Affine{map(constant, [](float v) { return 1 / v; }), {0}};
    }
}

/// A constant with a value for each channel may widen a value that has one: then it is no Affine.
bool fits(const NodeReader& node, const std::vector<float>& constant, int value) {
    return constant.size() == 1 || std::cmp_equal(constant.size(), node.builder().channels(value));
}

int chain(const NodeReader& node, Binary::Kind kind) {
    int result = node.value(0);
    for (int i = 1; i < node.input_count(); ++i) {
        const bool last = i + 1 == node.input_count();
        result = node.add(Binary{kind}, {result, node.value(i)}, last ? "" : "step");
    }
    return result;
}

float bound(const NodeReader& node, int input, float fallback) {
    if (!node.has_input(input)) {
        return fallback;
    }
    const auto values = node.literal(input).as_floats();
    if (values.size() != 1) {
        node.unknown("a bound is not one number");
    }
    return values[0];
}

} // namespace

Value read_arithmetic(NodeReader& node) {
    const Binary::Kind kind = kind_of(node);
    for (const int i : {0, 1}) {
        const int other = 1 - i;
        const auto constant = channel_constant(node, i);
        if (!constant || node.is_literal(other) || !fits(node, *constant, node.value(other))) {
            continue;
        }
        if (auto affine = as_affine(kind, *constant, i == 0)) {
            return node.add(std::move(*affine), {node.value(other)});
        }
    }
    return node.add(Binary{kind}, {node.value(0), node.value(1)});
}

Value read_sum(NodeReader& node) {
    return chain(node, Binary::Kind::add);
}

Value read_extremum(NodeReader& node) {
    const bool is_max = node.type() == "Max";
    if (node.input_count() == 2 && !node.is_literal(0)) {
        if (const auto constant = channel_constant(node, 1); constant && constant->size() == 1) {
            const float limit = constant->front();
            return node.add(is_max ? Clip{limit, highest} : Clip{-highest, limit}, {node.value(0)});
        }
    }
    return chain(node, is_max ? Binary::Kind::max : Binary::Kind::min);
}

Value read_clip(NodeReader& node) {
    constexpr std::int64_t bounds_are_inputs_since = 11;
    Clip clip{node.real("min", -highest), node.real("max", highest)};
    if (node.opset() >= bounds_are_inputs_since) {
        clip = {bound(node, 1, -highest), bound(node, 2, highest)};
    }
    return node.add(clip, {node.value(0)});
}

Value read_prelu(NodeReader& node) {
    auto slope = channel_constant(node, 1);
    if (!slope) {
        node.unknown("its slopes are not one for all or one for each channel");
    }
    return node.add(PRelu{std::move(*slope)}, {node.value(0)});
}

} // namespace kizuna::onnx_format
