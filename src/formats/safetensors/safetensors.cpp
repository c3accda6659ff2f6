#include "formats/safetensors/safetensors.hpp"

#include "base/byte_order.hpp"
#include "base/byte_stream.hpp"
#include "base/checked.hpp"
#include "formats/elements.hpp"
#include "formats/safetensors/header.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace kizuna {

namespace {

using safetensors::HeaderTensor;

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t max_header_bytes = std::uint64_t{16} << 20U; // a thousand weights take about 100 kB

struct Type {
    std::string_view name;
    std::size_t bytes;
    std::optional<Element> element; // for those that weights may have
};

constexpr std::array types{
    Type{"F32", 4, Element::float32}, Type{"F16", 2, Element::float16}, Type{"BF16", 2, Element::bfloat16},
    Type{"F64", 8, Element::float64}, Type{"I64", 8, std::nullopt},     Type{"I32", 4, std::nullopt},
    Type{"I16", 2, std::nullopt},     Type{"I8", 1, std::nullopt},      Type{"U64", 8, std::nullopt},
    Type{"U32", 4, std::nullopt},     Type{"U16", 2, std::nullopt},     Type{"U8", 1, std::nullopt},
    Type{"BOOL", 1, std::nullopt},
};

std::uint64_t header_length(std::span<const std::byte> bytes) {
    return little_endian(bytes.first(length_bytes));
}

[[noreturn]] void fail(const HeaderTensor& tensor, std::string_view problem) {
    throw Error(ErrorCode::corrupt, fmt::format("the tensor {} {}", printable_name(tensor.name), problem));
}

const Type& type_of(const HeaderTensor& tensor) {
    const auto* found =
        std::find_if(types.begin(), types.end(), [&](const Type& type) { return type.name == tensor.type; });
    if (found == types.end()) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the tensor {} has numbers of the type {}, which are not read; F32, F16, BF16 and F64 are",
                printable_name(tensor.name), printable_name(tensor.type)));
    }
    return *found;
}

std::span<const std::byte>
bytes_of(const HeaderTensor& tensor, const Type& type, std::span<const std::byte> data) {
    const std::size_t count = weight_count(tensor.shape);
    if (tensor.begin > tensor.end || !std::cmp_less_equal(tensor.end, data.size())) {
        fail(tensor, "lies outside of the file");
    }
    const auto length = static_cast<std::size_t>(tensor.end - tensor.begin);
    if (checked_mul(count, type.bytes, "a tensor's size") != length) {
        fail(tensor, "does not have as many bytes as its shape asks for");
    }
    return data.subspan(static_cast<std::size_t>(tensor.begin), length);
}

/// Every byte belongs to one tensor: then a small file cannot make many large ones.
void check_layout(const std::vector<HeaderTensor>& tensors, std::size_t data_bytes) {
    std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
    pieces.reserve(tensors.size());
    for (const HeaderTensor& tensor : tensors) {
        pieces.emplace_back(tensor.begin, tensor.end);
    }
    std::sort(pieces.begin(), pieces.end());
    std::int64_t end = 0;
    for (const auto& [piece_begin, piece_end] : pieces) {
        if (piece_begin != end) {
            throw Error(ErrorCode::corrupt, "its tensors overlap, or leave bytes between them");
        }
        end = piece_end;
    }
    if (!std::cmp_equal(end, data_bytes)) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("it has {} bytes of tensors, and its header tells of {}", data_bytes, end));
    }
}

} // namespace

bool is_safetensors(std::span<const std::byte> bytes) {
    return bytes.size() > length_bytes && bytes[length_bytes] == std::byte{'{'} &&
           header_length(bytes) <= bytes.size() - length_bytes;
}

Weights read_safetensors(std::span<const std::byte> bytes) {
    if (!is_safetensors(bytes)) {
        throw Error(ErrorCode::corrupt, "this is no .safetensors file, or it is cut off");
    }
    const std::uint64_t length = header_length(bytes);
    if (length > max_header_bytes) {
        throw Error(ErrorCode::limit_exceeded, fmt::format("a header of {} bytes is not read", length));
    }
    const auto text = bytes.subspan(length_bytes, length);
    const auto data = bytes.subspan(length_bytes + length);
    const auto header = safetensors::parse_header(as_text(text));
    check_layout(header.tensors, data.size());
    Weights weights;
    for (const HeaderTensor& tensor : header.tensors) {
        const Type& type = type_of(tensor);
        const auto stored = bytes_of(tensor, type, data);
        if (type.element) {
            weights.add(
                tensor.name,
                read_view(stored, *type.element, {0, tensor.shape, packed_strides(tensor.shape)}));
        } else {
            weights.add_flag(tensor.name);
        }
    }
    for (const auto& [key, value] : header.metadata) {
        weights.set_note(key, value);
    }
    weights.remove_common_prefixes();
    return weights;
}

} // namespace kizuna
