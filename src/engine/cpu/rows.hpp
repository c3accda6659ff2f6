#pragma once

#include "engine/cpu/view.hpp"

#include <cstddef>
#include <vector>

// Rows of Views as packed float32, which is what everything but convolutions computes with.
namespace kizuna::cpu {

/// Numbers in a row.
[[nodiscard]] inline std::size_t row_length(const View& view) {
    return static_cast<std::size_t>(view.width * view.channels);
}

/// True where a row's numbers lie side by side.
[[nodiscard]] inline bool is_packed(const View& view) {
    return view.pixel_stride == view.channels;
}

/// True where, in addition, one row follows the other.
[[nodiscard]] inline bool is_dense(const View& view) {
    return is_packed(view) && view.row_stride == view.width * view.channels;
}

/// Row y: where it lies if it is packed float32, else copied into `buffer` of row_length(view).
[[nodiscard]] const float* read_row(const View& view, std::int64_t y, float* buffer);

/// Where row y may be written, to be followed by finish_row: in its place, or in `buffer`.
[[nodiscard]] float* begin_row(const View& view, std::int64_t y, float* buffer);

/// Puts the row in its place if it is not there.
void finish_row(const View& view, std::int64_t y, const float* row);

/// Copies one row between views with the same width and channels, converting.
void copy_row(const View& from, std::int64_t from_y, const View& to, std::int64_t to_y);

/// Numbers for each channel, or one for all, as a whole row of a picture with `width` pixels of `channels`.
void spread(const std::vector<float>& numbers, std::int64_t width, std::int64_t channels, float* row);

/// bf16 is rounded to nearest, ties to even; NaN stays NaN.
void narrow(const float* from, std::uint16_t* to, std::size_t count);
void widen(const std::uint16_t* from, float* to, std::size_t count);

} // namespace kizuna::cpu
