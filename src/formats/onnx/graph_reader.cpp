#include "formats/onnx/graph_reader.hpp"

#include "formats/architectures/weights.hpp"
#include "formats/onnx/node_reader.hpp"
#include "graph/limits.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace kizuna::onnx_format {

namespace {

// Operators that need no more than a line.

Value read_relu(NodeReader& node) {
    return node.add(PRelu{{0}}, {node.value(0)});
}

Value read_leaky_relu(NodeReader& node) {
    constexpr float default_slope = 0.01F;
    return node.add(PRelu{{node.real("alpha", default_slope)}}, {node.value(0)});
}

Value read_sigmoid(NodeReader& node) {
    return node.add(Sigmoid{}, {node.value(0)});
}

Value read_tanh(NodeReader& node) {
    return node.add(Tanh{}, {node.value(0)});
}

Value read_sqrt(NodeReader& node) {
    return node.add(Sqrt{}, {node.value(0)});
}

Value read_global_average_pool(NodeReader& node) {
    return node.add(GlobalAveragePool{}, {node.value(0)});
}

Value read_neg(NodeReader& node) {
    return node.add(Affine{{-1}, {0}}, {node.value(0)});
}

/// clip(alpha · x + beta, 0, 1)
int add_hard_sigmoid(const NodeReader& node, float alpha, float beta, std::string_view part) {
    const int line = node.add(Affine{{alpha}, {beta}}, {node.value(0)}, "line");
    return node.add(Clip{0, 1}, {line}, part);
}

Value read_hard_sigmoid(NodeReader& node) {
    constexpr float alpha = 0.2F;
    constexpr float beta = 0.5F;
    return add_hard_sigmoid(node, node.real("alpha", alpha), node.real("beta", beta), "");
}

Value read_hard_swish(NodeReader& node) {
    const int gate = add_hard_sigmoid(node, 1.0F / 6, 0.5F, "gate");
    return node.add(Binary{Binary::Kind::mul}, {node.value(0), gate});
}

/// x · sigmoid(alpha · x)
Value read_swish(NodeReader& node) {
    const int line = node.add(Affine{{node.real("alpha", 1)}, {0}}, {node.value(0)}, "line");
    const int gate = node.add(Sigmoid{}, {line}, "gate");
    return node.add(Binary{Binary::Kind::mul}, {node.value(0), gate});
}

Value read_identity(NodeReader& node) {
    return node.any_value(0);
}

Value read_cast(NodeReader& node) {
    const std::int64_t to = node.integer("to", onnx::TensorProto::FLOAT);
    const bool to_float = to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::FLOAT16 ||
                          to == onnx::TensorProto::DOUBLE || to == onnx::TensorProto::BFLOAT16;
    const bool keeps_integers =
        node.is_literal(0) && node.literal(0).is_integer && to == onnx::TensorProto::INT64;
    if (!to_float && !keeps_integers) {
        node.unknown("it makes whole numbers of a picture");
    }
    return node.any_value(0);
}

Value read_concat(NodeReader& node) {
    if (const std::int64_t axis = node.integer("axis", 1); axis != 1 && axis != -3) {
        node.unknown("only channels can be joined");
    }
    if (std::cmp_greater(node.input_count(), max_node_inputs)) {
        node.unknown(fmt::format("it joins {} values, not up to {}", node.input_count(), max_node_inputs));
    }
    std::vector<int> inputs;
    inputs.reserve(static_cast<std::size_t>(node.input_count()));
    for (int i = 0; i < node.input_count(); ++i) {
        inputs.push_back(node.value(i));
    }
    return inputs.size() == 1 ? inputs[0] : node.add(Concat{}, std::move(inputs));
}

Value read_constant(NodeReader& node) {
    if (const auto* tensor = node.tensor("value")) {
        return tensor;
    }
    Literal literal;
    if (auto floats = node.reals("value_floats")) {
        literal.floats = std::move(*floats);
        literal.dims = {static_cast<std::int64_t>(literal.floats.size())};
        return literal;
    }
    literal.is_integer = true;
    if (auto integers = node.integers("value_ints")) {
        literal.ints = std::move(*integers);
        literal.dims = {static_cast<std::int64_t>(literal.ints.size())};
        return literal;
    }
    constexpr std::int64_t absent = std::numeric_limits<std::int64_t>::min();
    if (const std::int64_t integer = node.integer("value_int", absent); integer != absent) {
        literal.ints = {integer};
        return literal;
    }
    literal.is_integer = false;
    literal.floats = {node.real("value_float", std::numeric_limits<float>::quiet_NaN())};
    if (std::isnan(literal.floats[0])) {
        node.unknown("its kind of value");
    }
    return literal;
}

struct OperatorReader {
    std::string_view type;
    Value (*read)(NodeReader&);
};

constexpr std::array readers{
    OperatorReader{"Add", read_arithmetic},
    OperatorReader{"BatchNormalization", read_batch_normalization},
    OperatorReader{"Cast", read_cast},
    OperatorReader{"Clip", read_clip},
    OperatorReader{"Concat", read_concat},
    OperatorReader{"Constant", read_constant},
    OperatorReader{"Conv", read_conv},
    OperatorReader{"ConvTranspose", read_conv_transpose},
    OperatorReader{"DepthToSpace", read_depth_to_space},
    OperatorReader{"Div", read_arithmetic},
    OperatorReader{"Dropout", read_identity},
    OperatorReader{"Gather", read_gather},
    OperatorReader{"GlobalAveragePool", read_global_average_pool},
    OperatorReader{"HardSigmoid", read_hard_sigmoid},
    OperatorReader{"HardSwish", read_hard_swish},
    OperatorReader{"Identity", read_identity},
    OperatorReader{"LeakyRelu", read_leaky_relu},
    OperatorReader{"Max", read_extremum},
    OperatorReader{"Min", read_extremum},
    OperatorReader{"Mul", read_arithmetic},
    OperatorReader{"Neg", read_neg},
    OperatorReader{"PRelu", read_prelu},
    OperatorReader{"Pad", read_pad},
    OperatorReader{"ReduceMean", read_reduce_mean},
    OperatorReader{"Relu", read_relu},
    OperatorReader{"Reshape", read_reshape},
    OperatorReader{"Resize", read_resize},
    OperatorReader{"Sigmoid", read_sigmoid},
    OperatorReader{"Slice", read_slice},
    OperatorReader{"SpaceToDepth", read_space_to_depth},
    OperatorReader{"Split", read_split},
    OperatorReader{"Sqrt", read_sqrt},
    OperatorReader{"Squeeze", read_squeeze},
    OperatorReader{"Sub", read_arithmetic},
    OperatorReader{"Sum", read_sum},
    OperatorReader{"Swish", read_swish},
    OperatorReader{"Tanh", read_tanh},
    OperatorReader{"Transpose", read_transpose},
    OperatorReader{"Unsqueeze", read_unsqueeze},
    OperatorReader{"Upsample", read_upsample},
};

bool is_standard_domain(const std::string& domain) {
    return domain.empty() || domain == "ai.onnx";
}

const OperatorReader& find_reader(const onnx::NodeProto& proto) {
    const auto* reader = std::find_if(
        readers.begin(), readers.end(), [&](const OperatorReader& r) { return r.type == proto.op_type(); });
    if (reader == readers.end() || !is_standard_domain(proto.domain())) {
        const std::string domain = is_standard_domain(proto.domain()) ? "" : proto.domain() + "::";
        throw Error(
            ErrorCode::unsupported, fmt::format(
                                        "the operator {} is not one that the native engines know",
                                        printable_name(domain + proto.op_type())));
    }
    return *reader;
}

/// Where the file does not say how many channels the picture has, the first convolution over it does.
int guess_channels(const onnx::GraphProto& proto, const PictureInput& input) {
    constexpr int rgb = 3;
    if (input.channels != 0) {
        return input.channels;
    }
    std::unordered_map<std::string_view, const onnx::TensorProto*> kernels;
    for (const onnx::TensorProto& tensor : proto.initializer()) {
        if (tensor.dims_size() == 4) {
            kernels.emplace(tensor.name(), &tensor);
        }
    }
    for (const onnx::NodeProto& node : proto.node()) {
        if (node.op_type() != "Conv" || node.input_size() < 2 || node.input(0) != input.name) {
            continue;
        }
        if (const auto kernel = kernels.find(node.input(1)); kernel != kernels.end()) {
            return kernel->second->dims(1) == 1 ? 1 : rgb;
        }
    }
    return rgb;
}

/// The names that a graph gives, each once.
class Names {
  public:
    void define(const std::string& name) {
        if (!name.empty() && !names_.insert(name).second) {
            throw Error(
                ErrorCode::corrupt,
                fmt::format("the ONNX graph gives the value \"{}\" twice", printable_name(name)));
        }
    }

    /// `user`: the operator that uses it; nullptr is the graph's output.
    void require(const std::string& name, const onnx::NodeProto* user) const {
        if (name.empty() || names_.contains(name)) {
            return;
        }
        const std::string who = user == nullptr ? "output"
                                                : fmt::format(
                                                      "operator {} (\"{}\")", printable_name(user->op_type()),
                                                      printable_name(user->name()));
        throw Error(
            ErrorCode::corrupt,
            fmt::format(
                "the ONNX graph's {} uses \"{}\", which nothing before it gives", who, printable_name(name)));
    }

  private:
    std::unordered_set<std::string> names_;
};

} // namespace

void check_structure(const onnx::GraphProto& proto) {
    if (std::cmp_greater(proto.node_size(), max_nodes)) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format(
                                           "the ONNX graph has {} operators; {} is the most that is read",
                                           proto.node_size(), max_nodes));
    }
    Names names;
    for (const auto& tensor : proto.initializer()) {
        check_tensor(tensor);
        names.define(tensor.name());
    }
    for (const auto& tensor : proto.sparse_initializer()) {
        names.define(tensor.values().name());
    }
    std::unordered_set<std::string> initialised;
    for (const auto& tensor : proto.initializer()) {
        initialised.insert(tensor.name());
    }
    for (const auto& input : proto.input()) {
        if (!initialised.contains(input.name())) { // older files list constants as inputs too
            names.define(input.name());
        }
    }
    for (const auto& node : proto.node()) {
        for (const std::string& input : node.input()) {
            names.require(input, &node);
        }
        for (const std::string& output : node.output()) {
            names.define(output);
        }
    }
    for (const auto& output : proto.output()) {
        names.require(output.name(), nullptr);
    }
}

Graph read_graph(const onnx::GraphProto& proto, const PictureInput& input, std::int64_t opset) {
    GraphBuilder builder(guess_channels(proto, input), input.fixed, proto.ByteSizeLong());
    Values values;
    for (const auto& tensor : proto.initializer()) {
        values.emplace(tensor.name(), &tensor);
    }
    values.emplace(input.name, 0);
    for (const auto& proto_node : proto.node()) {
        NodeReader node(proto_node, opset, values, builder);
        Value value = find_reader(proto_node).read(node);
        if (const auto* literal = std::get_if<Literal>(&value)) { // a constant, or a copy of one
            builder.count_copied(literal->bytes());
        }
        if (proto_node.output_size() > 0) {
            values.insert_or_assign(proto_node.output(0), std::move(value));
        }
        for (auto& [output, given] : node.further_outputs()) {
            values.insert_or_assign(proto_node.output(output), std::move(given));
        }
    }
    const auto output = values.find(proto.output(0).name());
    if (output == values.end() || !std::holds_alternative<int>(output->second)) {
        throw Error(ErrorCode::unsupported, "the ONNX graph's output is not computed from a picture");
    }
    return std::move(builder).finish(std::get<int>(output->second));
}

} // namespace kizuna::onnx_format
