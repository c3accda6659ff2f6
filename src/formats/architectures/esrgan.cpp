#include "formats/architectures/architecture.hpp"
#include "formats/architectures/layers.hpp"

#include "kizuna/error.hpp"

#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

// ESRGAN (X. Wang and others, 2018) and its descendants: residual-in-residual dense blocks at the picture's
// own size, then doublings. Real-ESRGAN's networks for ×1 and ×2 fold the picture first (pixel unshuffle).
// ESRGAN+ (N. Rakotonirina and A. Rasoanaivo, 2020) adds a 1×1 convolution to each dense block.
namespace kizuna::architectures {

namespace {

constexpr float esrgan_slope = 0.2F;
constexpr float residual_scale = 0.2F;
constexpr int dense_blocks = 3;
constexpr int dense_convs = 5;

/// The same network goes by three sets of names.
enum class Layout : std::uint8_t {
    numbered, ///< the first ESRGAN: positions in a sequence
    trunk,    ///< its second release, BSRGAN, RealSR
    body,     ///< Real-ESRGAN
};

std::string dense_name(Layout layout, int block, int dense, const std::string& part) {
    switch (layout) {
    case Layout::numbered:
        return fmt::format("model.1.sub.{}.RDB{}.{}", block, dense, part);
    case Layout::trunk:
        return fmt::format("RRDB_trunk.{}.RDB{}.{}", block, dense, part);
    case Layout::body:
        break;
    }
    return fmt::format("body.{}.rdb{}.{}", block, dense, part);
}

std::string conv_name(Layout layout, int block, int dense, int conv) {
    // A numbered convolution is the first of a pair with its activation.
    const char* suffix = layout == Layout::numbered ? ".0" : "";
    return dense_name(layout, block, dense, fmt::format("conv{}{}", conv, suffix));
}

std::optional<Layout> find_layout(const Weights& weights) {
    for (const Layout layout : {Layout::numbered, Layout::trunk, Layout::body}) {
        if (weights.has(conv_name(layout, 0, 1, 1) + ".weight")) {
            return layout;
        }
    }
    return std::nullopt;
}

/// The convolutions outside of the blocks.
struct Names {
    std::string first;
    std::string body;
    std::vector<std::string> doublings;
    std::string detail;
    std::string last;
};

std::string doubling_name(Layout layout, int index) {
    switch (layout) {
    case Layout::numbered: // enlarge, convolve, activate
        return fmt::format("model.{}", 3 * index);
    case Layout::trunk:
        return fmt::format("upconv{}", index);
    case Layout::body:
        break;
    }
    return fmt::format("conv_up{}", index);
}

Names find_names(const Weights& weights, Layout layout, int blocks) {
    Names names;
    for (int i = 1; weights.has(doubling_name(layout, i) + ".weight"); ++i) {
        names.doublings.push_back(doubling_name(layout, i));
    }
    switch (layout) {
    case Layout::numbered: {
        const auto after = 3 * names.doublings.size();
        names.first = "model.0";
        names.body = fmt::format("model.1.sub.{}", blocks);
        names.detail = fmt::format("model.{}", after + 2);
        names.last = fmt::format("model.{}", after + 4);
        break;
    }
    case Layout::trunk:
        names.first = "conv_first";
        names.body = "trunk_conv";
        names.detail = "HRconv";
        names.last = "conv_last";
        break;
    case Layout::body:
        names.first = "conv_first";
        names.body = "conv_body";
        names.detail = "conv_hr";
        names.last = "conv_last";
        break;
    }
    return names;
}

/// Each convolution sees all results before it.
int add_dense_block(Layers& layers, Layout layout, int block, int dense, int x) {
    const std::string bypass = dense_name(layout, block, dense, "conv1x1");
    const bool plus = layers.weights().has(bypass + ".weight");
    std::vector<int> seen{x};
    for (int i = 1; i < dense_convs; ++i) {
        const int all = seen.size() == 1 ? x : layers.concat(seen);
        int y = layers.leaky_relu(layers.conv(conv_name(layout, block, dense, i), all), esrgan_slope);
        if (plus && i == 2) {
            y = layers.sum(y, layers.conv(bypass, x));
        } else if (plus && i == 4) {
            y = layers.sum(y, seen[2]);
        }
        seen.push_back(y);
    }
    const int last = layers.conv(conv_name(layout, block, dense, dense_convs), layers.concat(seen));
    return layers.sum(layers.scaled(last, residual_scale), x);
}

int add_block(Layers& layers, Layout layout, int block, int x) {
    int y = x;
    for (int dense = 1; dense <= dense_blocks; ++dense) {
        y = add_dense_block(layers, layout, block, dense, y);
    }
    return layers.sum(layers.scaled(y, residual_scale), x);
}

/// By how much the picture is folded first: the network then takes more channels than it gives.
int unshuffle_factor(std::int64_t in, std::int64_t out) {
    const int factor = shuffle_factor(in, out);
    if (factor != 1 && factor != 2 && factor != 4) {
        throw Error(ErrorCode::bad_network, fmt::format("it makes {} channels of {}", out, in));
    }
    return factor;
}

bool is_esrgan(const Weights& weights) {
    return find_layout(weights).has_value();
}

Graph build_esrgan(Weights& weights) {
    const Layout layout = find_layout(weights).value_or(Layout::body);
    int blocks = 0;
    while (weights.has(conv_name(layout, blocks, 1, 1) + ".weight")) {
        ++blocks;
    }
    const Names names = find_names(weights, layout, blocks);
    const std::int64_t channels = weights.side(names.last + ".weight", 0);
    const int folded = unshuffle_factor(weights.side(names.first + ".weight", 1), channels);
    Layers layers(weights, channels);
    int x = 0;
    if (folded > 1) {
        x = layers.add("unshuffle", PixelUnshuffle{PixelShuffle::Order::crd, folded}, {x});
    }
    const int first = layers.conv(names.first, x);
    x = first;
    for (int block = 0; block < blocks; ++block) {
        x = add_block(layers, layout, block, x);
    }
    x = layers.sum(first, layers.conv(names.body, x));
    for (const std::string& name : names.doublings) {
        x = layers.leaky_relu(layers.conv(name, layers.nearest(x, 2)), esrgan_slope);
    }
    x = layers.leaky_relu(layers.conv(names.detail, x), esrgan_slope);
    return layers.finish(layers.conv(names.last, x));
}

} // namespace

const Architecture esrgan{"ESRGAN", is_esrgan, build_esrgan};

} // namespace kizuna::architectures
