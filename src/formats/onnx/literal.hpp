#pragma once

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace onnx {
class TensorProto;
}

namespace kizuna::onnx_format {

using Ints = std::vector<std::int64_t>;

/// A constant of an ONNX file, of any number of dimensions; numbers of every width become floats or int64s.
struct Literal {
    std::vector<std::int64_t> dims; ///< empty for a scalar
    bool is_integer = false;
    std::vector<float> floats;      ///< where not is_integer
    std::vector<std::int64_t> ints; ///< where is_integer

    [[nodiscard]] std::size_t size() const { return is_integer ? ints.size() : floats.size(); }

    [[nodiscard]] std::size_t bytes() const {
        return floats.size() * sizeof(float) + (ints.size() + dims.size()) * sizeof(std::int64_t);
    }

    /// The numbers as floats, whichever they are.
    [[nodiscard]] std::vector<float> as_floats() const;
};

/// Throws the Error, beginning with the tensor's name.
[[noreturn]] void fail_at_tensor(ErrorCode code, const onnx::TensorProto& tensor, std::string_view message);

/// The bytes that the tensor's numbers take; empty for kinds of numbers that we have no use for. Throws
/// Error{corrupt} for negative dimensions, {limit_exceeded}.
[[nodiscard]] std::optional<std::size_t> data_bytes(const onnx::TensorProto& tensor);

/// Throws Error{corrupt} where the tensor's data is not as large as its dimensions say (or those are
/// negative).
void check_tensor(const onnx::TensorProto& tensor);

/// Throws as check_tensor, and Error{unsupported} for numbers that are neither float nor int64 nor int32.
[[nodiscard]] Literal read_literal(const onnx::TensorProto& tensor);

} // namespace kizuna::onnx_format
