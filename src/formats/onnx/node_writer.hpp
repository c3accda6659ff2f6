#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <vector>

namespace onnx {
class GraphProto;
}

namespace kizuna::onnx_format {

/// Adds every node of `graph` but its input. Values are called "input", "output", and "v1", "v2", … by node.
/// Gives the channels of each node's value. The graph must be valid. Throws Error{bad_network} for too many
/// channels.
std::vector<std::int64_t> write_nodes(const Graph& graph, onnx::GraphProto& proto);

} // namespace kizuna::onnx_format
