#pragma once

#include "formats/architectures/weights.hpp"
#include "graph/graph.hpp"

#include <string>
#include <vector>

namespace kizuna::architectures {

/// What a convolution does with the borders of its input.
enum class Border : std::uint8_t {
    zeros,   ///< padded so that the size stays
    consumed ///< not padded: the result is smaller
};

/// A Graph while it is made from weights, in the words that descriptions of networks use. Each function adds
/// nodes, named after the weights, and gives the index of the result.
class Layers {
  public:
    Layers(Weights& weights, std::int64_t input_channels);

    [[nodiscard]] const Weights& weights() const { return weights_; }

    [[nodiscard]] Weights& weights() { return weights_; }

    int add(std::string name, Operator op, std::vector<int> inputs);

    /// NAME.weight and, where there is one, NAME.bias. Even kernels with Border::zeros are refused.
    int conv(const std::string& name, int x, Border border = Border::zeros, int stride = 1);
    int transposed_conv(const std::string& name, int x, int stride, int padding);
    /// A slope for each channel, or one: NAME.weight.
    int prelu(const std::string& name, int x);

    int leaky_relu(int x, float slope);
    /// x · sigmoid(x), "swish".
    int silu(int x);

    int sum(int a, int b) { return binary(Binary::Kind::add, a, b); }

    int product(int a, int b) { return binary(Binary::Kind::mul, a, b); }

    int binary(Binary::Kind kind, int a, int b);
    int scaled(int x, float factor, float offset = 0);
    int concat(std::vector<int> values);
    /// Pixels cut off on every side.
    int crop(int x, int sides);
    int nearest(int x, int factor);
    int pixel_shuffle(int x, int factor);

    /// The finished graph, which is moved out; throws Error{bad_network} where the weights do not fit
    /// together.
    [[nodiscard]] Graph finish(int output);

  private:
    /// A name for a node that has no weights.
    [[nodiscard]] std::string next_name(const char* kind) const;

    Weights& weights_;
    Graph graph_;
};

/// `channels` as upscaled to factor² times as many: the whole number `factor`; 0 where there is none.
[[nodiscard]] int shuffle_factor(std::int64_t shuffled_channels, std::int64_t channels);

} // namespace kizuna::architectures
