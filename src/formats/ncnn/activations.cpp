#include "formats/ncnn/layers.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

// What works number by number, as a layer of its own or fused into a convolution.
namespace kizuna::ncnn {

namespace {

/// Names of nodes that only one of these has.
std::string inner(std::string_view part, std::string_view name) {
    return part.empty() ? std::string(name) : fmt::format("{}/{}", part, name);
}

/// alpha · x + beta
struct Line {
    float alpha = 0.2F;
    float beta = 0.5F;
};

Line read_line(const Layer& layer) {
    const Line usual;
    return {layer.real(0, usual.alpha), layer.real(1, usual.beta)};
}

int hard_sigmoid_of(const Layer& layer, const Line& line, int x, Builder& builder, std::string_view part) {
    const int value = builder.add(layer, Affine{{line.alpha}, {line.beta}}, {x}, inner(part, "line"));
    return builder.add(layer, Clip{0, 1}, {value}, part);
}

int hard_swish_of(const Layer& layer, const Line& line, int x, Builder& builder, std::string_view part) {
    const int gate = hard_sigmoid_of(layer, line, x, builder, inner(part, "gate"));
    return builder.add(layer, Binary{Binary::Kind::mul}, {x, gate}, part);
}

int swish_of(const Layer& layer, int x, Builder& builder, std::string_view part) {
    const int gate = builder.add(layer, Sigmoid{}, {x}, inner(part, "gate"));
    return builder.add(layer, Binary{Binary::Kind::mul}, {x, gate}, part);
}

/// x · tanh(ln(1 + eˣ)), as x · σ(x) · (1 + σ(−x)) / (1 + σ(−x)²), in which nothing overflows or cancels.
int mish_of(const Layer& layer, int x, Builder& builder, std::string_view part) {
    const auto name = [&](std::string_view step) { return inner(part, step); };
    const auto one_more = [&](int value, std::string_view step) {
        return builder.add(layer, Affine{{1}, {1}}, {value}, name(step));
    };
    const int negated = builder.add(layer, Affine{{-1}, {0}}, {x}, name("negated"));
    const int rest = builder.add(layer, Sigmoid{}, {negated}, name("rest"));
    const int square = builder.add(layer, Binary{Binary::Kind::mul}, {rest, rest}, name("square"));
    const int swish = swish_of(layer, x, builder, name("swish"));
    const int above =
        builder.add(layer, Binary{Binary::Kind::mul}, {swish, one_more(rest, "more")}, name("above"));
    return builder.add(layer, Binary{Binary::Kind::div}, {above, one_more(square, "below")}, part);
}

/// 1 / x
int reciprocal_of(const Parts& parts, int x) {
    const int one = parts.builder.add(parts.layer, Constant{{{1, 1, 1, 1}, {1}}}, {}, "one");
    return parts.builder.add(parts.layer, Binary{Binary::Kind::div}, {one, x});
}

} // namespace

int add_relu(const Parts& parts) {
    return parts.builder.add(parts.layer, PRelu{{parts.layer.real(0, 0)}}, parts.inputs);
}

int add_prelu(const Parts& parts) {
    const auto count = static_cast<std::size_t>(parts.layer.integer(0, 1, 1, max_channels));
    return parts.builder.add(parts.layer, PRelu{parts.weights.raw(count, parts.layer)}, parts.inputs);
}

int add_sigmoid(const Parts& parts) {
    return parts.builder.add(parts.layer, Sigmoid{}, parts.inputs);
}

int add_tanh(const Parts& parts) {
    return parts.builder.add(parts.layer, Tanh{}, parts.inputs);
}

int add_clip(const Parts& parts) {
    const Clip clip{parts.layer.real(0, -highest), parts.layer.real(1, highest)};
    return parts.builder.add(parts.layer, clip, parts.inputs);
}

int add_hard_sigmoid(const Parts& parts) {
    return hard_sigmoid_of(parts.layer, read_line(parts.layer), parts.inputs[0], parts.builder, {});
}

int add_hard_swish(const Parts& parts) {
    return hard_swish_of(parts.layer, read_line(parts.layer), parts.inputs[0], parts.builder, {});
}

int add_swish(const Parts& parts) {
    return swish_of(parts.layer, parts.inputs[0], parts.builder, {});
}

int add_mish(const Parts& parts) {
    return mish_of(parts.layer, parts.inputs[0], parts.builder, {});
}

int add_unary(const Parts& parts) {
    enum Kind { negation = 1, square = 4, square_root = 5, reciprocal_root = 6, reciprocal = 15, tanh = 16 };

    const int x = parts.inputs[0];
    switch (parts.layer.integer(0, 0, 0, max_length)) {
    case negation:
        return parts.builder.add(parts.layer, Affine{{-1}, {0}}, {x});
    case square:
        return parts.builder.add(parts.layer, Binary{Binary::Kind::mul}, {x, x});
    case square_root:
        return parts.builder.add(parts.layer, Sqrt{}, {x});
    case reciprocal_root:
        return reciprocal_of(parts, parts.builder.add(parts.layer, Sqrt{}, {x}, "root"));
    case reciprocal:
        return reciprocal_of(parts, x);
    case tanh:
        return parts.builder.add(parts.layer, Tanh{}, {x});
    default:
        parts.layer.fail(
            ErrorCode::unsupported,
            fmt::format("its operation {} is not known", parts.layer.integer(0, 0, 0, max_length)));
    }
}

int add_activation(const Layer& layer, int node, Builder& builder) {
    enum Kind { none, relu, leaky_relu, clip, sigmoid, mish, hard_swish };

    const ParamValues values = layer.reals(10);
    const auto value = [&](std::size_t i) {
        if (i >= values.size()) {
            layer.fail(ErrorCode::corrupt, "parameter 10 has too few values for its activation");
        }
        return static_cast<float>(values[i]);
    };
    constexpr std::string_view part = "activation";
    switch (layer.integer(9, none, none, max_length)) {
    case none:
        return node;
    case relu:
        return builder.add(layer, PRelu{{0}}, {node}, part);
    case leaky_relu:
        return builder.add(layer, PRelu{{value(0)}}, {node}, part);
    case clip:
        return builder.add(layer, Clip{value(0), value(1)}, {node}, part);
    case sigmoid:
        return builder.add(layer, Sigmoid{}, {node}, part);
    case mish:
        return mish_of(layer, node, builder, part);
    case hard_swish:
        return hard_swish_of(layer, {value(0), value(1)}, node, builder, part);
    default:
        layer.fail(
            ErrorCode::unsupported,
            fmt::format("its activation {} is not known", layer.integer(9, none, 0, max_length)));
    }
}

} // namespace kizuna::ncnn
