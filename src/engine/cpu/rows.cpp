#include "engine/cpu/rows.hpp"

#include "engine/cpu/clones.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kizuna::cpu {

namespace {

// Rounds a float's bits up by half of what is cut off; exactly half goes to the even neighbour.
inline std::uint16_t narrowed(float value) {
    constexpr std::uint32_t quiet_nan = 0x7FC0;
    constexpr std::uint32_t half_less_one = 0x7FFF;
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + half_less_one + ((bits >> 16U) & 1U)) >> 16U;
    return static_cast<std::uint16_t>(
        value == value ? rounded : quiet_nan); // NOLINT(misc-redundant-expression)
}

inline float widened(std::uint16_t value) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16U);
}

template <typename T>
void gather(const T* from, std::int64_t stride, const View& view, T* to) {
    const auto channels = static_cast<std::size_t>(view.channels);
    for (std::int64_t x = 0; x < view.width; ++x) {
        std::memcpy(to + (x * view.channels), from + (x * stride), channels * sizeof(T));
    }
}

template <typename T>
void scatter(const T* from, std::int64_t stride, const View& view, T* to) {
    const auto channels = static_cast<std::size_t>(view.channels);
    for (std::int64_t x = 0; x < view.width; ++x) {
        std::memcpy(to + (x * stride), from + (x * view.channels), channels * sizeof(T));
    }
}

// For pixels that are not packed, one after another.
struct Pixels {
    std::int64_t width;
    std::size_t channels;
    std::int64_t from_stride;
    std::int64_t to_stride;
};

void narrow_pixels(const float* from, std::uint16_t* to, const Pixels& pixels) {
    for (std::int64_t x = 0; x < pixels.width; ++x) {
        narrow(from + (x * pixels.from_stride), to + (x * pixels.to_stride), pixels.channels);
    }
}

void widen_pixels(const std::uint16_t* from, float* to, const Pixels& pixels) {
    for (std::int64_t x = 0; x < pixels.width; ++x) {
        widen(from + (x * pixels.from_stride), to + (x * pixels.to_stride), pixels.channels);
    }
}

Pixels pixels_of(const View& view, std::int64_t from_stride, std::int64_t to_stride) {
    if (from_stride == view.channels && to_stride == view.channels) {
        return {1, row_length(view), 0, 0};
    }
    return {view.width, static_cast<std::size_t>(view.channels), from_stride, to_stride};
}

template <typename T>
void copy_same(const T* from, const View& from_view, T* to, const View& to_view) {
    if (is_packed(from_view) && is_packed(to_view)) {
        std::memcpy(to, from, row_length(to_view) * sizeof(T));
    } else if (is_packed(from_view)) {
        scatter(from, to_view.pixel_stride, to_view, to);
    } else if (is_packed(to_view)) {
        gather(from, from_view.pixel_stride, from_view, to);
    } else {
        const auto channels = static_cast<std::size_t>(to_view.channels);
        for (std::int64_t x = 0; x < to_view.width; ++x) {
            std::memcpy(
                to + (x * to_view.pixel_stride), from + (x * from_view.pixel_stride), channels * sizeof(T));
        }
    }
}

} // namespace

KIZUNA_CLONES void narrow(const float* from, std::uint16_t* to, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        to[i] = narrowed(from[i]);
    }
}

KIZUNA_CLONES void widen(const std::uint16_t* from, float* to, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        to[i] = widened(from[i]);
    }
}

const float* read_row(const View& view, std::int64_t y, float* buffer) {
    if (view.element == Element::bf16) {
        widen_pixels(view.row<std::uint16_t>(y), buffer, pixels_of(view, view.pixel_stride, view.channels));
        return buffer;
    }
    const auto* const row = view.row<float>(y);
    if (is_packed(view)) {
        return row;
    }
    gather(row, view.pixel_stride, view, buffer);
    return buffer;
}

float* begin_row(const View& view, std::int64_t y, float* buffer) {
    return view.element == Element::f32 && is_packed(view) ? view.row<float>(y) : buffer;
}

void finish_row(const View& view, std::int64_t y, const float* row) {
    if (view.element == Element::bf16) {
        narrow_pixels(row, view.row<std::uint16_t>(y), pixels_of(view, view.channels, view.pixel_stride));
    } else if (!is_packed(view)) {
        scatter(row, view.pixel_stride, view, view.row<float>(y));
    } else if (view.row<float>(y) != row) {
        std::copy_n(row, row_length(view), view.row<float>(y));
    }
}

void copy_row(const View& from, std::int64_t from_y, const View& to, std::int64_t to_y) {
    const bool from_f32 = from.element == Element::f32;
    const bool to_f32 = to.element == Element::f32;
    if (from_f32 && to_f32) {
        copy_same(from.row<float>(from_y), from, to.row<float>(to_y), to);
    } else if (from_f32) {
        narrow_pixels(
            from.row<float>(from_y), to.row<std::uint16_t>(to_y),
            pixels_of(to, from.pixel_stride, to.pixel_stride));
    } else if (to_f32) {
        widen_pixels(
            from.row<std::uint16_t>(from_y), to.row<float>(to_y),
            pixels_of(to, from.pixel_stride, to.pixel_stride));
    } else {
        copy_same(from.row<std::uint16_t>(from_y), from, to.row<std::uint16_t>(to_y), to);
    }
}

void spread(const std::vector<float>& numbers, std::int64_t width, std::int64_t channels, float* row) {
    if (numbers.size() == 1) {
        std::fill_n(row, width * channels, numbers[0]);
        return;
    }
    for (std::int64_t x = 0; x < width; ++x) {
        std::copy(numbers.begin(), numbers.end(), row + (x * channels));
    }
}

} // namespace kizuna::cpu
