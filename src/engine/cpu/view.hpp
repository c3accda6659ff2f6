#pragma once

#include <cstddef>
#include <cstdint>

// How the engine's values lie in memory: channels last. Here live views of them and nothing that computes.
namespace kizuna::cpu {

/// bf16 is the upper half of a float32.
enum class Element : std::uint8_t { f32, bf16 };

[[nodiscard]] constexpr std::size_t bytes_of(Element element) {
    return element == Element::f32 ? sizeof(float) : sizeof(std::uint16_t);
}

/// Rows [begin, end).
struct Rows {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    [[nodiscard]] constexpr std::int64_t count() const { return end - begin; }

    friend bool operator==(const Rows&, const Rows&) = default;
};

/// A picture of `channels` numbers per pixel, or some of its rows. The numbers of one pixel lie side by side.
/// Strides count elements; a pixel stride above `channels` makes it a range of a wider picture's channels.
/// Who gets a View as input does not write through it.
struct View {
    std::byte* data = nullptr; ///< of pixel 0 of row `first_row`
    Element element = Element::f32;
    std::int64_t height = 0; ///< of the whole picture
    std::int64_t width = 0;
    std::int64_t channels = 0;
    std::int64_t row_stride = 0;
    std::int64_t pixel_stride = 0;
    std::int64_t first_row = 0; ///< rows above are not in memory

    /// `T` is float for f32, std::uint16_t for bf16.
    template <typename T>
    [[nodiscard]] T* row(std::int64_t y) const {
        return reinterpret_cast<T*>(data) + ((y - first_row) * row_stride);
    }
};

} // namespace kizuna::cpu
