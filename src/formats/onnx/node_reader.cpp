#include "formats/onnx/node_reader.hpp"

#include "formats/architectures/weights.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace kizuna::onnx_format {

const std::string& NodeReader::type() const {
    return node_.op_type();
}

const onnx::AttributeProto* NodeReader::find(std::string_view name, int type) const {
    for (const onnx::AttributeProto& attribute : node_.attribute()) {
        if (attribute.name() != name) {
            continue;
        }
        if (attribute.type() != type) {
            throw Error(
                ErrorCode::corrupt, fmt::format(
                                        R"(the attribute "{}" of the ONNX node "{}" has a wrong type)", name,
                                        printable_name(node_.name())));
        }
        return &attribute;
    }
    return nullptr;
}

std::int64_t NodeReader::integer(std::string_view name, std::int64_t fallback) const {
    const auto* attribute = find(name, onnx::AttributeProto::INT);
    return attribute == nullptr ? fallback : attribute->i();
}

float NodeReader::real(std::string_view name, float fallback) const {
    const auto* attribute = find(name, onnx::AttributeProto::FLOAT);
    return attribute == nullptr ? fallback : attribute->f();
}

std::string NodeReader::text(std::string_view name, std::string_view fallback) const {
    const auto* attribute = find(name, onnx::AttributeProto::STRING);
    return attribute == nullptr ? std::string(fallback) : attribute->s();
}

std::optional<std::vector<std::int64_t>> NodeReader::integers(std::string_view name) const {
    const auto* attribute = find(name, onnx::AttributeProto::INTS);
    if (attribute == nullptr) {
        return std::nullopt;
    }
    return std::vector<std::int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<std::vector<float>> NodeReader::reals(std::string_view name) const {
    const auto* attribute = find(name, onnx::AttributeProto::FLOATS);
    if (attribute == nullptr) {
        return std::nullopt;
    }
    return std::vector<float>(attribute->floats().begin(), attribute->floats().end());
}

const onnx::TensorProto* NodeReader::tensor(std::string_view name) const {
    const auto* attribute = find(name, onnx::AttributeProto::TENSOR);
    return attribute == nullptr ? nullptr : &attribute->t();
}

int NodeReader::output_count() const {
    return node_.output_size();
}

int NodeReader::input_count() const {
    return node_.input_size();
}

bool NodeReader::has_input(int i) const {
    return i < node_.input_size() && !node_.input(i).empty();
}

const Value& NodeReader::any_value(int i) const {
    if (!has_input(i)) {
        throw Error(
            ErrorCode::corrupt, fmt::format(
                                    "the ONNX node \"{}\" ({}) lacks its input {}",
                                    printable_name(node_.name()), node_.op_type(), i + 1));
    }
    const auto found = values_.find(node_.input(i));
    if (found == values_.end()) {
        unknown("one of its inputs is a secondary output of another operator");
    }
    return found->second;
}

bool NodeReader::is_literal(int i) const {
    const Value& value = any_value(i);
    return std::holds_alternative<const onnx::TensorProto*>(value) || std::holds_alternative<Literal>(value);
}

Literal NodeReader::literal(int i) const {
    const Value& value = any_value(i);
    if (const auto* const* tensor = std::get_if<const onnx::TensorProto*>(&value)) {
        Literal literal = read_literal(**tensor);
        builder_.count_copied(literal.bytes());
        return literal;
    }
    if (const auto* literal = std::get_if<Literal>(&value)) {
        builder_.count_copied(literal->bytes());
        return *literal;
    }
    unknown(fmt::format("its input {} is computed by the network", i + 1));
}

std::vector<std::int64_t> NodeReader::literal_integers(int i) const {
    Literal found = literal(i);
    if (!found.is_integer) {
        unknown(fmt::format("its input {} is not of whole numbers", i + 1));
    }
    return std::move(found.ints);
}

int NodeReader::value(int i) const {
    const Value& value = any_value(i);
    if (const int* node = std::get_if<int>(&value)) {
        return *node;
    }
    if (!is_literal(i)) {
        unknown("its input does not have four dimensions");
    }
    const auto* const* constant = std::get_if<const onnx::TensorProto*>(&value);
    if (const auto made = constant != nullptr ? builder_.node_of(*constant) : std::nullopt) {
        return *made;
    }
    auto tensor = as_tensor(literal(i));
    if (!tensor) {
        unknown(fmt::format("its constant input {} is not of one to four dimensions", i + 1));
    }
    const int node = add(Constant{std::move(*tensor)}, {}, fmt::format("constant {}", i + 1));
    if (constant != nullptr) {
        builder_.set_node_of(*constant, node);
    }
    return node;
}

int NodeReader::add(Operator op, std::vector<int> inputs, std::string_view part) const {
    const std::string& own = node_.output_size() > 0 ? node_.output(0) : node_.name();
    return builder_.add(
        part.empty() ? own : fmt::format("{}/{}", own, part), std::move(op), std::move(inputs));
}

void NodeReader::unknown(std::string_view how) const {
    throw Error(
        ErrorCode::unsupported,
        fmt::format(
            "the operator {} (\"{}\") is used in a way that the native engines do not know: {}",
            node_.op_type(), printable_name(node_.output_size() > 0 ? node_.output(0) : node_.name()), how));
}

int NodeReader::small(std::int64_t number, std::string_view what) const {
    constexpr std::int64_t most = 1 << 24;
    if (number < -most || number > most) {
        unknown(fmt::format("{} is {}", what, number));
    }
    return static_cast<int>(number);
}

std::optional<std::vector<std::int64_t>>
read_list(const NodeReader& node, std::string_view attribute, int input) {
    return node.has_input(input) ? node.literal_integers(input) : node.integers(attribute);
}

std::size_t read_axis(const NodeReader& node, std::int64_t axis, std::int64_t rank) {
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank) {
        node.unknown(fmt::format("an axis is not one of {}", rank));
    }
    return static_cast<std::size_t>(axis);
}

std::optional<Tensor> as_tensor(const Literal& literal) {
    constexpr std::size_t rank = 4;
    if (literal.dims.size() > rank || literal.size() == 0) {
        return std::nullopt;
    }
    std::array<std::int64_t, rank> dims{1, 1, 1, 1};
    std::copy_backward(literal.dims.begin(), literal.dims.end(), dims.end());
    return Tensor{{dims[0], dims[1], dims[2], dims[3]}, literal.as_floats()};
}

} // namespace kizuna::onnx_format
