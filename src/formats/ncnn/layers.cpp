#include "formats/ncnn/layers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::ncnn {

namespace {

/// slope · (x − mean) / √(variance + ε) + bias
int add_batch_norm(const Parts& parts) {
    const auto channels = static_cast<std::size_t>(parts.layer.integer(0, 1, 1, max_channels));
    const double epsilon = parts.layer.real(1, 0);
    const auto slope = parts.weights.raw(channels, parts.layer);
    const auto mean = parts.weights.raw(channels, parts.layer);
    const auto variance = parts.weights.raw(channels, parts.layer);
    const auto bias = parts.weights.raw(channels, parts.layer);
    Affine affine{std::vector<float>(channels), std::vector<float>(channels)};
    for (std::size_t c = 0; c < channels; ++c) {
        const double scale = slope[c] / std::sqrt(variance[c] + epsilon);
        affine.scale[c] = static_cast<float>(scale);
        affine.offset[c] = static_cast<float>(bias[c] - scale * mean[c]);
    }
    return parts.builder.add(parts.layer, std::move(affine), parts.inputs);
}

int add_scale(const Parts& parts) {
    constexpr int from_second_input = -233;
    const int count = parts.layer.integer(0, 1, from_second_input, max_channels);
    const bool has_bias = parts.layer.integer(1, 0, 0, 1) != 0;
    if (count == from_second_input && parts.inputs.size() == 2 && !has_bias) {
        return parts.builder.add(parts.layer, Binary{Binary::Kind::mul}, parts.inputs);
    }
    if (count < 1 || parts.inputs.size() != 1) {
        parts.layer.fail(ErrorCode::unsupported, "this form of Scale is not known");
    }
    Affine affine{parts.weights.raw(static_cast<std::size_t>(count), parts.layer), {0}};
    if (has_bias) {
        affine.offset = parts.weights.raw(static_cast<std::size_t>(count), parts.layer);
    }
    return parts.builder.add(parts.layer, std::move(affine), parts.inputs);
}

int add_concat(const Parts& parts) {
    constexpr int last_axis = 2;
    constexpr int from_behind = -3;
    if (const int axis = parts.layer.integer(0, 0, from_behind, last_axis);
        axis != 0 && axis != from_behind) {
        parts.layer.fail(ErrorCode::unsupported, "only channels can be joined");
    }
    return parts.inputs.size() == 1 ? parts.inputs[0]
                                    : parts.builder.add(parts.layer, Concat{}, parts.inputs);
}

int add_noop(const Parts& parts) {
    return parts.inputs[0];
}

int add_dropout(const Parts& parts) {
    const float scale = parts.layer.real(0, 1);
    return scale == 1 ? parts.inputs[0] : parts.builder.add(parts.layer, Affine{{scale}, {0}}, parts.inputs);
}

struct LayerKind {
    std::string_view type;
    std::size_t min_inputs;
    std::size_t max_inputs;
    int (*add)(const Parts&);
};

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

constexpr std::array kinds{
    LayerKind{"BatchNorm", 1, 1, add_batch_norm},
    LayerKind{"BinaryOp", 1, 2, add_binary},
    LayerKind{"Clip", 1, 1, add_clip},
    LayerKind{"Concat", 1, any_number, add_concat},
    LayerKind{"Convolution", 1, 1, add_convolution},
    LayerKind{"ConvolutionDepthWise", 1, 1, add_convolution},
    LayerKind{"Crop", 1, 2, add_crop},
    LayerKind{"Deconvolution", 1, 1, add_deconvolution},
    LayerKind{"DeconvolutionDepthWise", 1, 1, add_deconvolution},
    LayerKind{"Dropout", 1, 1, add_dropout},
    LayerKind{"Eltwise", 2, any_number, add_eltwise},
    LayerKind{"HardSigmoid", 1, 1, add_hard_sigmoid},
    LayerKind{"HardSwish", 1, 1, add_hard_swish},
    LayerKind{"InnerProduct", 1, 1, add_inner_product},
    LayerKind{"Interp", 1, 1, add_interp},
    LayerKind{"Mish", 1, 1, add_mish},
    LayerKind{"Noop", 1, 1, add_noop},
    LayerKind{"PReLU", 1, 1, add_prelu},
    LayerKind{"Padding", 1, 1, add_padding},
    LayerKind{"PixelShuffle", 1, 1, add_pixel_shuffle},
    LayerKind{"Pooling", 1, 1, add_pooling},
    LayerKind{"ReLU", 1, 1, add_relu},
    LayerKind{"Reorg", 1, 1, add_reorg},
    LayerKind{"Scale", 1, 2, add_scale},
    LayerKind{"Sigmoid", 1, 1, add_sigmoid},
    LayerKind{"Swish", 1, 1, add_swish},
    LayerKind{"TanH", 1, 1, add_tanh},
    LayerKind{"UnaryOp", 1, 1, add_unary},
};

} // namespace

int add_layer(const Layer& layer, const std::vector<int>& inputs, Builder& builder, WeightReader& weights) {
    const auto* kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const LayerKind& k) { return k.type == layer.type; });
    if (kind == kinds.end()) {
        layer.fail(ErrorCode::unsupported, fmt::format("layers of the type {} are not known", layer.type));
    }
    if (inputs.size() < kind->min_inputs || inputs.size() > kind->max_inputs) {
        layer.fail(
            ErrorCode::unsupported,
            fmt::format("{} inputs are not known for a {}", inputs.size(), layer.type));
    }
    return kind->add({layer, inputs, builder, weights});
}

} // namespace kizuna::ncnn
