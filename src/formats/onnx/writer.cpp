#include "formats/onnx/node_writer.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/onnx/serialize.hpp"

#include <string>

#include <onnx/onnx_pb.h>

namespace kizuna {

namespace {

constexpr int ir_version = 8;
constexpr int opset_version = 17;

/// Names of the free lengths: a runtime may rely on equal names being equal lengths.
void describe_value(
    onnx::ValueInfoProto& info, const std::string& name, std::int64_t channels, const std::string& height,
    const std::string& width) {
    info.set_name(name);
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    auto& shape = *tensor.mutable_shape();
    shape.add_dim()->set_dim_param("batch");
    shape.add_dim()->set_dim_value(channels);
    shape.add_dim()->set_dim_param(height);
    shape.add_dim()->set_dim_param(width);
}

void describe_given(onnx::ValueInfoProto& info, int node, std::int64_t channels) {
    describe_value(info, onnx_format::given_name(node), channels, "", "");
    auto& shape = *info.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (const int side : {2, 3}) {
        shape.mutable_dim(side)->set_dim_value(1);
    }
}

onnx::ModelProto make_model(const Graph& graph, OnnxPrecision precision) {
    onnx::ModelProto model;
    model.set_ir_version(ir_version);
    model.set_producer_name("kizuna");
    auto& opset = *model.add_opset_import();
    opset.set_domain("");
    opset.set_version(opset_version);
    auto& proto = *model.mutable_graph();
    proto.set_name("network");
    const std::vector<std::int64_t> channels = onnx_format::write_nodes(graph, precision, proto);
    describe_value(*proto.add_input(), "input", channels[0], "height", "width");
    for (const int node : given_nodes(graph)) {
        describe_given(*proto.add_input(), node, channels[node]);
    }
    describe_value(*proto.add_output(), "output", channels[graph.output], "output_height", "output_width");
    return model;
}

} // namespace

std::vector<std::byte> write_onnx(const Graph& graph, OnnxPrecision precision) {
    validate(graph);
    return onnx_format::serialize(make_model(graph, precision));
}

} // namespace kizuna
