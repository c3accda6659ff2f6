#pragma once

#include "formats/onnx/onnx.hpp"

namespace onnx {
class GraphProto;
}

namespace kizuna::onnx_format {

/// Makes the ending's result of the value "output", which is called "features" from then on.
void write_sampling(const SampledEnding& ending, onnx::GraphProto& proto);

} // namespace kizuna::onnx_format
