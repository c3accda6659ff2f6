#include "formats/onnx/serialize.hpp"

#include "kizuna/error.hpp"

#include <limits>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace kizuna::onnx_format {

std::vector<std::byte> serialize(const onnx::ModelProto& model) {
    const std::size_t size = model.ByteSizeLong();
    if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("the network would take {} bytes as ONNX, which ends at 2 GiB", size));
    }
    std::vector<std::byte> bytes(size);
    if (!model.SerializeToArray(bytes.data(), static_cast<int>(size))) {
        throw Error(ErrorCode::internal, "the network could not be written as ONNX");
    }
    return bytes;
}

} // namespace kizuna::onnx_format
