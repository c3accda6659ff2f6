#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

// Graphs for tests: built by hand, or at random.
namespace kizuna::test {

/// Adds nodes one after another; the last one is the output.
class GraphBuilder {
  public:
    explicit GraphBuilder(int channels) { add(Input{channels}, {}); }

    /// The index of the node's value.
    int add(Operator op, std::vector<int> inputs) {
        const auto index = static_cast<int>(graph_.nodes.size());
        graph_.nodes.push_back({"n" + std::to_string(index), std::move(op), std::move(inputs)});
        graph_.output = index;
        return index;
    }

    /// Adds a node behind the last one.
    int then(Operator op) { return add(std::move(op), {graph_.output}); }

    [[nodiscard]] const Graph& graph() const { return graph_; }

  private:
    Graph graph_;
};

/// Input, then these in a row.
inline Graph chain(int channels, std::initializer_list<Operator> ops) {
    GraphBuilder builder(channels);
    for (const Operator& op : ops) {
        builder.then(op);
    }
    return builder.graph();
}

/// A tensor of 1, 2, 3, …
inline Tensor counting(const Shape& shape) {
    Tensor tensor{shape, std::vector<float>(element_count(shape))};
    std::iota(tensor.data.begin(), tensor.data.end(), 1.0F);
    return tensor;
}

inline Tensor filled(const Shape& shape, float value) {
    return {shape, std::vector<float>(element_count(shape), value)};
}

/// A square convolution of ones.
inline Conv2d conv(int in, int out, int kernel, int padding) {
    Conv2d op;
    op.weight = filled({out, in, kernel, kernel}, 1);
    op.padding = {padding, padding, padding, padding};
    return op;
}

/// The same numbers from the same seed on every machine.
class Random {
  public:
    explicit Random(std::uint32_t seed)
        : engine_(seed) {}

    /// Both ends included.
    int between(int low, int high) {
        return low + static_cast<int>(engine_() % static_cast<std::uint32_t>(high - low + 1));
    }

    bool coin() { return between(0, 1) == 1; }

    float real(float low, float high) {
        return low + ((high - low) * static_cast<float>(engine_() >> 8U) / 16777216.0F);
    }

    Tensor tensor(const Shape& shape, float low, float high) {
        Tensor result{shape, std::vector<float>(element_count(shape))};
        for (float& value : result.data) {
            value = real(low, high);
        }
        return result;
    }

  private:
    std::mt19937 engine_;
};

enum class WeightKind : std::uint8_t {
    any,
    /// Positive, every channel reads every other, and no operator moves the picture by a part of a pixel:
    /// nothing that could influence an output fails to.
    dense,
};

/// A small network that upscales by a whole number, with skip connections. Takes any size from 8 pixels on
/// that is a multiple of 8.
[[nodiscard]] Graph random_graph(std::uint32_t seed, WeightKind weights);

/// Two squeeze-and-excitation blocks, one behind the other, in a U of valid convolutions that doubles the
/// size, like Real-CUGAN and cunet: 3 channels, alignment 2.
[[nodiscard]] Graph squeeze_excite_graph(std::uint32_t seed);

} // namespace kizuna::test
