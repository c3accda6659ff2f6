#pragma once

#include "formats/onnx/graph_builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace onnx {
class AttributeProto;
class NodeProto;
} // namespace onnx

namespace kizuna::onnx_format {

using Values = std::unordered_map<std::string, Value>;

/// One ONNX node: its attributes and inputs, and the graph to which what it does is added.
class NodeReader {
  public:
    NodeReader(const onnx::NodeProto& node, std::int64_t opset, const Values& values, GraphBuilder& builder)
        : node_(node)
        , opset_(opset)
        , values_(values)
        , builder_(builder) {}

    [[nodiscard]] std::int64_t opset() const { return opset_; }

    [[nodiscard]] GraphBuilder& builder() const { return builder_; }

    [[nodiscard]] const std::string& type() const;

    // Attributes. Throw Error{corrupt} where one has another type.
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback) const;
    [[nodiscard]] float real(std::string_view name, float fallback) const;
    [[nodiscard]] std::string text(std::string_view name, std::string_view fallback) const;
    [[nodiscard]] std::optional<std::vector<std::int64_t>> integers(std::string_view name) const;
    [[nodiscard]] std::optional<std::vector<float>> reals(std::string_view name) const;
    [[nodiscard]] const onnx::TensorProto* tensor(std::string_view name) const;

    // Inputs by position.
    [[nodiscard]] int input_count() const;
    [[nodiscard]] bool has_input(int i) const; ///< optional ones may be left out
    [[nodiscard]] const Value& any_value(int i) const;
    [[nodiscard]] bool is_literal(int i) const;
    /// Throws unknown() where it is computed by the network.
    [[nodiscard]] Literal literal(int i) const;
    [[nodiscard]] std::vector<std::int64_t> literal_integers(int i) const;
    /// The node that gives it; one is made for a constant.
    [[nodiscard]] int value(int i) const;

    /// Adds a node named after this one's output.
    // NOLINTNEXTLINE(modernize-use-nodiscard): its effect is on the graph
    int add(Operator op, std::vector<int> inputs, std::string_view part = {}) const;

    [[nodiscard]] int output_count() const;

    /// Gives an output other than the first, which is what the reading function returns.
    void give(int output, Value value) { further_.emplace_back(output, std::move(value)); }

    [[nodiscard]] std::vector<std::pair<int, Value>>& further_outputs() { return further_; }

    /// Throws Error{unsupported}: the operator is used in a way that we don't know.
    [[noreturn]] void unknown(std::string_view how) const;

    /// `number` as an int; calls unknown() outside of what any network needs.
    [[nodiscard]] int small(std::int64_t number, std::string_view what) const;

  private:
    [[nodiscard]] const onnx::AttributeProto* find(std::string_view name, int type) const;

    const onnx::NodeProto& node_;
    std::int64_t opset_;
    const Values& values_;
    GraphBuilder& builder_;
    std::vector<std::pair<int, Value>> further_;
};

/// A list that is an attribute up to some version of the operator, and an input since then.
[[nodiscard]] std::optional<std::vector<std::int64_t>>
read_list(const NodeReader& node, std::string_view attribute, int input);

/// Where an axis stands among `rank`, which it may be counted from behind. Calls unknown() for others.
[[nodiscard]] std::size_t read_axis(const NodeReader& node, std::int64_t axis, std::int64_t rank = 4);

/// A constant as a tensor of four dimensions, filled up on the left as broadcasting does.
/// Empty where it has more, or none at all.
[[nodiscard]] std::optional<Tensor> as_tensor(const Literal& literal);

// Each adds what the node does and gives its value.
Value read_conv(NodeReader& node);
Value read_conv_transpose(NodeReader& node);
Value read_batch_normalization(NodeReader& node);
Value read_arithmetic(NodeReader& node);
Value read_sum(NodeReader& node);
Value read_extremum(NodeReader& node);
Value read_clip(NodeReader& node);
Value read_prelu(NodeReader& node);
Value read_resize(NodeReader& node);
Value read_upsample(NodeReader& node);
Value read_pad(NodeReader& node);
Value read_slice(NodeReader& node);
Value read_split(NodeReader& node);
Value read_squeeze(NodeReader& node);
Value read_unsqueeze(NodeReader& node);
Value read_gather(NodeReader& node);
Value read_depth_to_space(NodeReader& node);
Value read_space_to_depth(NodeReader& node);
Value read_reshape(NodeReader& node);
Value read_transpose(NodeReader& node);
Value read_reduce_mean(NodeReader& node);

} // namespace kizuna::onnx_format
