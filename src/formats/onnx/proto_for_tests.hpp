#pragma once

#include "base/half.hpp"
#include "formats/onnx/graph_reader.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/reference.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

// For tests: ONNX files made node by node, right or wrong, as no writer of ours would make them.
namespace kizuna::test {

/// A file whose input is "x" and whose output is "y". 0 in dimensions is a free length.
class FileMaker {
  public:
    using Dims = std::vector<std::int64_t>;

    explicit FileMaker(
        std::int64_t opset = 17, const Dims& in = {1, 1, 0, 0}, const Dims& out = {1, 0, 0, 0}) {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(opset);
        graph().set_name("test");
        describe(*graph().add_input(), "x", in);
        describe(*graph().add_output(), "y", out);
    }

    onnx::ModelProto& model() { return model_; }

    void input(const std::string& name, const Dims& dims) { describe(*graph().add_input(), name, dims); }

    onnx::NodeProto&
    node(const std::string& type, std::initializer_list<std::string> inputs, const std::string& output) {
        auto& made = *graph().add_node();
        made.set_op_type(type);
        for (const std::string& name : inputs) {
            made.add_input(name);
        }
        made.add_output(output);
        return made;
    }

    void constant(
        const std::string& name, const Dims& dims, const std::vector<float>& values,
        int type = onnx::TensorProto::FLOAT, bool raw = false) {
        auto& tensor = add_tensor(name, dims, type);
        for (const float value : values) {
            if (type == onnx::TensorProto::FLOAT) {
                raw ? append(tensor, value) : tensor.add_float_data(value);
            } else if (type == onnx::TensorProto::DOUBLE) {
                raw ? append(tensor, double{value}) : tensor.add_double_data(value);
            } else {
                const std::uint16_t half = to_half(value);
                raw ? append(tensor, half) : tensor.add_int32_data(half);
            }
        }
    }

    void integers(const std::string& name, const Dims& values) {
        auto& tensor = add_tensor(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
        for (const std::int64_t value : values) {
            tensor.add_int64_data(value);
        }
    }

    static void real(onnx::NodeProto& node, const std::string& name, float value) {
        add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
    }

    static void integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
        add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
    }

    static void text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
        add_attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
    }

    static void integers(onnx::NodeProto& node, const std::string& name, const Dims& values) {
        auto& attribute = add_attribute(node, name, onnx::AttributeProto::INTS);
        for (const std::int64_t value : values) {
            attribute.add_ints(value);
        }
    }

    [[nodiscard]] Network read() const {
        const std::string bytes = model_.SerializeAsString();
        return read_onnx(std::as_bytes(std::span(bytes)));
    }

    /// The operators, whatever they make of a picture's size.
    [[nodiscard]] Graph read_graph() const {
        onnx_format::PictureInput input{"x", 0, {}};
        const auto& shape = model_.graph().input(0).type().tensor_type().shape();
        input.channels = static_cast<int>(shape.dim(1).dim_value());
        if (shape.dim(2).has_dim_value()) {
            input.fixed = {
                static_cast<int>(shape.dim(3).dim_value()), static_cast<int>(shape.dim(2).dim_value())};
        }
        return onnx_format::read_graph(model_.graph(), input, model_.opset_import(0).version());
    }

    [[nodiscard]] Tensor run(const Tensor& input) const { return run_reference(read_graph(), input); }

  private:
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }

    static void describe(onnx::ValueInfoProto& info, const std::string& name, const Dims& dims) {
        info.set_name(name);
        auto& tensor = *info.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        auto& shape = *tensor.mutable_shape();
        for (const std::int64_t dim : dims) {
            auto& added = *shape.add_dim();
            if (dim != 0) {
                added.set_dim_value(dim);
            }
        }
    }

    onnx::TensorProto& add_tensor(const std::string& name, const Dims& dims, int type) {
        auto& tensor = *graph().add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(type);
        for (const std::int64_t dim : dims) {
            tensor.add_dims(dim);
        }
        return tensor;
    }

    template <typename T>
    static void append(onnx::TensorProto& tensor, T value) {
        tensor.mutable_raw_data()->append(
            static_cast<const char*>(static_cast<const void*>(&value)), sizeof(value));
    }

    static onnx::AttributeProto&
    add_attribute(onnx::NodeProto& node, const std::string& name, onnx::AttributeProto::AttributeType type) {
        auto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(type);
        return attribute;
    }

    onnx::ModelProto model_;
};

} // namespace kizuna::test
