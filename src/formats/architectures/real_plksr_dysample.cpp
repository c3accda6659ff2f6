#include "formats/architectures/architecture.hpp"
#include "formats/architectures/real_plksr.hpp"
#include "formats/onnx/onnx.hpp"

#include "kizuna/error.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

// RealPLKSR that enlarges by DySample (W. Liu and others, "Learning to Upsample by Learning to Sample",
// 2023): it computes for each pixel of the result where in the features to read it.
namespace kizuna::architectures {

namespace {

bool has_dysample(const Weights& weights) {
    return is_plksr(weights) && weights.has("to_img.offset.weight") && weights.has("to_img.scope.weight");
}

/// Each channel of the picture `times` times, side by side.
Conv2d repeat_channels(std::int64_t channels, std::int64_t times) {
    Conv2d op;
    op.weight.shape = {channels * times, channels, 1, 1};
    op.weight.data.assign(element_count(op.weight.shape), 0);
    for (std::int64_t out = 0; out < channels * times; ++out) {
        op.weight.data[static_cast<std::size_t>((out * channels) + (out / times))] = 1;
    }
    return op;
}

/// How far from the middle of a pixel to read: offset · σ(scope) / 2, from where a pixel shuffle would.
int add_offsets(Layers& layers, int features, std::int64_t count) {
    const int offset = layers.conv("to_img.offset", features);
    const int scope = layers.add("to_img.scope.sigmoid", Sigmoid{}, {layers.conv("to_img.scope", features)});
    WeightTensor start = layers.weights().take("to_img.init_pos");
    if (!std::cmp_equal(start.data.size(), count)) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("to_img.init_pos has {} numbers instead of {}", start.data.size(), count));
    }
    return layers.add(
        "to_img.places", Affine{{0.5F}, std::move(start.data)}, {layers.product(offset, scope)});
}

void take_end(Weights& weights, SampledEnding& ending) {
    const std::string name = "to_img.end_conv";
    if (!weights.has(name + ".weight")) {
        return;
    }
    ending.weight.shape = {
        weights.side(name + ".weight", 0), weights.side(name + ".weight", 1),
        weights.side(name + ".weight", 2), weights.side(name + ".weight", 3)};
    ending.weight.data = weights.take(name + ".weight").data;
    if (weights.has(name + ".bias")) {
        ending.bias = weights.take(name + ".bias").data;
    }
}

/// Checks that all shapes fit: nothing has described the graph.
void check_shapes(const Graph& graph, std::int64_t channels) {
    constexpr std::int64_t any_side = 64;
    (void)infer_shapes(graph, {1, channels, any_side, any_side});
}

Network build_network(Weights& weights) {
    const std::int64_t picture = picture_channels(weights);
    if (picture != 1 && picture != 3) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "it takes pictures of {} channels; only 1 (grey) and 3 (RGB) can be upscaled", picture));
    }
    Layers layers(weights, picture);
    const PlksrBody body = add_plksr_body(layers);
    const std::int64_t square = std::int64_t{body.scale} * body.scale;
    const std::int64_t places = weights.side("to_img.offset.weight", 0);
    SampledEnding ending{body.scale, static_cast<int>(places / (2 * square)), picture * square, {}, {}};
    const int repeated = layers.add("repeated", repeat_channels(picture, square), {0});
    const int features = layers.sum(body.value, repeated);
    const int offsets = add_offsets(layers, features, places);
    const Graph graph = layers.finish(layers.concat({features, offsets}));
    check_shapes(graph, picture);
    take_end(weights, ending);
    const std::int64_t result = ending.weight.data.empty() ? ending.features : ending.weight.shape.n;
    if (result != picture) {
        throw Error(ErrorCode::bad_network, fmt::format("it makes {} channels of {}", result, picture));
    }
    Network network;
    network.onnx = write_onnx(graph, ending);
    network.graph_problem =
        "it enlarges by DySample, which reads pixels at places that it computes, and that is "
        "not known to the native engines";
    network.spec.scale = body.scale;
    network.spec.channels = static_cast<int>(picture);
    return network;
}

} // namespace

const Architecture real_plksr_dysample{
    "RealPLKSR with DySample", has_dysample, nullptr, BorderFill::mirror, build_network};

} // namespace kizuna::architectures
