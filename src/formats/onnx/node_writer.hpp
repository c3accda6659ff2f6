#pragma once

#include "formats/onnx/onnx.hpp"
#include "graph/graph.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace onnx {
class GraphProto;
}

namespace kizuna::onnx_format {

/// Adds every node of `graph`, and the conversions between types of numbers. Values but "input", "output" and
/// "mean" are called "v1", "v2", … by node. Gives the channels of each node's value. The
/// graph must be valid. Throws Error{bad_network} for too many channels, {unsupported} for numbers beyond
/// float16.
std::vector<std::int64_t> write_nodes(const Graph& graph, const OnnxForm& form, onnx::GraphProto& proto);

/// The file's input for this Given node.
std::string given_name(int node);

} // namespace kizuna::onnx_format
