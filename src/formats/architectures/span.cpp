#include "formats/architectures/architecture.hpp"
#include "formats/architectures/layers.hpp"
#include "formats/architectures/merged_conv.hpp"

#include "kizuna/error.hpp"

#include <fmt/format.h>

// SPAN, the swift parameter-free attention network (C. Wan and others, 2023): six blocks of three
// convolutions, each of which weighs its own result by a sigmoid of it.
namespace kizuna::architectures {

namespace {

constexpr int last_block = 6;
constexpr float range =
    255; // the network was trained on values 0 to 255, less the mean colour of its pictures
constexpr std::array<float, 3> mean_colour{0.4488F, 0.4371F, 0.4040F};

std::string block_name(int index) {
    return fmt::format("block_{}", index);
}

int conv(Layers& layers, const std::string& name, int x) {
    return layers.add(name, take_merged_conv(layers.weights(), name), {x});
}

struct BlockResult {
    int result;
    int first; // of the first convolution, activated
};

BlockResult add_block(Layers& layers, const std::string& name, int x) {
    const int first = layers.silu(conv(layers, name + ".c1_r", x));
    const int second = layers.silu(conv(layers, name + ".c2_r", first));
    const int third = conv(layers, name + ".c3_r", second);
    const int attention = layers.scaled(layers.add(name + ".attention", Sigmoid{}, {third}), 1, -0.5F);
    return {layers.product(layers.sum(third, x), attention), first};
}

int add_normalisation(Layers& layers, std::int64_t channels) {
    if (channels != std::ssize(mean_colour)) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("what a network of {} channels takes from each of them is not known", channels));
    }
    Affine affine{{range}, {}};
    for (const float mean : mean_colour) {
        affine.offset.push_back(-mean * range);
    }
    return layers.add("normalisation", affine, {0});
}

bool is_span(const Weights& weights) {
    return has_merged_conv(weights, "conv_1") && has_merged_conv(weights, "block_1.c1_r") &&
           has_merged_conv(weights, "block_6.c3_r") && weights.has("conv_cat.weight") &&
           has_merged_conv(weights, "conv_2") && weights.has("upsampler.0.weight");
}

Graph build_span(Weights& weights) {
    const std::int64_t channels = merged_conv_inputs(weights, "conv_1");
    const int scale = shuffle_factor(weights.side("upsampler.0.weight", 0), channels);
    if (scale == 0) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("its last layer does not make pixels of {} channels", channels));
    }
    const bool plain = weights.has("no_norm") || weights.has_flag("no_norm");
    if (weights.has("no_norm")) {
        (void)weights.take("no_norm");
    }
    Layers layers(weights, channels);
    const int first = conv(layers, "conv_1", plain ? 0 : add_normalisation(layers, channels));
    const BlockResult second = add_block(layers, block_name(1), first);
    BlockResult last = second;
    for (int i = 2; i <= last_block; ++i) {
        last = add_block(layers, block_name(i), last.result);
    }
    const int deep = conv(layers, "conv_2", last.result);
    const int all = layers.conv("conv_cat", layers.concat({first, deep, second.result, last.first}));
    return layers.finish(layers.pixel_shuffle(layers.conv("upsampler.0", all), scale));
}

} // namespace

const Architecture span{"SPAN", is_span, build_span};

} // namespace kizuna::architectures
