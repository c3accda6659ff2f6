#pragma once

#include <cstddef>
#include <vector>

namespace onnx {
class ModelProto;
}

namespace kizuna::onnx_format {

/// The file's bytes. Throws Error{limit_exceeded} above 2 GiB.
[[nodiscard]] std::vector<std::byte> serialize(const onnx::ModelProto& model);

} // namespace kizuna::onnx_format
