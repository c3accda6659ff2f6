#include "formats/ncnn/layers.hpp"

#include <array>

#include <fmt/format.h>

// BinaryOp and Eltwise.
namespace kizuna::ncnn {

namespace {

enum BinaryType {
    type_add,
    type_sub,
    type_mul,
    type_div,
    type_max,
    type_min,
    type_pow,
    type_rsub,
    type_rdiv
};

Tensor scalar(float value) {
    return {{1, 1, 1, 1}, {value}};
}

int add_with_scalar(const Parts& parts, int type, float b) {
    Builder& builder = parts.builder;
    const Layer& layer = parts.layer;
    const auto binary_with_constant = [&](Binary::Kind kind, bool constant_first) {
        const int constant = builder.add(layer, Constant{scalar(b)}, {}, "scalar");
        const int x = parts.inputs[0];
        return builder.add(
            layer, Binary{kind}, constant_first ? std::vector{constant, x} : std::vector{x, constant});
    };
    switch (type) {
    case type_add:
        return builder.add(layer, Affine{{1}, {b}}, parts.inputs);
    case type_sub:
        return builder.add(layer, Affine{{1}, {-b}}, parts.inputs);
    case type_mul:
        return builder.add(layer, Affine{{b}, {0}}, parts.inputs);
    case type_max:
        return builder.add(layer, Clip{b, highest}, parts.inputs);
    case type_min:
        return builder.add(layer, Clip{-highest, b}, parts.inputs);
    case type_rsub:
        return builder.add(layer, Affine{{-1}, {b}}, parts.inputs);
    case type_div:
        return binary_with_constant(Binary::Kind::div, false);
    default:
        return binary_with_constant(Binary::Kind::div, true);
    }
}

int chain(const Parts& parts, Binary::Kind kind, const std::vector<int>& values) {
    int result = values[0];
    for (std::size_t i = 1; i < values.size(); ++i) {
        const bool last = i + 1 == values.size();
        const std::string part = last ? "" : fmt::format("step {}", i);
        result = parts.builder.add(parts.layer, Binary{kind}, {result, values[i]}, part);
    }
    return result;
}

int add_weighted_sum(const Parts& parts, const ParamValues& coefficients) {
    if (coefficients.size() != parts.inputs.size()) {
        parts.layer.fail(
            ErrorCode::corrupt,
            fmt::format("it has {} coefficients for {} inputs", coefficients.size(), parts.inputs.size()));
    }
    std::vector<int> terms = parts.inputs;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (coefficients[i] != 1) {
            const Affine affine{{static_cast<float>(coefficients[i])}, {0}};
            terms[i] = parts.builder.add(parts.layer, affine, {terms[i]}, fmt::format("term {}", i));
        }
    }
    return chain(parts, Binary::Kind::add, terms);
}

} // namespace

int add_binary(const Parts& parts) {
    const int type = parts.layer.integer(0, 0, 0, max_length);
    if (type > type_rdiv || type == type_pow) {
        parts.layer.fail(ErrorCode::unsupported, fmt::format("its operation {} is not known", type));
    }
    const bool with_scalar = parts.layer.integer(1, 0, 0, 1) != 0;
    if (with_scalar != (parts.inputs.size() == 1)) {
        parts.layer.fail(ErrorCode::corrupt, "it needs either two inputs or one and a number");
    }
    if (with_scalar) {
        return add_with_scalar(parts, type, parts.layer.real(2, 0));
    }
    using Kind = Binary::Kind;
    constexpr std::array kinds{Kind::add, Kind::sub, Kind::mul, Kind::div, Kind::max,
                               Kind::min, Kind::add, Kind::sub, Kind::div};
    const bool reversed = type == type_rsub || type == type_rdiv;
    const int a = parts.inputs[0];
    const int b = parts.inputs[1];
    return parts.builder.add(
        parts.layer, Binary{kinds[static_cast<std::size_t>(type)]},
        reversed ? std::vector{b, a} : std::vector{a, b});
}

int add_eltwise(const Parts& parts) {
    enum Kind { product, sum, maximum };

    switch (parts.layer.integer(0, product, product, maximum)) {
    case product:
        return chain(parts, Binary::Kind::mul, parts.inputs);
    case maximum:
        return chain(parts, Binary::Kind::max, parts.inputs);
    default: {
        const ParamValues coefficients = parts.layer.reals(1);
        return coefficients.empty() ? chain(parts, Binary::Kind::add, parts.inputs)
                                    : add_weighted_sum(parts, coefficients);
    }
    }
}

} // namespace kizuna::ncnn
