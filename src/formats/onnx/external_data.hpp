#pragma once

#include <filesystem>

namespace onnx {
class ModelProto;
}

namespace kizuna::onnx_format {

/// Puts the data of tensors that is in files beside the network into the network itself. True where there was
/// any. Files must lie in `folder`, links followed; an empty `folder` is none: the network came without a
/// place. Throws Error{unsupported} for files elsewhere, {not_found}, {io}, {corrupt} where a file does not
/// hold what it should, {limit_exceeded} where all of it is more than a network may have. Nothing is
/// allocated before it is certain to be there.
bool embed_external_data(onnx::ModelProto& model, const std::filesystem::path& folder);

} // namespace kizuna::onnx_format
