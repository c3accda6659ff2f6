#include "formats/architectures/real_plksr.hpp"

#include "formats/architectures/architecture.hpp"

#include "kizuna/error.hpp"

#include <vector>

#include <fmt/format.h>

// RealPLKSR: partial large kernel networks (D. Lee, S. Yun and Y. Ro, 2024) in the form that neosr and
// traiNNer train. Each block mixes channels, convolves some of them with a large kernel, weighs the result by
// itself, and normalises.
namespace kizuna::architectures {

namespace {

constexpr int norm_groups = 4; // no weight tells; no other number is in use
constexpr float group_epsilon = 1e-5F;
constexpr float layer_epsilon = 1e-6F;

std::string feature(int index) {
    return fmt::format("feats.{}", index);
}

/// A 1×1 convolution that gives the mean of each group of channels to every channel of the group, or, of all
/// channels, to one.
Conv2d mean_of_channels(std::int64_t channels, int groups, std::int64_t out) {
    const std::int64_t members = channels / groups;
    Conv2d op;
    op.weight.shape = {out, members, 1, 1};
    op.weight.data.assign(element_count(op.weight.shape), 1.0F / static_cast<float>(members));
    op.groups = groups;
    return op;
}

struct Norm {
    std::string name;
    float epsilon;
    Conv2d mean;
    bool over_picture; ///< the mean is that of all pixels, not of each one
};

/// (x − mean) / √(variance + ε), then a factor and an offset for each channel.
int add_norm(Layers& layers, const Norm& norm, int x) {
    const auto mean = [&](const char* part, int value) {
        const std::string name = norm.name + part;
        const int pooled =
            norm.over_picture ? layers.add(name + ".pool", GlobalAveragePool{}, {value}) : value;
        return layers.add(name, norm.mean, {pooled});
    };
    const int centred = layers.binary(Binary::Kind::sub, x, mean(".mean", x));
    const int variance = mean(".variance", layers.product(centred, centred));
    const int deviation =
        layers.add(norm.name + ".deviation", Sqrt{}, {layers.scaled(variance, 1, norm.epsilon)});
    const int normal = layers.binary(Binary::Kind::div, centred, deviation);
    return layers.add(
        norm.name,
        Affine{
            layers.weights().take(norm.name + ".weight").data,
            layers.weights().take(norm.name + ".bias").data},
        {normal});
}

int add_group_norm(Layers& layers, const std::string& name, int x, int channels) {
    if (channels % norm_groups != 0) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("{} channels cannot be split into {} groups", channels, norm_groups));
    }
    return add_norm(
        layers, {name, group_epsilon, mean_of_channels(channels, norm_groups, channels), true}, x);
}

int add_layer_norm(Layers& layers, const std::string& name, int x, int channels) {
    return add_norm(layers, {name, layer_epsilon, mean_of_channels(channels, 1, 1), false}, x);
}

/// x · tanh(ln(1 + eˣ)), as x · σ(x) · (1 + σ(−x)) / (1 + σ(−x)²), in which nothing overflows or cancels.
int add_mish(Layers& layers, const std::string& name, int x) {
    const int rest = layers.add(name + ".rest", Sigmoid{}, {layers.scaled(x, -1)});
    const int above = layers.product(layers.silu(x), layers.scaled(rest, 1, 1));
    const int below = layers.scaled(layers.product(rest, rest), 1, 1);
    return layers.binary(Binary::Kind::div, above, below);
}

/// The large kernel sees the first channels only.
int add_large_kernel(Layers& layers, const std::string& name, int x, int channels) {
    const int some = static_cast<int>(layers.weights().side(name + ".weight", 1));
    if (some >= channels) {
        return layers.conv(name, x);
    }
    const int seen = layers.add(name + ".seen", SliceChannels{0, some}, {x});
    const int passed = layers.add(name + ".passed", SliceChannels{some, channels}, {x});
    return layers.concat({layers.conv(name, seen), passed});
}

/// Norms take as many numbers as this convolution: with it in the file, they cannot be a small file's bomb.
void check_refinement(const Weights& weights, const std::string& name, int channels) {
    for (const std::size_t axis : {0U, 1U, 2U, 3U}) {
        if (weights.side(name + ".weight", axis) != (axis < 2 ? channels : 1)) {
            throw Error(
                ErrorCode::bad_network,
                fmt::format("{} should take {} channels to {} by 1x1", name, channels, channels));
        }
    }
}

int add_block(Layers& layers, const std::string& name, int x, int channels) {
    const Weights& weights = layers.weights();
    check_refinement(weights, name + ".refine", channels);
    const std::string before = name + ".layer_norm";
    const std::string after = name + ".norm";
    const std::string attention = name + ".attn.f.0";
    int y = weights.has(before + ".weight") ? add_layer_norm(layers, before, x, channels) : x;
    y = add_mish(layers, name + ".mish", layers.conv(name + ".channel_mixer.0", y));
    y = layers.conv(name + ".channel_mixer.2", y);
    y = add_large_kernel(layers, name + ".lk.conv", y, channels);
    if (weights.has(attention + ".weight")) {
        y = layers.product(y, layers.add(attention + ".sigmoid", Sigmoid{}, {layers.conv(attention, y)}));
    }
    y = layers.conv(name + ".refine", y);
    y = weights.has(after + ".weight") ? add_group_norm(layers, after, y, channels) : y;
    return layers.sum(x, y);
}

Graph build_real_plksr(Weights& weights) {
    Layers layers(weights, picture_channels(weights));
    const PlksrBody body = add_plksr_body(layers);
    const int pixels = layers.pixel_shuffle(body.value, body.scale);
    return layers.finish(layers.sum(pixels, layers.nearest(0, body.scale)));
}

} // namespace

bool is_plksr(const Weights& weights) {
    return weights.has("feats.0.weight") && weights.has("feats.1.channel_mixer.0.weight") &&
           weights.has("feats.1.lk.conv.weight") && weights.has("feats.1.refine.weight");
}

std::int64_t picture_channels(const Weights& weights) {
    return weights.side("feats.0.weight", 1);
}

PlksrBody add_plksr_body(Layers& layers) {
    const Weights& weights = layers.weights();
    int last = 1;
    while (weights.has(feature(last) + ".refine.weight")) {
        ++last;
    }
    ++last; // behind the blocks stands a dropout without weights
    const std::int64_t picture = picture_channels(weights);
    const auto channels = static_cast<int>(weights.side("feats.0.weight", 0));
    const int scale = shuffle_factor(weights.side(feature(last) + ".weight", 0), picture);
    if (scale == 0) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("its last layer, {}, does not make pixels of {} channels", feature(last), picture));
    }
    int x = layers.conv(feature(0), 0);
    for (int i = 1; i < last - 1; ++i) {
        x = add_block(layers, feature(i), x, channels);
    }
    return {layers.conv(feature(last), x), scale};
}

const Architecture real_plksr{"RealPLKSR", is_plksr, build_real_plksr};

} // namespace kizuna::architectures
