#pragma once

#include "formats/ncnn/param.hpp"
#include "graph/graph.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace kizuna::ncnn {

/// The Graph while it is being made: nodes are only added at its end.
class Builder {
  public:
    Builder();

    /// Adds a node named after the layer (and `part`, where a layer becomes several) and gives its index.
    int add(const Layer& layer, Operator op, std::vector<int> inputs, std::string_view part = {});

    /// ncnn's files seldom say how many channels the picture has: the first layer that must know tells.
    void settle_channels(int node, int channels);

    /// How many channels the value has. Throws Error{unsupported} where that depends on the picture's, which
    /// are not known.
    [[nodiscard]] std::int64_t channels(const Layer& layer, int node);

    /// True where the value has one pixel for each channel, whatever the picture's size.
    [[nodiscard]] bool is_pooled(int node) const;

    /// What is left of `node` at bottom and right when a window as large as `reference` is taken out of it at
    /// `top`, `left`. Throws Error{unsupported} where that depends on the picture's size.
    [[nodiscard]] Sides window(const Layer& layer, int node, int reference, int top, int left);

    /// The finished graph.
    [[nodiscard]] Graph finish(int output) &&;

  private:
    [[nodiscard]] int multiple_of_input(const Operator& op, const std::vector<int>& inputs) const;
    [[nodiscard]] bool keeps_pooled(const Operator& op, const std::vector<int>& inputs) const;

    Graph graph_;
    std::vector<bool> pooled_;
    /// For each node how many channels it has for each one of the picture's; 0 = not known.
    std::vector<int> multiples_;
    bool channels_settled_ = false;
    int windows_ = 0;
    int channels_asked_ = 0;
};

} // namespace kizuna::ncnn
