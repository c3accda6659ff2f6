#include "formats/onnx/sampling_writer.hpp"

#include "formats/onnx/proto_parts.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace kizuna::onnx_format {

namespace {

constexpr const char* features = "features";

/// Adds operators whose results have names of their own.
class SamplingWriter {
  public:
    SamplingWriter(const SampledEnding& ending, onnx::GraphProto& proto)
        : ending_(ending)
        , proto_(proto)
        , height_(side(2))
        , width_(side(3))
        , large_height_(scaled(height_))
        , large_width_(scaled(width_)) {}

    void write() {
        const std::int64_t offsets = std::int64_t{ending_.groups} * ending_.scale * ending_.scale;
        const std::int64_t first = ending_.features;
        const std::string x = place(first, offsets, width_, large_width_, {1, 1, 1, -1});
        const std::string y = place(first + offsets, offsets, height_, large_height_, {1, 1, -1, 1});
        const std::string pairs = op("Concat", {unsqueezed(x), unsqueezed(y)}, "axis", -1);
        const std::string grid =
            reshaped(pairs, {integers({-1}), large_height_, large_width_, integers({2})});
        const std::string group = integers({ending_.features / ending_.groups});
        const std::string values =
            reshaped(channels(0, ending_.features), {integers({-1}), group, height_, width_});
        const std::string read = sample(values, grid);
        const std::string all = integers({ending_.features});
        finish(reshaped(read, {integers({-1}), all, large_height_, large_width_}));
    }

  private:
    onnx::NodeProto& add(const char* type, const std::vector<std::string>& inputs) {
        auto& node = *proto_.add_node();
        node.set_op_type(type);
        for (const std::string& input : inputs) {
            node.add_input(input);
        }
        node.add_output(fresh());
        node.set_name(node.output(0));
        return node;
    }

    std::string op(const char* type, const std::vector<std::string>& inputs) {
        return add(type, inputs).output(0);
    }

    std::string
    op(const char* type, const std::vector<std::string>& inputs, const char* attribute, std::int64_t value) {
        auto& node = add(type, inputs);
        add_int(node, attribute, value);
        return node.output(0);
    }

    std::string fresh() { return fmt::format("sampling.{}", next_++); }

    template <typename T>
    std::string constant(int type, const Ints& dims, std::span<const T> values) {
        auto& tensor = *proto_.add_initializer();
        tensor.set_name(fresh());
        fill_tensor<T>(tensor, type, dims, values);
        return tensor.name();
    }

    std::string integers(const Ints& values) {
        return constant<std::int64_t>(
            onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values);
    }

    std::string integer(std::int64_t value) {
        return constant<std::int64_t>(onnx::TensorProto::INT64, {}, std::span(&value, 1));
    }

    std::string number(float value) {
        return constant<float>(onnx::TensorProto::FLOAT, {}, std::span(&value, 1));
    }

    /// A side of the features, as a list of one.
    std::string side(std::int64_t axis) {
        const std::string shape = op("Shape", {features});
        return op("Gather", {shape, integers({axis})}, "axis", 0);
    }

    std::string scaled(const std::string& length) { return op("Mul", {length, integers({ending_.scale})}); }

    std::string channels(std::int64_t begin, std::int64_t count) {
        return op("Slice", {features, integers({begin}), integers({begin + count}), integers({1})});
    }

    std::string reshaped(const std::string& value, const std::vector<std::string>& lengths) {
        return op("Reshape", {value, op("Concat", lengths, "axis", 0)});
    }

    std::string unsqueezed(const std::string& value) { return op("Unsqueeze", {value, integers({-1})}); }

    /// 0, 1, 2, … below `length`, each `scale` times for the pixels that one becomes; its middle is at + ½.
    std::string middles(const std::string& length) {
        const std::string count = op("Squeeze", {length, integers({0})});
        const std::string indices = op("Range", {integer(0), count, integer(1)});
        const std::string sources = op("Div", {indices, integer(ending_.scale)});
        const std::string as_floats = op("Cast", {sources}, "to", onnx::TensorProto::FLOAT);
        return op("Add", {as_floats, number(0.5F)});
    }

    /// Along one axis, where each pixel of the result is read, from −1 to 1 over the picture: batch × groups
    /// × height × width.
    std::string place(
        std::int64_t first_channel, std::int64_t count, const std::string& length, const std::string& large,
        const Ints& direction) {
        auto& shuffle = add("DepthToSpace", {channels(first_channel, count)});
        add_int(shuffle, "blocksize", ending_.scale);
        add_string(shuffle, "mode", "CRD");
        const std::string offset = shuffle.output(0);
        const std::string line = op("Reshape", {middles(large), integers(direction)});
        const std::string sum = op("Add", {line, offset});
        const std::string twice = op("Mul", {sum, number(2)});
        const std::string in_all = op("Cast", {length}, "to", onnx::TensorProto::FLOAT);
        return op("Sub", {op("Div", {twice, in_all}), number(1)});
    }

    std::string sample(const std::string& values, const std::string& grid) {
        auto& node = add("GridSample", {values, grid});
        add_string(node, "mode", "bilinear");
        add_string(node, "padding_mode", "border");
        add_int(node, "align_corners", 0);
        return node.output(0);
    }

    void finish(const std::string& value) {
        std::vector<std::string> inputs{value};
        if (!ending_.weight.data.empty()) {
            const Shape& shape = ending_.weight.shape;
            inputs.push_back(constant<float>(
                onnx::TensorProto::FLOAT, {shape.n, shape.c, shape.h, shape.w}, ending_.weight.data));
        }
        if (!ending_.bias.empty()) {
            inputs.push_back(constant<float>(
                onnx::TensorProto::FLOAT, {static_cast<std::int64_t>(ending_.bias.size())}, ending_.bias));
        }
        add(inputs.size() == 1 ? "Identity" : "Conv", inputs).set_output(0, "output");
    }

    const SampledEnding& ending_;
    onnx::GraphProto& proto_;
    int next_ = 0;
    std::string height_;
    std::string width_;
    std::string large_height_;
    std::string large_width_;
};

void rename_output(onnx::GraphProto& proto) {
    for (auto& node : *proto.mutable_node()) {
        for (auto& output : *node.mutable_output()) {
            output = output == "output" ? features : output;
        }
    }
}

} // namespace

void write_sampling(const SampledEnding& ending, onnx::GraphProto& proto) {
    rename_output(proto); // nothing reads it: it is the last
    SamplingWriter(ending, proto).write();
}

} // namespace kizuna::onnx_format
