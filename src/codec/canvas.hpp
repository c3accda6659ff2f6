#pragma once

#include "kizuna/image.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace kizuna::codec {

/// Where a frame lies on its canvas.
struct FrameArea {
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};

/// The smallest area with everything that is in it; empty at first.
class GrowingArea {
  public:
    void include(std::size_t x, std::size_t y) noexcept {
        left_ = std::min(left_, x);
        top_ = std::min(top_, y);
        right_ = std::max(right_, x + 1);
        bottom_ = std::max(bottom_, y + 1);
    }

    /// One pixel where nothing has been put in: files know no empty frames.
    [[nodiscard]] FrameArea area() const noexcept {
        if (right_ == 0) {
            return {0, 0, 1, 1};
        }
        return {
            static_cast<std::uint32_t>(left_), static_cast<std::uint32_t>(top_),
            static_cast<std::uint32_t>(right_ - left_), static_cast<std::uint32_t>(bottom_ - top_)};
    }

  private:
    std::size_t left_ = std::numeric_limits<std::size_t>::max();
    std::size_t top_ = std::numeric_limits<std::size_t>::max();
    std::size_t right_ = 0;
    std::size_t bottom_ = 0;
};

/// What becomes of a frame's area when the next one comes.
enum class Disposal : std::uint8_t { keep, clear, restore };

/// How a frame's transparency meets what is there.
enum class FrameBlend : std::uint8_t { replace, over };

/// On which frames that are parts of a picture become the picture. It begins transparent.
class Canvas {
  public:
    /// 8 or 16 bits. Without alpha, for animations that never let through what is behind them.
    explicit Canvas(const ImageInfo& info)
        : picture_(info) {}

    /// Disposes of the frame before. What of the area lies beyond the canvas is not drawn.
    void begin_frame(const FrameArea& area, Disposal disposal);

    /// Row `y` of the frame; `row` has at least the area's width of pixels, of the canvas's colours and
    /// sample type.
    void draw_row(std::uint32_t y, std::span<const std::byte> row, PixelFormat format, FrameBlend blend);

    [[nodiscard]] const Image& picture() const noexcept { return picture_; }

  private:
    void dispose();
    [[nodiscard]] std::span<std::byte> row_of_area(std::uint32_t y);

    Image picture_;
    FrameArea area_;
    Disposal disposal_ = Disposal::keep;
    std::vector<std::byte> below_; ///< what is to be restored
};

} // namespace kizuna::codec
