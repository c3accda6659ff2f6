#include "formats/architectures/architecture.hpp"
#include "formats/architectures/layers.hpp"

#include "kizuna/error.hpp"

#include <fmt/format.h>

// SRVGGNetCompact of Real-ESRGAN (X. Wang and others, 2021): convolutions with PReLU in a row, "body.0",
// "body.1", …; the last one's channels are shuffled into pixels and added to the enlarged input.
namespace kizuna::architectures {

namespace {

bool is_compact(const Weights& weights) {
    return weights.side("body.0.weight", 3) > 0 && weights.side("body.1.weight", 0) > 0;
}

std::string layer(int index) {
    return fmt::format("body.{}", index);
}

int count_layers(const Weights& weights) {
    int count = 0;
    while (weights.has(layer(count) + ".weight")) {
        ++count;
    }
    return count;
}

Graph build_compact(Weights& weights) {
    const int last = count_layers(weights) - 1;
    const std::int64_t channels = weights.side("body.0.weight", 1);
    const int scale = shuffle_factor(weights.side(layer(last) + ".weight", 0), channels);
    if (last % 2 != 0 || scale == 0) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("its last layer, {}, does not make pixels of {} channels", layer(last), channels));
    }
    Layers layers(weights, channels);
    int x = 0;
    for (int i = 0; i < last; i += 2) {
        x = layers.prelu(layer(i + 1), layers.conv(layer(i), x));
    }
    x = layers.pixel_shuffle(layers.conv(layer(last), x), scale);
    return layers.finish(layers.sum(x, layers.nearest(0, scale)));
}

} // namespace

const Architecture compact{"SRVGGNetCompact", is_compact, build_compact};

} // namespace kizuna::architectures
