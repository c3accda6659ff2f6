#pragma once

#include "graph/network.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace kizuna {

/// Reads an ONNX file: the ModelSpec from its inputs and outputs, and the Graph where we know every operator
/// (else `graph_problem` says which we don't, and the network still runs on ONNX Runtime). Float32 or float16
/// tensors, any names, fixed or free sizes. `Network::onnx` is the bytes untouched. Throws Error{corrupt} for
/// what is not ONNX, {unsupported} for a network with several inputs or no picture in or out.
[[nodiscard]] Network read_onnx(std::span<const std::byte> bytes);

/// The graph as an ONNX file (opset 17, float32, free batch, height and width). The input is called "input",
/// the output "output". Throws Error{bad_network} where the graph is not valid.
[[nodiscard]] std::vector<std::byte> write_onnx(const Graph& graph);

} // namespace kizuna
