#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// ONNX files of one node, encoded here byte by byte: what our own writer does not write (float16, fixed
// sizes, wrong things).
namespace kizuna::test {

enum class Element : std::uint8_t { float32 = 1, int64 = 7, float16 = 10 };

struct OneNodeModel {
    std::string op = "Identity";
    int inputs = 1;     ///< the graph's
    int uses = 1;       ///< how often the node takes the first one
    std::string domain; ///< of the operator; empty = ONNX's own
    Element element = Element::float32;
    std::vector<std::int64_t> dimensions{-1, -1, -1, -1}; ///< -1 = free
    std::int64_t opset = 17;
};

/// Protocol buffers' encoding: fields of type 0 (a number) and 2 (bytes with their length before them).
class Message {
  public:
    Message& number(std::uint64_t field, std::uint64_t value) {
        varint(field << 3U);
        varint(value);
        return *this;
    }

    Message& bytes(std::uint64_t field, const std::string& value) {
        varint((field << 3U) | 2U);
        varint(value.size());
        data_ += value;
        return *this;
    }

    Message& message(std::uint64_t field, const Message& value) { return bytes(field, value.data_); }

    [[nodiscard]] const std::string& data() const { return data_; }

  private:
    void varint(std::uint64_t value) {
        for (; value >= 0x80U; value >>= 7U) {
            data_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
        }
        data_.push_back(static_cast<char>(value));
    }

    std::string data_;
};

inline Message value_info(const OneNodeModel& model, const std::string& name, bool with_shape) {
    Message tensor;
    tensor.number(1, static_cast<std::uint64_t>(model.element));
    if (with_shape) {
        Message shape;
        for (std::size_t i = 0; i < model.dimensions.size(); ++i) {
            const std::int64_t side = model.dimensions[i];
            Message dimension;
            side < 0 ? dimension.bytes(2, "d" + std::to_string(i))
                     : dimension.number(1, static_cast<std::uint64_t>(side));
            shape.message(1, dimension);
        }
        tensor.message(2, shape);
    }
    return Message().bytes(1, name).message(2, Message().message(1, tensor));
}

inline std::vector<std::byte> encode(const OneNodeModel& model) {
    Message node;
    for (int i = 0; i < model.uses; ++i) {
        node.bytes(1, "x0");
    }
    node.bytes(2, "y").bytes(4, model.op).bytes(7, model.domain);
    Message graph;
    graph.message(1, node).bytes(2, "test");
    for (int i = 0; i < model.inputs; ++i) {
        graph.message(11, value_info(model, "x" + std::to_string(i), true));
    }
    graph.message(12, value_info(model, "y", false));
    const Message opset = Message().bytes(1, "").number(2, static_cast<std::uint64_t>(model.opset));
    Message file;
    file.number(1, 8).message(7, graph).message(8, opset);
    if (!model.domain.empty()) {
        file.message(8, Message().bytes(1, model.domain).number(2, 1));
    }
    const auto* begin = reinterpret_cast<const std::byte*>(file.data().data());
    return {begin, begin + file.data().size()};
}

} // namespace kizuna::test
