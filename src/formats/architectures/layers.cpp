#include "formats/architectures/layers.hpp"

#include "base/checked.hpp"
#include "graph/limits.hpp"

#include "kizuna/error.hpp"

#include <utility>

#include <fmt/format.h>

namespace kizuna::architectures {

namespace {

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::bad_network, message);
}

Tensor take_kernel(Weights& weights, const std::string& name) {
    WeightTensor tensor = weights.take(name);
    if (tensor.shape.size() != 4) {
        refuse(fmt::format("{} should have 4 sides, and has {}", name, tensor.shape.size()));
    }
    return {{tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3]}, std::move(tensor.data)};
}

std::vector<float> take_vector(Weights& weights, const std::string& name) {
    WeightTensor tensor = weights.take(name);
    if (tensor.shape.size() != 1 || tensor.data.empty()) {
        refuse(fmt::format("{} should be a row of numbers", name));
    }
    return std::move(tensor.data);
}

std::vector<float> take_bias(Weights& weights, const std::string& name) {
    return weights.has(name) ? take_vector(weights, name) : std::vector<float>();
}

Sides all_sides(int pixels) {
    return {pixels, pixels, pixels, pixels};
}

Sides half_of(const Shape& kernel, const std::string& name) {
    if (kernel.h % 2 == 0 || kernel.w % 2 == 0 || kernel.h > max_kernel || kernel.w > max_kernel) {
        refuse(fmt::format("{} has a kernel of {}x{}, which is not known there", name, kernel.h, kernel.w));
    }
    const int rows = static_cast<int>(kernel.h / 2);
    const int columns = static_cast<int>(kernel.w / 2);
    return {rows, columns, rows, columns};
}

} // namespace

Layers::Layers(Weights& weights, std::int64_t input_channels)
    : weights_(weights) {
    graph_.nodes.push_back({"input", Input{checked_cast<int>(input_channels, "the channels")}, {}});
}

int Layers::add(std::string name, Operator op, std::vector<int> inputs) {
    if (graph_.nodes.size() >= max_nodes) {
        throw Error(ErrorCode::limit_exceeded, fmt::format("the network has more than {} layers", max_nodes));
    }
    graph_.nodes.push_back({std::move(name), std::move(op), std::move(inputs)});
    return static_cast<int>(graph_.nodes.size() - 1);
}

int Layers::conv(const std::string& name, int x, Border border, int stride) {
    Conv2d op;
    op.weight = take_kernel(weights_, name + ".weight");
    op.bias = take_bias(weights_, name + ".bias");
    op.stride = {stride, stride};
    if (border == Border::zeros) {
        op.padding = half_of(op.weight.shape, name);
    }
    return add(name, std::move(op), {x});
}

int Layers::transposed_conv(const std::string& name, int x, int stride, int padding) {
    ConvTranspose2d op;
    op.weight = take_kernel(weights_, name + ".weight");
    op.bias = take_bias(weights_, name + ".bias");
    op.stride = {stride, stride};
    op.padding = all_sides(padding);
    return add(name, std::move(op), {x});
}

int Layers::prelu(const std::string& name, int x) {
    return add(name, PRelu{take_vector(weights_, name + ".weight")}, {x});
}

int Layers::leaky_relu(int x, float slope) {
    return add(next_name("activation"), PRelu{{slope}}, {x});
}

int Layers::silu(int x) {
    return product(x, add(next_name("sigmoid"), Sigmoid{}, {x}));
}

int Layers::binary(Binary::Kind kind, int a, int b) {
    return add(next_name("binary"), Binary{kind}, {a, b});
}

int Layers::scaled(int x, float factor, float offset) {
    return add(next_name("scale"), Affine{{factor}, {offset}}, {x});
}

int Layers::concat(std::vector<int> values) {
    return add(next_name("concat"), Concat{}, std::move(values));
}

int Layers::crop(int x, int sides) {
    return add(next_name("crop"), Crop{all_sides(sides)}, {x});
}

int Layers::nearest(int x, int factor) {
    if (factor == 1) {
        return x;
    }
    Resize op;
    op.coordinates = Resize::Coordinates::asymmetric;
    op.scale_h = factor;
    op.scale_w = factor;
    return add(next_name("resize"), op, {x});
}

int Layers::pixel_shuffle(int x, int factor) {
    return factor == 1 ? x : add(next_name("shuffle"), PixelShuffle{PixelShuffle::Order::crd, factor}, {x});
}

Graph Layers::finish(int output) {
    graph_.output = output;
    validate(graph_);
    return std::move(graph_);
}

std::string Layers::next_name(const char* kind) const {
    return fmt::format("{}_{}", kind, graph_.nodes.size());
}

int shuffle_factor(std::int64_t shuffled_channels, std::int64_t channels) {
    for (int factor = 1; factor <= max_factor; ++factor) {
        const int pixels = factor * factor;
        if (channels > 0 && shuffled_channels % pixels == 0 && shuffled_channels / pixels == channels) {
            return factor;
        }
    }
    return 0;
}

} // namespace kizuna::architectures
