#include "formats/architectures/architecture.hpp"
#include "formats/architectures/layers.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// waifu2x's networks in a row (nagadomi, 2015): six convolutions of 3×3 that pad nothing, then one that
// doubles (UpConv7) or a seventh that keeps the size (VGG7).
namespace kizuna::architectures {

namespace {

constexpr float vgg_slope = 0.1F;
constexpr int last = 12; // every second layer is an activation
/// What programs call the sequence.
constexpr std::array prefixes{"net", "Sequential"};

std::string layer(const char* prefix, int index) {
    return fmt::format("{}.{}", prefix, index);
}

bool fits(const Weights& weights, const char* prefix) {
    for (int i = 0; i < last; i += 2) {
        if (weights.side(layer(prefix, i) + ".weight", 3) != 3) {
            return false;
        }
    }
    const std::int64_t kernel = weights.side(layer(prefix, last) + ".weight", 3);
    return (kernel == 3 || kernel == 4) && !weights.has(layer(prefix, last + 2) + ".weight");
}

bool is_upconv7(const Weights& weights) {
    return std::any_of(
        prefixes.begin(), prefixes.end(), [&](const char* prefix) { return fits(weights, prefix); });
}

Graph build_upconv7(Weights& weights) {
    const char* prefix = fits(weights, prefixes[0]) ? prefixes[0] : prefixes[1];
    Layers layers(weights, weights.side(layer(prefix, 0) + ".weight", 1));
    int x = 0;
    for (int i = 0; i < last; i += 2) {
        x = layers.leaky_relu(layers.conv(layer(prefix, i), x, Border::consumed), vgg_slope);
    }
    const std::string bottom = layer(prefix, last);
    const bool doubles = weights.side(bottom + ".weight", 3) == 4;
    x = doubles ? layers.transposed_conv(bottom, x, 2, 3) : layers.conv(bottom, x, Border::consumed);
    return layers.finish(layers.add("clip", Clip{0, 1}, {x}));
}

} // namespace

const Architecture upconv7{"waifu2x UpConv7 and VGG7", is_upconv7, build_upconv7, BorderFill::repeat};

} // namespace kizuna::architectures
