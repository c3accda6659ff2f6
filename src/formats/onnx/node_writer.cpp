#include "formats/onnx/node_writer.hpp"

#include "base/half.hpp"
#include "formats/onnx/proto_parts.hpp"
#include "graph/channels.hpp"
#include "graph/half_precision.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace kizuna::onnx_format {

namespace {

constexpr std::int64_t open_end = std::numeric_limits<std::int64_t>::max();

constexpr float greatest_half = 65504;

/// As float16. Throws Error{unsupported} for numbers that it has no room for: as infinities they would make
/// NaN of a picture.
std::vector<std::uint16_t> as_halves(std::span<const float> values, const std::string& name) {
    std::vector<std::uint16_t> halves;
    halves.reserve(values.size());
    for (const float value : values) {
        halves.push_back(to_half(value));
        if (std::isfinite(value) && std::abs(from_half(halves.back())) > greatest_half) {
            throw Error(
                ErrorCode::unsupported,
                fmt::format(
                    "\"{}\" of the network has the number {}, and float16 ends at {}; write it in float32",
                    name, value, greatest_half));
        }
    }
    return halves;
}

Ints dims_of(const Shape& shape) {
    return {shape.n, shape.c, shape.h, shape.w};
}

std::int64_t length(const std::vector<float>& values) {
    return static_cast<std::int64_t>(values.size());
}

/// Writes the ONNX nodes of one node of the graph. One overload for each operator.
class NodeWriter {
  public:
    NodeWriter(
        const Graph& graph, std::span<const std::int64_t> channels, const OnnxForm& form,
        onnx::GraphProto& proto)
        : graph_(graph)
        , channels_(channels)
        , form_(form)
        , is_single_(
              form.precision == OnnxPrecision::float16 ? stays_float32(graph)
                                                       : std::vector<bool>(graph.nodes.size(), true))
        , proto_(proto) {}

    void write_all() {
        if (form_.picture == OnnxPicture::bytes) {
            write_beginning();
        }
        for (index_ = 0; std::cmp_less(index_, graph_.nodes.size()); ++index_) {
            std::visit([this](const auto& op) { (*this)(op); }, node().op);
        }
        index_ = graph_.output;
        if (form_.picture == OnnxPicture::bytes) {
            write_ending();
        } else if (const std::string result = result_in_float32(); result != "output") {
            add_named("Identity", {result}, "output");
        }
    }

    void operator()(const Input&) {}

    void operator()(const Given&) { add("Identity", {given_name(index_)}); }

    void operator()(const Constant& op) { add_constant(op, output(), is_single()); }

    void operator()(const Conv2d& op) {
        auto& made = add("Conv", with_weights(op.weight, op.bias));
        add_geometry(made, op.weight, op.stride, op.dilation, op.padding, op.groups);
    }

    void operator()(const ConvTranspose2d& op) {
        auto& made = add("ConvTranspose", with_weights(op.weight, op.bias));
        add_geometry(made, op.weight, op.stride, op.dilation, op.padding, op.groups);
        add_ints(made, "output_padding", {op.output_padding[0], op.output_padding[1]});
    }

    void operator()(const PRelu& op) {
        if (op.slope.size() > 1) {
            add("PRelu", {input(0), floats("slope", {length(op.slope), 1, 1}, op.slope)});
        } else if (op.slope[0] == 0) {
            add("Relu", {input(0)});
        } else {
            add_float(add("LeakyRelu", {input(0)}), "alpha", op.slope[0]);
        }
    }

    void operator()(const Sigmoid&) { add("Sigmoid", {input(0)}); }

    void operator()(const Tanh&) { add("Tanh", {input(0)}); }

    void operator()(const Sqrt&) { add("Sqrt", {input(0)}); }

    void operator()(const Clip& op) {
        const float most = is_single() ? std::numeric_limits<float>::max() : greatest_half;
        const auto bound = [most](float value) { return std::clamp(value, -most, most); };
        add("Clip", {input(0), floats("low", {}, {bound(op.low)}), floats("high", {}, {bound(op.high)})});
    }

    void operator()(const Affine& op) {
        const auto is_all = [](const std::vector<float>& values, float value) {
            return std::all_of(values.begin(), values.end(), [value](float v) { return v == value; });
        };
        const bool scales = !is_all(op.scale, 1);
        const bool moves = !is_all(op.offset, 0);
        if (!scales && !moves) {
            add("Identity", {input(0)});
            return;
        }
        std::string value = input(0);
        if (scales) {
            const std::string name = moves ? own_name("scaled") : output();
            add_named("Mul", {value, per_channel("scale", op.scale)}, name);
            value = name;
        }
        if (moves) {
            add("Add", {value, per_channel("offset", op.offset)});
        }
    }

    void operator()(const Binary& op) {
        constexpr std::array names{"Add", "Sub", "Mul", "Div", "Max", "Min"};
        add(names[static_cast<std::size_t>(op.kind)], {input(0), input(1)});
    }

    void operator()(const Concat&) {
        std::vector<std::string> inputs;
        for (std::size_t i = 0; i < node().inputs.size(); ++i) {
            inputs.push_back(input(i));
        }
        add_int(add("Concat", inputs), "axis", 1);
    }

    void operator()(const SliceChannels& op) { add_slice({op.begin}, {op.end}, {1}); }

    void operator()(const Crop& op) {
        const auto end = [](int cut) { return cut == 0 ? open_end : -std::int64_t{cut}; };
        add_slice({op.sides.top, op.sides.left}, {end(op.sides.bottom), end(op.sides.right)}, {2, 3});
    }

    void operator()(const Pad& op) {
        constexpr std::array modes{"constant", "edge", "reflect"};
        const Sides& s = op.sides;
        auto& made = add("Pad", {input(0), ints("pads", {0, 0, s.top, s.left, 0, 0, s.bottom, s.right})});
        if (op.mode == Pad::Mode::constant) {
            made.add_input(floats("value", {}, {op.value}));
        }
        add_string(made, "mode", modes[static_cast<std::size_t>(op.mode)]);
    }

    void operator()(const PixelShuffle& op) {
        auto& made = add("DepthToSpace", {input(0)});
        add_int(made, "blocksize", op.factor);
        add_string(made, "mode", op.order == PixelShuffle::Order::crd ? "CRD" : "DCR");
    }

    /// SpaceToDepth is the inverse of DCR; for CRD its channels are put in order after it.
    void operator()(const PixelUnshuffle& op) {
        const bool reorder = op.order == PixelShuffle::Order::crd && op.factor > 1;
        const std::string name = reorder ? own_name("blocks") : output();
        add_int(add_named("SpaceToDepth", {input(0)}, name), "blocksize", op.factor);
        if (!reorder) {
            return;
        }
        const std::int64_t channels = channels_[node().inputs[0]];
        const std::int64_t squares = std::int64_t{op.factor} * op.factor;
        Ints order;
        for (std::int64_t c = 0; c < channels; ++c) {
            for (std::int64_t square = 0; square < squares; ++square) {
                order.push_back(square * channels + c);
            }
        }
        add_int(add("Gather", {name, ints("order", order)}), "axis", 1);
    }

    void operator()(const Resize& op) {
        constexpr std::array modes{"nearest", "linear", "cubic"};
        constexpr std::array coordinates{"half_pixel", "asymmetric", "align_corners"};
        constexpr std::array roundings{"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"};
        const std::vector<float> scales{1, 1, static_cast<float>(op.scale_h), static_cast<float>(op.scale_w)};
        auto& made = add("Resize", {input(0), "", factors("scales", scales)});
        add_string(made, "mode", modes[static_cast<std::size_t>(op.mode)]);
        add_string(
            made, "coordinate_transformation_mode", coordinates[static_cast<std::size_t>(op.coordinates)]);
        if (op.mode == Resize::Mode::nearest) {
            add_string(made, "nearest_mode", roundings[static_cast<std::size_t>(op.rounding)]);
        }
        if (op.mode == Resize::Mode::bicubic) {
            add_float(made, "cubic_coeff_a", op.cubic_a);
        }
    }

    void operator()(const GlobalAveragePool&) { add("GlobalAveragePool", {input(0)}); }

  private:
    [[nodiscard]] const Node& node() const { return graph_.nodes[index_]; }

    [[nodiscard]] bool is_single(int index) const { return is_single_[static_cast<std::size_t>(index)]; }

    [[nodiscard]] bool is_single() const { return is_single(index_); }

    /// "input" and "output" are of the type that the picture has outside.
    [[nodiscard]] std::string name_of(int index) const {
        if (form_.picture == OnnxPicture::planes) {
            if (index == 0) {
                return "input";
            }
            if (index == graph_.output && is_single(index)) {
                return "output";
            }
        }
        return fmt::format("v{}", index);
    }

    /// In the type that the node computes with.
    [[nodiscard]] std::string input(std::size_t i) { return converted(node().inputs[i], is_single()); }

    std::string converted(int index, bool to_single) {
        if (is_single(index) == to_single) {
            return name_of(index);
        }
        std::string name = fmt::format("v{}.{}", index, to_single ? "single" : "half");
        if (converted_.insert(name).second) {
            const Operator& op = graph_.nodes[static_cast<std::size_t>(index)].op;
            if (const auto* constant = std::get_if<Constant>(&op)) {
                add_constant(*constant, name, to_single); // unrounded
            } else {
                add_cast(name_of(index), name, type_of(to_single));
            }
        }
        return name;
    }

    static int type_of(bool single) { return single ? onnx::TensorProto::FLOAT : onnx::TensorProto::FLOAT16; }

    void add_cast(const std::string& from, const std::string& to, int type) {
        add_int(add_named("Cast", {from}, to), "to", type);
    }

    void add_constant(const Constant& op, const std::string& name, bool single) {
        auto& made = add_named("Constant", {}, name);
        auto& attribute = *made.add_attribute();
        attribute.set_name("value");
        attribute.set_type(onnx::AttributeProto::TENSOR);
        fill_floats(*attribute.mutable_t(), dims_of(op.value.shape), op.value.data, single);
    }

    std::string result_in_float32() { return converted(index_, true); }

    /// From rows of interleaved bytes to planes of 0 to 1. Converting comes before transposing: not every
    /// device can do more with bytes than that.
    void write_beginning() {
        add_cast("input", "input.levels", onnx::TensorProto::FLOAT);
        add_ints(add_named("Transpose", {"input.levels"}, "input.planes"), "perm", {0, 3, 1, 2});
        add_named("Div", {"input.planes", number("input.most", most_level)}, name_of(0));
    }

    /// And back: clipped, and rounded half up. A mean over all that is computed is not a number, or infinite,
    /// where one of the numbers is.
    void write_ending() {
        const std::string result = result_in_float32();
        auto& mean = add_named("ReduceMean", {result}, "mean");
        add_ints(mean, "axes", {1, 2, 3});
        add_named("Clip", {result, number("output.low", 0), number("output.high", 1)}, "output.clipped");
        add_named("Mul", {"output.clipped", number("output.most", most_level)}, "output.levels");
        add_named("Add", {"output.levels", number("output.half", 0.5F)}, "output.raised");
        add_ints(add_named("Transpose", {"output.raised"}, "output.rows"), "perm", {0, 2, 3, 1});
        add_cast("output.rows", "output", onnx::TensorProto::UINT8); // cuts off what is behind the point
    }

    static constexpr float most_level = 255;

    std::string number(const std::string& name, float value) {
        auto& tensor = *proto_.add_initializer();
        tensor.set_name(name);
        fill_tensor<float>(tensor, onnx::TensorProto::FLOAT, {}, std::span(&value, 1));
        return name;
    }

    [[nodiscard]] std::string output() const { return name_of(index_); }

    [[nodiscard]] std::string own_name(std::string_view part) const {
        return fmt::format("v{}.{}", index_, part);
    }

    onnx::NodeProto& add(const std::string& type, const std::vector<std::string>& inputs) {
        return add_named(type, inputs, output());
    }

    onnx::NodeProto&
    add_named(const std::string& type, const std::vector<std::string>& inputs, const std::string& out) {
        auto& made = *proto_.add_node();
        made.set_op_type(type);
        made.set_name(fmt::format("{}:{}", out, node().name));
        for (const std::string& name : inputs) {
            made.add_input(name);
        }
        made.add_output(out);
        return made;
    }

    void fill_floats(
        onnx::TensorProto& tensor, const Ints& dims, const std::vector<float>& values, bool single) const {
        if (single) {
            fill_tensor<float>(tensor, onnx::TensorProto::FLOAT, dims, values);
        } else {
            fill_tensor<std::uint16_t>(
                tensor, onnx::TensorProto::FLOAT16, dims, as_halves(values, node().name));
        }
    }

    onnx::TensorProto& add_tensor(std::string_view part) {
        auto& tensor = *proto_.add_initializer();
        tensor.set_name(own_name(part));
        return tensor;
    }

    /// In the type that the node computes with.
    std::string floats(std::string_view part, const Ints& dims, const std::vector<float>& values) {
        auto& tensor = add_tensor(part);
        fill_floats(tensor, dims, values, is_single());
        return tensor.name();
    }

    /// Float32 in every network: ONNX wants it so.
    std::string factors(std::string_view part, const std::vector<float>& values) {
        auto& tensor = add_tensor(part);
        fill_tensor<float>(tensor, onnx::TensorProto::FLOAT, {length(values)}, values);
        return tensor.name();
    }

    std::string ints(std::string_view part, const Ints& values) {
        auto& tensor = add_tensor(part);
        fill_tensor<std::int64_t>(
            tensor, onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values);
        return tensor.name();
    }

    std::string per_channel(std::string_view part, const std::vector<float>& values) {
        return floats(part, {1, length(values), 1, 1}, values);
    }

    std::vector<std::string> with_weights(const Tensor& weight, const std::vector<float>& bias) {
        std::vector<std::string> inputs{input(0), floats("weight", dims_of(weight.shape), weight.data)};
        if (!bias.empty()) {
            inputs.push_back(floats("bias", {length(bias)}, bias));
        }
        return inputs;
    }

    static void add_geometry(
        onnx::NodeProto& made, const Tensor& weight, const std::array<int, 2>& stride,
        const std::array<int, 2>& dilation, const Sides& padding, int groups) {
        add_ints(made, "kernel_shape", {weight.shape.h, weight.shape.w});
        add_ints(made, "strides", {stride[0], stride[1]});
        add_ints(made, "dilations", {dilation[0], dilation[1]});
        add_ints(made, "pads", {padding.top, padding.left, padding.bottom, padding.right});
        add_int(made, "group", groups);
    }

    void add_slice(const Ints& starts, const Ints& ends, const Ints& axes) {
        add("Slice", {input(0), ints("starts", starts), ints("ends", ends), ints("axes", axes)});
    }

    const Graph& graph_;
    std::span<const std::int64_t> channels_; ///< of each node's value
    OnnxForm form_;
    std::vector<bool> is_single_; ///< of each node's value: float32, else float16
    onnx::GraphProto& proto_;
    std::set<std::string> converted_; ///< values that were needed in the other type
    int index_ = 0;
};

using Channels = std::vector<std::int64_t>;

Channels count_channels(const Graph& graph) {
    Channels channels;
    for (const Node& node : graph.nodes) {
        Channels inputs;
        for (const int input : node.inputs) {
            inputs.push_back(channels[input]);
        }
        channels.push_back(output_channels(node.op, inputs));
    }
    return channels;
}

} // namespace

std::vector<std::int64_t> write_nodes(const Graph& graph, const OnnxForm& form, onnx::GraphProto& proto) {
    Channels channels = count_channels(graph);
    NodeWriter(graph, channels, form, proto).write_all();
    return channels;
}

std::string given_name(int node) {
    return fmt::format("given{}", node);
}

} // namespace kizuna::onnx_format
