#include "formats/onnx/literal.hpp"

#include "base/checked.hpp"
#include "base/half.hpp"
#include "formats/architectures/weights.hpp"

#include <bit>
#include <cstring>
#include <span>
#include <string>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace kizuna::onnx_format {

namespace {

using onnx::TensorProto;

// raw_data is little-endian by definition, and so is every machine that this runs on.
static_assert(std::endian::native == std::endian::little);

std::size_t count_elements(const TensorProto& tensor) {
    std::size_t count = 1;
    for (const std::int64_t dim : tensor.dims()) {
        if (dim < 0) {
            fail_at_tensor(ErrorCode::corrupt, tensor, fmt::format("its dimension {} is negative", dim));
        }
        count = checked_mul<std::size_t>(count, static_cast<std::size_t>(dim), "a tensor of the ONNX file");
    }
    return count;
}

/// 0 for those we have no use for.
std::size_t bytes_per_element(const TensorProto& tensor) {
    switch (tensor.data_type()) {
    case TensorProto::FLOAT:
    case TensorProto::INT32:
        return 4;
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
        return 2;
    case TensorProto::DOUBLE:
    case TensorProto::INT64:
        return 8;
    default:
        return 0;
    }
}

/// Elements in the field that is meant for the tensor's type.
std::size_t typed_size(const TensorProto& tensor) {
    switch (tensor.data_type()) {
    case TensorProto::FLOAT:
        return static_cast<std::size_t>(tensor.float_data_size());
    case TensorProto::DOUBLE:
        return static_cast<std::size_t>(tensor.double_data_size());
    case TensorProto::INT64:
        return static_cast<std::size_t>(tensor.int64_data_size());
    default:
        return static_cast<std::size_t>(tensor.int32_data_size());
    }
}

/// The elements of raw_data, each turned into a Result. Its size has been checked.
template <typename Stored, typename Result, typename Convert>
std::vector<Result> read_raw(const std::string& raw, const Convert& convert) {
    std::vector<Result> values(raw.size() / sizeof(Stored));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Stored stored;
        std::memcpy(&stored, raw.data() + i * sizeof(Stored), sizeof(Stored));
        values[i] = convert(stored);
    }
    return values;
}

template <typename Result, typename Field, typename Convert>
std::vector<Result> read_field(const Field& field, const Convert& convert) {
    std::vector<Result> values;
    values.reserve(static_cast<std::size_t>(field.size()));
    for (const auto stored : field) {
        values.push_back(convert(stored));
    }
    return values;
}

float bfloat_to_float(std::uint16_t bits) {
    constexpr unsigned missing_fraction_bits = 16;
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << missing_fraction_bits);
}

template <typename T>
float to_float(T value) {
    return static_cast<float>(value);
}

template <typename T>
std::int64_t to_int(T value) {
    return std::int64_t{value};
}

std::vector<float> read_floats(const TensorProto& tensor) {
    const std::string& raw = tensor.raw_data();
    if (tensor.data_type() == TensorProto::FLOAT) {
        return tensor.has_raw_data() ? read_raw<float, float>(raw, to_float<float>)
                                     : read_field<float>(tensor.float_data(), to_float<float>);
    }
    if (tensor.data_type() == TensorProto::DOUBLE) {
        return tensor.has_raw_data() ? read_raw<double, float>(raw, to_float<double>)
                                     : read_field<float>(tensor.double_data(), to_float<double>);
    }
    const auto widen = tensor.data_type() == TensorProto::FLOAT16 ? from_half : bfloat_to_float;
    if (tensor.has_raw_data()) {
        return read_raw<std::uint16_t, float>(raw, widen);
    }
    return read_field<float>(
        tensor.int32_data(), [widen](std::int32_t bits) { return widen(static_cast<std::uint16_t>(bits)); });
}

std::vector<std::int64_t> read_ints(const TensorProto& tensor) {
    const std::string& raw = tensor.raw_data();
    if (tensor.data_type() == TensorProto::INT64) {
        return tensor.has_raw_data() ? read_raw<std::int64_t, std::int64_t>(raw, to_int<std::int64_t>)
                                     : read_field<std::int64_t>(tensor.int64_data(), to_int<std::int64_t>);
    }
    return tensor.has_raw_data() ? read_raw<std::int32_t, std::int64_t>(raw, to_int<std::int32_t>)
                                 : read_field<std::int64_t>(tensor.int32_data(), to_int<std::int32_t>);
}

} // namespace

void fail_at_tensor(ErrorCode code, const TensorProto& tensor, std::string_view message) {
    throw Error(
        code, fmt::format("the tensor \"{}\" of the ONNX file: {}", printable_name(tensor.name()), message));
}

std::vector<float> Literal::as_floats() const {
    return is_integer ? std::vector<float>(ints.begin(), ints.end()) : floats;
}

std::optional<std::size_t> data_bytes(const TensorProto& tensor) {
    const std::size_t count = count_elements(tensor);
    const std::size_t width = bytes_per_element(tensor);
    return width == 0 ? std::nullopt : std::optional(checked_mul(count, width, "a tensor of the ONNX file"));
}

void check_tensor(const TensorProto& tensor) {
    const std::size_t count = count_elements(tensor);
    const std::size_t width = bytes_per_element(tensor);
    if (width == 0) {
        return;
    }
    const bool fits = tensor.has_raw_data()
                          ? tensor.raw_data().size() % width == 0 && tensor.raw_data().size() / width == count
                          : typed_size(tensor) == count;
    if (!fits) {
        fail_at_tensor(
            ErrorCode::corrupt, tensor,
            fmt::format("its data is not the {} elements of its dimensions", count));
    }
}

Literal read_literal(const TensorProto& tensor) {
    check_tensor(tensor);
    Literal literal;
    literal.dims.assign(tensor.dims().begin(), tensor.dims().end());
    switch (tensor.data_type()) {
    case TensorProto::FLOAT:
    case TensorProto::DOUBLE:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
        literal.floats = read_floats(tensor);
        break;
    case TensorProto::INT64:
    case TensorProto::INT32:
        literal.is_integer = true;
        literal.ints = read_ints(tensor);
        break;
    default:
        fail_at_tensor(
            ErrorCode::unsupported, tensor, "its numbers are of a type that the native engines do not know");
    }
    return literal;
}

} // namespace kizuna::onnx_format
