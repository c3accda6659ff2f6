#include "formats/architectures/architecture.hpp"
#include "formats/architectures/layers.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// Two U-shaped networks in a row with squeeze-and-excitation, as waifu2x's CUNet (nagadomi, yu45020) and
// Real-CUGAN's UpCunet 2x, 3x and 4x (bilibili) have them. No convolution pads: the result belongs to the
// middle of the input.
namespace kizuna::architectures {

namespace {

constexpr float unet_slope = 0.1F;
/// What the second network consumes of the first one's result, which is added to its own.
constexpr int second_border = 20;
/// "Pro" networks were trained on values moved away from black and white.
constexpr float pro_factor = 0.7F;
constexpr float pro_offset = 0.15F;

int activated_conv(Layers& layers, const std::string& name, int x, int stride = 1) {
    return layers.leaky_relu(layers.conv(name, x, Border::consumed, stride), unet_slope);
}

/// Weighs every channel by what its mean tells.
int squeeze_excite(Layers& layers, const std::string& name, int x) {
    const int mean = layers.add(name + ".mean", GlobalAveragePool{}, {x});
    const int squeezed = layers.leaky_relu(layers.conv(name + ".conv1", mean), 0);
    return layers.product(
        x, layers.add(name + ".sigmoid", Sigmoid{}, {layers.conv(name + ".conv2", squeezed)}));
}

int double_conv(Layers& layers, const std::string& name, int x) {
    const int y = activated_conv(layers, name + ".conv.2", activated_conv(layers, name + ".conv.0", x));
    const std::string block = name + ".seblock";
    return layers.weights().has(block + ".conv1.weight") ? squeeze_excite(layers, block, y) : y;
}

int halved(Layers& layers, const std::string& name, int x) {
    return activated_conv(layers, name, x, 2);
}

int doubled(Layers& layers, const std::string& name, int x) {
    return layers.leaky_relu(layers.transposed_conv(name, x, 2, 0), unet_slope);
}

/// The last convolution keeps the size or enlarges, which its kernel tells.
int add_bottom(Layers& layers, const std::string& name, int x) {
    switch (layers.weights().side(name + ".weight", 2)) {
    case 3:
        return layers.conv(name, x, Border::consumed);
    case 4:
        return layers.transposed_conv(name, x, 2, 3);
    case 5:
        return layers.transposed_conv(name, x, 3, 2);
    default:
        throw Error(ErrorCode::unsupported, name + " has a kernel that is not known there");
    }
}

int add_first(Layers& layers, const std::string& name, int x) {
    const int wide = double_conv(layers, name + ".conv1", x);
    const int deep = double_conv(layers, name + ".conv2", halved(layers, name + ".conv1_down", wide));
    const int joined = layers.sum(layers.crop(wide, 4), doubled(layers, name + ".conv2_up", deep));
    return add_bottom(layers, name + ".conv_bottom", activated_conv(layers, name + ".conv3", joined));
}

int add_second(Layers& layers, const std::string& name, int x) {
    const int wide = double_conv(layers, name + ".conv1", x);
    const int middle = double_conv(layers, name + ".conv2", halved(layers, name + ".conv1_down", wide));
    const int deep = double_conv(layers, name + ".conv3", halved(layers, name + ".conv2_down", middle));
    const int rising = layers.sum(layers.crop(middle, 4), doubled(layers, name + ".conv3_up", deep));
    const int upper = double_conv(layers, name + ".conv4", rising);
    const int joined = layers.sum(layers.crop(wide, 16), doubled(layers, name + ".conv4_up", upper));
    return add_bottom(layers, name + ".conv_bottom", activated_conv(layers, name + ".conv5", joined));
}

int clipped_if(Layers& layers, bool wanted, const char* name, int x) {
    return wanted ? layers.add(name, Clip{0, 1}, {x}) : x;
}

/// What the last convolution of the ×4 network (and of the fast ×2 one) makes is added to the enlarged input.
int add_final(Layers& layers, int x, int picture, bool fast) {
    constexpr int border = 19;
    constexpr int fast_border = 38;
    const int detail =
        layers.pixel_shuffle(layers.crop(layers.conv("conv_final", x, Border::consumed), 1), 2);
    const int middle = layers.crop(picture, fast ? fast_border : border);
    return layers.sum(detail, layers.nearest(middle, fast ? 2 : 4));
}

bool are_unets(const Weights& weights) {
    constexpr std::array names{"unet1.conv1.conv.0", "unet1.conv2.seblock.conv1", "unet1.conv_bottom",
                               "unet2.conv1.conv.0", "unet2.conv3.seblock.conv1", "unet2.conv4_up",
                               "unet2.conv_bottom"};
    return std::all_of(names.begin(), names.end(), [&](const char* name) {
        return weights.has(std::string(name) + ".weight");
    });
}

/// The weights of waifu2x's doubling network look like Real-CUGAN's: only the file's note tells. The one that
/// keeps the size has no double there.
bool is_waifu2x(const Weights& weights) {
    return weights.note("name").substr(0, 7) == "waifu2x" || weights.side("unet1.conv_bottom.weight", 2) == 3;
}

Graph build_upcunet(Weights& weights, bool clipped) {
    constexpr std::int64_t folded_channels = 12;
    const bool final = weights.has("conv_final.weight");
    const std::int64_t channels = weights.side("unet1.conv1.conv.0.weight", 1);
    const bool fast = final && channels == folded_channels;
    const bool pro = weights.has("pro") || weights.has_flag("pro");
    if (weights.has("pro")) {
        (void)weights.take("pro");
    }
    Layers layers(weights, fast ? channels / 4 : channels);
    const int picture = pro ? layers.scaled(0, pro_factor, pro_offset) : 0;
    int x = picture;
    if (fast) {
        x = layers.add("unshuffle", PixelUnshuffle{PixelShuffle::Order::crd, 2}, {x});
    }
    const int first = clipped_if(layers, clipped, "unet1.clip", add_first(layers, "unet1", x));
    x = layers.sum(layers.crop(first, second_border), add_second(layers, "unet2", first));
    x = clipped_if(layers, clipped, "clip", x);
    if (final) {
        x = add_final(layers, x, picture, fast);
    }
    if (pro) {
        x = layers.scaled(x, 1 / pro_factor, -pro_offset / pro_factor);
    }
    return layers.finish(x);
}

} // namespace

const Architecture cunet{
    "waifu2x CUNet", [](const Weights& weights) { return are_unets(weights) && is_waifu2x(weights); },
    [](Weights& weights) { return build_upcunet(weights, weights.note("no_clip") != "true"); },
    BorderFill::repeat};

const Architecture upcunet{
    "Real-CUGAN UpCunet", are_unets, [](Weights& weights) { return build_upcunet(weights, false); }};

} // namespace kizuna::architectures
