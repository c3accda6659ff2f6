#pragma once

#include "formats/onnx/literal.hpp"
#include "graph/graph.hpp"
#include "graph/network.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace kizuna::onnx_format {

/// A value between the Reshape and the Transpose, or behind that, of a pixel shuffle written with those.
struct Blocks {
    int source = 0;                  ///< the node that is reshaped
    std::vector<std::int64_t> dims;  ///< the six it is reshaped to
    std::vector<std::int64_t> order; ///< empty until it is transposed
};

/// A value that lacks some of the four dimensions until an Unsqueeze brings them back.
struct Squeezed {
    int source = 0;                 ///< the node whose value it is
    std::vector<std::int64_t> axes; ///< of those four, in ascending order
};

/// What a name in an ONNX graph stands for: the value of a node of the Graph, a constant, or one on its way
/// through other dimensions.
using Value = std::variant<int, const onnx::TensorProto*, Literal, Blocks, Squeezed>;

/// The Graph while it is being made: nodes are only added at its end.
class GraphBuilder {
  public:
    /// `fixed`: the only size of pictures that the file allows, if it allows but one. `file_bytes`: of what
    /// constants are copied from.
    GraphBuilder(int input_channels, std::optional<ModelSpec::Size> fixed, std::size_t file_bytes);

    /// Throws Error{limit_exceeded} for one more than a Graph may have.
    int add(std::string name, Operator op, std::vector<int> inputs);

    [[nodiscard]] std::int64_t channels(int node) const { return channels_[node]; }

    [[nodiscard]] const Operator& op(int node) const { return graph_.nodes[node].op; }

    [[nodiscard]] int source(int node) const { return graph_.nodes[node].inputs[0]; }

    /// The shape of a node's value where all pictures have the same size. Throws Error{limit_exceeded} when
    /// it is asked for too often.
    [[nodiscard]] std::optional<Shape> fixed_shape(int node);

    [[nodiscard]] bool has_fixed_size() const { return fixed_.has_value(); }

    /// Counts what is about to be copied from the file. Throws Error{limit_exceeded} when that becomes far
    /// more than the file has: a constant of a megabyte may be used by each of a hundred thousand operators.
    void count_copied(std::size_t bytes);

    /// The node of a constant of the file, whose uses share it; empty until it is made.
    [[nodiscard]] std::optional<int> node_of(const onnx::TensorProto* constant) const;

    void set_node_of(const onnx::TensorProto* constant, int node) { constants_[constant] = node; }

    [[nodiscard]] Graph finish(int output) &&;

  private:
    Graph graph_;
    std::vector<std::int64_t> channels_;
    std::optional<ModelSpec::Size> fixed_;
    std::unordered_map<const onnx::TensorProto*, int> constants_;
    std::size_t copies_left_;
    int shapes_asked_ = 0;
};

} // namespace kizuna::onnx_format
