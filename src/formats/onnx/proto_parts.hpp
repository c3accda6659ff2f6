#pragma once

#include "formats/onnx/literal.hpp"

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

// For writers: attributes and tensors of an ONNX file.
namespace kizuna::onnx_format {

// raw_data is little-endian by definition, and so is every machine that this runs on.
static_assert(std::endian::native == std::endian::little);

inline void add_ints(onnx::NodeProto& node, const std::string& name, const Ints& values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) {
        attribute.add_ints(value);
    }
}

inline void add_int(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
}

inline void add_float(onnx::NodeProto& node, const std::string& name, float value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
}

inline void add_string(onnx::NodeProto& node, const std::string& name, const std::string& value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(value);
}

template <typename T>
void fill_tensor(onnx::TensorProto& tensor, int type, const Ints& dims, std::span<const T> values) {
    tensor.set_data_type(type);
    for (const std::int64_t dim : dims) {
        tensor.add_dims(dim);
    }
    tensor.set_raw_data(values.data(), values.size_bytes());
}

} // namespace kizuna::onnx_format
