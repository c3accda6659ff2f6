#pragma once

#include "formats/architectures/weights.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Numbers as files of weights store them: little-endian, in one of four forms.
namespace kizuna {

enum class Element : std::uint8_t { float32, float16, bfloat16, float64 };

inline constexpr std::size_t most_sides = 8; ///< of a tensor; networks' own stop at five

[[nodiscard]] std::size_t element_bytes(Element element) noexcept;

/// A tensor as a view of stored numbers. Strides and offset count numbers, not bytes.
struct StoredView {
    std::int64_t offset = 0;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
};

/// The strides of packed, row-major numbers.
[[nodiscard]] std::vector<std::int64_t> packed_strides(const std::vector<std::int64_t>& shape);

/// The view's numbers as packed floats. Throws Error{corrupt} where the view leaves `stored`, has more
/// numbers than that, or more than most_sides; nothing is allocated then.
[[nodiscard]] WeightTensor
read_view(std::span<const std::byte> stored, Element element, const StoredView& view);

} // namespace kizuna
