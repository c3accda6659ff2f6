#pragma once

#include "graph/graph.hpp"
#include "graph/network.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace onnx {
class GraphProto;
}

namespace kizuna::onnx_format {

/// What the file says of the one picture that goes in.
struct PictureInput {
    std::string name;
    int channels = 0; ///< 0 = not said
    std::optional<ModelSpec::Size> fixed;
};

/// Throws Error{corrupt} where names are defined twice or used before they are defined (ONNX wants its nodes
/// sorted), or a tensor's data does not fit it; {unsupported} where its data is in another file;
/// {limit_exceeded}.
void check_structure(const onnx::GraphProto& proto);

/// The operators of a graph that check_structure has accepted, from `input` to its first output.
/// Throws Error{unsupported} or {bad_network} with a sentence that says what keeps it from becoming a Graph.
[[nodiscard]] Graph read_graph(const onnx::GraphProto& proto, const PictureInput& input, std::int64_t opset);

} // namespace kizuna::onnx_format
