#pragma once

#include "graph/graph.hpp"
#include "graph/network.hpp"
#include "graph/onnx_form.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace kizuna {

/// Reads an ONNX file: the ModelSpec from its inputs and outputs, and the Graph where we know every operator
/// (else `graph_problem` says which we don't, and the network still runs on ONNX Runtime). Float32 or float16
/// tensors, any names, fixed or free sizes. `Network::onnx` is the bytes untouched, or with the data that is
/// in files in `folder`, put into them. Throws Error{corrupt} for what is not ONNX, {unsupported} for a
/// network with several inputs or no picture in or out, or with data elsewhere; {not_found}, {io},
/// {limit_exceeded}.
[[nodiscard]] Network read_onnx(std::span<const std::byte> bytes, const std::filesystem::path& folder = {});

/// The graph as an ONNX file (opset 17, free batch, height and width). The input is called "input", the
/// output "output". Given nodes are further inputs, in their order, float32. Throws Error{bad_network} where
/// the graph is not valid, {unsupported} for weights that float16 has no room for, {limit_exceeded} above
/// 2 GiB.
[[nodiscard]] std::vector<std::byte> write_onnx(const Graph& graph, const OnnxForm& form = {});

/// An ending that no Graph can say: pixels are read from features at places that the network computes. The
/// graph's result is the features and, behind them, 2 · groups · scale² channels: for each group of features
/// and each of the pixels that one becomes, in the order of a pixel shuffle, how far from the one's middle to
/// read, first to the right for all, then down for all.
struct SampledEnding {
    int scale = 1;
    int groups = 1;
    std::int64_t features = 0;
    Tensor weight; ///< of a 1×1 convolution of what was read; without numbers where there is none
    std::vector<float> bias;
};

/// As write_onnx in float32, with this ending. Throws Error{bad_network} where the two do not fit together.
[[nodiscard]] std::vector<std::byte> write_onnx(const Graph& graph, const SampledEnding& ending);

} // namespace kizuna
