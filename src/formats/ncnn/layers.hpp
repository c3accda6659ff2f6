#pragma once

#include "formats/ncnn/builder.hpp"
#include "formats/ncnn/param.hpp"
#include "formats/ncnn/weights.hpp"
#include "graph/limits.hpp"

#include <limits>
#include <vector>

namespace kizuna::ncnn {

/// Adds what the layer does to values `inputs` and gives the node of its result. All layers but Input, Split
/// and Slice. Throws Error{unsupported} naming the type, {corrupt} naming the layer.
[[nodiscard]] int
add_layer(const Layer& layer, const std::vector<int>& inputs, Builder& builder, WeightReader& weights);

/// Slice: the channels of `input` in parts, one for each of the layer's outputs.
[[nodiscard]] std::vector<int> add_slice(const Layer& layer, int input, Builder& builder);

/// The activation that is fused into a convolution or inner product (parameters 9 and 10), if there is one.
[[nodiscard]] int add_activation(const Layer& layer, int node, Builder& builder);

/// The bound of a Clip that has none.
inline constexpr float highest = std::numeric_limits<float>::max();

/// What a layer is made from. The functions below each add one kind of layer.
struct Parts {
    const Layer& layer;
    const std::vector<int>& inputs;
    Builder& builder;
    WeightReader& weights;
};

int add_relu(const Parts& parts);
int add_prelu(const Parts& parts);
int add_sigmoid(const Parts& parts);
int add_tanh(const Parts& parts);
int add_clip(const Parts& parts);
int add_hard_sigmoid(const Parts& parts);
int add_hard_swish(const Parts& parts);
int add_swish(const Parts& parts);
int add_mish(const Parts& parts);
int add_unary(const Parts& parts);
int add_convolution(const Parts& parts);
int add_deconvolution(const Parts& parts);
int add_inner_product(const Parts& parts);
int add_crop(const Parts& parts);
int add_padding(const Parts& parts);
int add_interp(const Parts& parts);
int add_pooling(const Parts& parts);
int add_pixel_shuffle(const Parts& parts);
int add_reorg(const Parts& parts);
int add_binary(const Parts& parts);
int add_eltwise(const Parts& parts);

/// Larger kernels, strides, paddings and offsets are taken for damage.
inline constexpr int max_length = 1 << 14;

} // namespace kizuna::ncnn
