#include "matrix_network.hpp"

#include "formats/onnx/onnx.hpp"

#include <cmath>
#include <fstream>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

namespace {

// At random, as large as keeps the values' size: products of zeros take less power, and so less time.
kizuna::Conv2d random_convolution(std::int64_t in, std::int64_t out, std::mt19937& random) {
    kizuna::Conv2d convolution;
    convolution.weight.shape = {out, in, 1, 1};
    const float most = std::sqrt(3.0F / static_cast<float>(in));
    std::uniform_real_distribution<float> weights(-most, most);
    convolution.weight.data.resize(element_count(convolution.weight.shape));
    for (float& weight : convolution.weight.data) {
        weight = weights(random);
    }
    return convolution;
}

} // namespace

MatrixNetwork matrix_network(int channels, int layers) {
    constexpr int colours = 3;
    std::mt19937 random(1);
    kizuna::Graph graph;
    graph.nodes.push_back({"input", kizuna::Input{colours}, {}});
    for (int layer = 0; layer < layers + 2; ++layer) {
        const int in = layer == 0 ? colours : channels;
        const int out = layer == layers + 1 ? colours : channels;
        graph.nodes.push_back(
            {fmt::format("product{}", layer), random_convolution(in, out, random), {layer}});
    }
    graph.output = layers + 2;
    const std::vector<std::byte> onnx = kizuna::write_onnx(graph);
    MatrixNetwork network{
        std::filesystem::temp_directory_path() / "kizuna-bench-matrices.onnx",
        2.0 * channels * (static_cast<double>(layers) * channels + 2 * colours)};
    std::ofstream file(network.file, std::ios::binary);
    file.write(reinterpret_cast<const char*>(onnx.data()), static_cast<std::streamsize>(onnx.size()));
    if (!file.flush()) {
        throw std::runtime_error("could not write " + network.file.string());
    }
    return network;
}
