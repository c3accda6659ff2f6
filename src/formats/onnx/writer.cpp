#include "formats/onnx/node_writer.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/onnx/sampling_writer.hpp"
#include "formats/onnx/serialize.hpp"
#include "graph/channels.hpp"

#include "kizuna/error.hpp"

#include <string>
#include <utility>

#include <onnx/onnx_pb.h>

namespace kizuna {

namespace {

constexpr int ir_version = 8;
constexpr int opset_version = 17;

/// Names of the free lengths: a runtime may rely on equal names being equal lengths.
struct Sizes {
    std::int64_t channels;
    std::string height;
    std::string width;
};

onnx::TensorShapeProto& describe(onnx::ValueInfoProto& info, const std::string& name, int type) {
    info.set_name(name);
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape()->add_dim()->set_dim_param("batch");
    return *tensor.mutable_shape();
}

void describe_planes(onnx::ValueInfoProto& info, const std::string& name, const Sizes& sizes) {
    auto& shape = describe(info, name, onnx::TensorProto::FLOAT);
    shape.add_dim()->set_dim_value(sizes.channels);
    shape.add_dim()->set_dim_param(sizes.height);
    shape.add_dim()->set_dim_param(sizes.width);
}

void describe_bytes(onnx::ValueInfoProto& info, const std::string& name, const Sizes& sizes) {
    auto& shape = describe(info, name, onnx::TensorProto::UINT8);
    shape.add_dim()->set_dim_param(sizes.height);
    shape.add_dim()->set_dim_param(sizes.width);
    shape.add_dim()->set_dim_value(sizes.channels);
}

void describe_mean(onnx::ValueInfoProto& info) {
    auto& shape = describe(info, "mean", onnx::TensorProto::FLOAT);
    for (int i = 0; i < 3; ++i) {
        shape.add_dim()->set_dim_value(1);
    }
}

void describe_given(onnx::ValueInfoProto& info, int node, const Given& given) {
    const std::string name = onnx_format::given_name(node);
    describe_planes(info, name, {given.channels, name + "_height", name + "_width"});
    if (given.growth.positions > 0) {
        return;
    }
    auto& shape = *info.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (const int side : {2, 3}) {
        shape.mutable_dim(side)->set_dim_value(1);
    }
}

onnx::ModelProto make_model(const Graph& graph, const OnnxForm& form) {
    onnx::ModelProto model;
    model.set_ir_version(ir_version);
    model.set_producer_name("kizuna");
    auto& opset = *model.add_opset_import();
    opset.set_domain("");
    opset.set_version(opset_version);
    auto& proto = *model.mutable_graph();
    proto.set_name("network");
    const std::vector<std::int64_t> channels = onnx_format::write_nodes(graph, form, proto);
    const bool bytes = form.picture == OnnxPicture::bytes;
    const auto describe_picture = bytes ? describe_bytes : describe_planes;
    describe_picture(*proto.add_input(), "input", {channels[0], "height", "width"});
    for (const int node : given_nodes(graph)) {
        describe_given(*proto.add_input(), node, std::get<Given>(graph.nodes[node].op));
    }
    describe_picture(
        *proto.add_output(), "output", {channels[graph.output], "output_height", "output_width"});
    if (bytes) {
        describe_mean(*proto.add_output());
    }
    return model;
}

void check_ending(const SampledEnding& ending, std::int64_t channels) {
    const std::int64_t offsets = std::int64_t{2} * ending.groups * ending.scale * ending.scale;
    const Shape& shape = ending.weight.shape;
    const bool weight_fits = ending.weight.data.empty()
                                 ? ending.bias.empty()
                                 : shape == Shape{shape.n, ending.features, 1, 1} &&
                                       ending.weight.data.size() == element_count(shape) &&
                                       (ending.bias.empty() || std::cmp_equal(ending.bias.size(), shape.n));
    if (ending.groups < 1 || ending.features % ending.groups != 0 || channels != ending.features + offsets ||
        !weight_fits) {
        throw Error(ErrorCode::bad_network, "what it computes does not fit the pixels that it reads");
    }
}

} // namespace

std::vector<std::byte> write_onnx(const Graph& graph, const SampledEnding& ending) {
    validate(graph);
    check_ending(ending, channel_counts(graph)[static_cast<std::size_t>(graph.output)]);
    onnx::ModelProto model = make_model(graph, {});
    onnx_format::write_sampling(ending, *model.mutable_graph());
    auto& output = *model.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type();
    const std::int64_t channels = ending.weight.data.empty() ? ending.features : ending.weight.shape.n;
    output.mutable_shape()->mutable_dim(1)->set_dim_value(channels);
    return onnx_format::serialize(model);
}

std::vector<std::byte> write_onnx(const Graph& graph, const OnnxForm& form) {
    validate(graph);
    return onnx_format::serialize(make_model(graph, form));
}

} // namespace kizuna
