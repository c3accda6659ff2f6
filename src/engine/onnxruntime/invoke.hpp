#pragma once

#include "engine/onnxruntime/api.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>
#include <string>
#include <vector>

// A network as ONNX Runtime has opened it, and running it.
namespace kizuna::ort {

/// An input or output of the network.
struct Port {
    std::string name;
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    std::vector<std::int64_t> dimensions; ///< -1 where free
};

/// Throws Error{bad_network} where the network has no such input or output, or it is no tensor.
[[nodiscard]] Port input_port(const Ort::Session& session, std::size_t index);
[[nodiscard]] Port output_port(const Ort::Session& session, std::size_t index);

/// Runs it. Outputs that are null are given memory by ONNX Runtime; the others have theirs filled. Throws
/// Error{cancelled}, {out_of_memory}, {engine_failed}.
void invoke(
    Ort::Session& session, const std::vector<Port>& inputs, const std::vector<Ort::Value>& given,
    const std::vector<Port>& outputs, std::vector<Ort::Value>& results, const CancelToken& cancel);

} // namespace kizuna::ort
