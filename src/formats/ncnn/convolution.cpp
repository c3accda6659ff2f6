#include "base/checked.hpp"
#include "formats/ncnn/layers.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

// Convolution, Deconvolution, their grouped forms, and InnerProduct.
namespace kizuna::ncnn {

namespace {

/// Paddings with a meaning of their own: as much as keeps the size; the odd pixel goes right or left.
constexpr int pad_same_upper = -233;
constexpr int pad_same_lower = -234;

struct Geometry {
    int outputs = 0;
    int group = 1;
    std::array<int, 2> kernel{};
    std::array<int, 2> dilation{};
    std::array<int, 2> stride{};
    Sides padding;        ///< may hold pad_same_*
    int group_inputs = 0; ///< input channels / group
};

int count_group_inputs(const Layer& layer, const Geometry& geometry) {
    const int weights = layer.integer(6, 0, 0, std::numeric_limits<int>::max());
    const std::int64_t each = std::int64_t{geometry.outputs} * geometry.kernel[0] * geometry.kernel[1];
    if (weights == 0 || weights % each != 0 || geometry.outputs % geometry.group != 0) {
        layer.fail(
            ErrorCode::corrupt,
            fmt::format(
                "{} weights do not make {} outputs of {} × {} in {} groups", weights, geometry.outputs,
                geometry.kernel[0], geometry.kernel[1], geometry.group));
    }
    return static_cast<int>(weights / each);
}

Geometry read_geometry(const Layer& layer) {
    if (layer.integer(19, 0, 0, 1) != 0 && layer.type.find("Deconvolution") == std::string::npos) {
        layer.fail(ErrorCode::unsupported, "its weights come from another layer");
    }
    Geometry geometry;
    geometry.outputs = layer.integer(0, 0, 1, max_channels);
    geometry.group = layer.type.ends_with("DepthWise") ? layer.integer(7, 1, 1, max_channels) : 1;
    const int width = layer.integer(1, 0, 1, max_length);
    geometry.kernel = {layer.integer(11, width, 1, max_length), width};
    const int dilation = layer.integer(2, 1, 1, max_length);
    geometry.dilation = {layer.integer(12, dilation, 1, max_length), dilation};
    const int stride = layer.integer(3, 1, 1, max_length);
    geometry.stride = {layer.integer(13, stride, 1, max_length), stride};
    const int left = layer.integer(4, 0, pad_same_lower, max_length);
    const int top = layer.integer(14, left, pad_same_lower, max_length);
    geometry.padding = {
        top, left, layer.integer(16, top, pad_same_lower, max_length),
        layer.integer(15, left, pad_same_lower, max_length)};
    if (geometry.outputs == 0 || width == 0) {
        layer.fail(ErrorCode::corrupt, "it does not say how many outputs it has, or how large its kernel is");
    }
    geometry.group_inputs = count_group_inputs(layer, geometry);
    return geometry;
}

std::size_t weight_count(const Geometry& geometry) {
    return static_cast<std::size_t>(geometry.outputs) * static_cast<std::size_t>(geometry.group_inputs) *
           static_cast<std::size_t>(geometry.kernel[0]) * static_cast<std::size_t>(geometry.kernel[1]);
}

std::vector<float> read_bias(const Parts& parts, int outputs, int id) {
    return parts.layer.integer(id, 0, 0, 1) == 0
               ? std::vector<float>{}
               : parts.weights.raw(static_cast<std::size_t>(outputs), parts.layer);
}

/// A row whose scale is 0 is all zeros.
void divide_rows(const Layer& layer, std::vector<float>& values, const std::vector<float>& scales) {
    const std::size_t length = values.size() / scales.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float scale = scales[i / length];
        if (!std::isfinite(scale)) {
            layer.fail(ErrorCode::corrupt, "a scale of its int8 weights is no finite number");
        }
        values[i] = scale == 0 ? 0 : values[i] / scale;
    }
}

/// How int8 is used (parameter 8). 0: not at all.
struct Int8Use {
    bool has_scales = false;
    bool one_scale_for_all = false; ///< else one for each output, or each group of a ConvolutionDepthWise
    bool has_result_scale = false;  ///< for a result that stays int8
};

Int8Use read_int8_use(const Layer& layer) {
    constexpr int requantised = 100; // is added to the others
    const int term = layer.integer(8, 0, 0, max_length);
    if (term == 0) {
        return {};
    }
    const int scales = term % requantised;
    if (layer.type.starts_with("Deconvolution") || scales < 1 || scales > 2 || term / requantised > 1) {
        layer.fail(
            ErrorCode::unsupported, fmt::format("its kind of int8 quantisation ({}) is not known", term));
    }
    const bool of_groups = layer.type == "ConvolutionDepthWise";
    return {true, of_groups && scales == 2, term > requantised && layer.type != "InnerProduct"};
}

/// Weights and bias in float32. int8 weights are divided by their scales; those of the activations, which
/// stay float32 here, are passed over. `rows`: how many there are of what has a scale of its own.
std::pair<std::vector<float>, std::vector<float>>
read_quantisable(const Parts& parts, std::size_t count, int outputs, int bias_id, int rows) {
    const Layer& layer = parts.layer;
    TaggedWeights weights = parts.weights.tagged(count, layer);
    std::vector<float> bias = read_bias(parts, outputs, bias_id);
    const Int8Use use = read_int8_use(layer);
    if (!use.has_scales) {
        if (weights.is_int8) {
            layer.fail(ErrorCode::corrupt, "its weights are int8, and it has no scales for them");
        }
        return {std::move(weights.values), std::move(bias)};
    }
    const auto scales = parts.weights.raw(use.one_scale_for_all ? 1 : static_cast<std::size_t>(rows), layer);
    (void)parts.weights.raw(use.has_result_scale ? 2 : 1, layer);
    if (weights.is_int8) {
        divide_rows(layer, weights.values, scales);
    }
    return {std::move(weights.values), std::move(bias)};
}

/// The fixed padding that "same" means: it does not depend on the picture where the stride is 1.
Sides resolve_same(const Layer& layer, const Geometry& geometry) {
    if (geometry.stride != std::array{1, 1}) {
        layer.fail(
            ErrorCode::unsupported, "\"same\" padding with a stride depends on the size of the picture");
    }
    const bool upper = geometry.padding.left == pad_same_upper;
    const auto split = [upper](int kernel, int dilation) {
        const int total = (kernel - 1) * dilation;
        const int less = total / 2;
        return upper ? std::pair(less, total - less) : std::pair(total - less, less);
    };
    const auto [top, bottom] = split(geometry.kernel[0], geometry.dilation[0]);
    const auto [left, right] = split(geometry.kernel[1], geometry.dilation[1]);
    return {top, left, bottom, right};
}

bool is_negative(const Sides& sides) {
    return sides.top < 0 || sides.left < 0 || sides.bottom < 0 || sides.right < 0;
}

/// ncnn keeps [group][out / group][in / group][kernel]; a transposed convolution here is [in][out /
/// group][kernel].
Tensor transpose_weights(const std::vector<float>& weights, const Geometry& geometry) {
    const auto inputs = static_cast<std::size_t>(geometry.group_inputs);
    const auto outputs = static_cast<std::size_t>(geometry.outputs / geometry.group);
    const auto groups = static_cast<std::size_t>(geometry.group);
    const auto kernel =
        static_cast<std::size_t>(geometry.kernel[0]) * static_cast<std::size_t>(geometry.kernel[1]);
    Tensor tensor{
        {static_cast<std::int64_t>(groups * inputs), static_cast<std::int64_t>(outputs), geometry.kernel[0],
         geometry.kernel[1]},
        std::vector<float>(weights.size())};
    for (std::size_t group = 0; group < groups; ++group) {
        for (std::size_t out = 0; out < outputs; ++out) {
            for (std::size_t in = 0; in < inputs; ++in) {
                const std::size_t from = ((group * outputs + out) * inputs + in) * kernel;
                const std::size_t to = ((group * inputs + in) * outputs + out) * kernel;
                for (std::size_t k = 0; k < kernel; ++k) {
                    tensor.data[to + k] = weights[from + k];
                }
            }
        }
    }
    return tensor;
}

} // namespace

int add_convolution(const Parts& parts) {
    const Layer& layer = parts.layer;
    const Geometry geometry = read_geometry(layer);
    const Shape shape{geometry.outputs, geometry.group_inputs, geometry.kernel[0], geometry.kernel[1]};
    const bool by_group = layer.type == "ConvolutionDepthWise";
    auto [weights, bias] = read_quantisable(
        parts, weight_count(geometry), geometry.outputs, 5, by_group ? geometry.group : geometry.outputs);
    Conv2d conv{{shape, std::move(weights)}, std::move(bias),  geometry.stride,
                geometry.dilation,           geometry.padding, geometry.group};
    if (is_negative(geometry.padding)) {
        conv.padding = resolve_same(layer, geometry);
    }
    parts.builder.settle_channels(
        parts.inputs[0], checked_mul(geometry.group_inputs, geometry.group, "channels"));
    int input = parts.inputs[0];
    if (const float value = layer.real(18, 0); value != 0) {
        input = parts.builder.add(layer, Pad{Pad::Mode::constant, conv.padding, value}, {input}, "pad");
        conv.padding = {};
    }
    return add_activation(layer, parts.builder.add(layer, std::move(conv), {input}), parts.builder);
}

int add_deconvolution(const Parts& parts) {
    const Layer& layer = parts.layer;
    const Geometry geometry = read_geometry(layer);
    if (is_negative(geometry.padding) || layer.integer(20, 0, 0, max_length) != 0 ||
        layer.integer(21, 0, 0, max_length) != 0) {
        layer.fail(ErrorCode::unsupported, "its output has a fixed size");
    }
    const int pad_right = layer.integer(18, 0, 0, max_length);
    const int pad_bottom = layer.integer(19, pad_right, 0, max_length);
    auto [weights, bias] =
        read_quantisable(parts, weight_count(geometry), geometry.outputs, 5, geometry.outputs);
    ConvTranspose2d conv{
        transpose_weights(weights, geometry),
        std::move(bias),
        geometry.stride,
        geometry.dilation,
        geometry.padding,
        {pad_bottom, pad_right},
        geometry.group};
    parts.builder.settle_channels(
        parts.inputs[0], checked_mul(geometry.group_inputs, geometry.group, "channels"));
    return add_activation(layer, parts.builder.add(layer, std::move(conv), {parts.inputs[0]}), parts.builder);
}

/// Over a value of one pixel an inner product is a 1 × 1 convolution.
int add_inner_product(const Parts& parts) {
    const Layer& layer = parts.layer;
    if (!parts.builder.is_pooled(parts.inputs[0])) {
        layer.fail(ErrorCode::unsupported, "an InnerProduct is only known behind a global pooling");
    }
    const int outputs = layer.integer(0, 0, 1, max_channels);
    const int count = layer.integer(2, 0, 1, std::numeric_limits<int>::max());
    if (outputs == 0 || count == 0 || count % outputs != 0) {
        layer.fail(ErrorCode::corrupt, fmt::format("{} weights do not make {} outputs", count, outputs));
    }
    auto [weights, bias] = read_quantisable(parts, static_cast<std::size_t>(count), outputs, 1, outputs);
    Conv2d conv;
    conv.weight = {{outputs, count / outputs, 1, 1}, std::move(weights)};
    conv.bias = std::move(bias);
    return add_activation(layer, parts.builder.add(layer, std::move(conv), {parts.inputs[0]}), parts.builder);
}

} // namespace kizuna::ncnn
