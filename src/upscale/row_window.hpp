#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <span>

namespace kizuna {

/// Rows of a picture as planes, of which a window is kept: rows are appended below and dropped above.
class RowWindow {
  public:
    RowWindow(std::int64_t channels, std::int64_t capacity, std::int64_t width, std::int64_t begin = 0);

    /// The picture's row that the window begins with.
    [[nodiscard]] std::int64_t begin() const { return begin_; }

    /// Moves the window down so that it begins at `y`; rows that come into it are zero.
    void begin_at(std::int64_t y);

    /// Spreads an interleaved row over the planes.
    void store(std::int64_t y, std::span<const float> interleaved);

    void load(std::int64_t y, std::span<float> interleaved);

    [[nodiscard]] Tensor& tensor() { return tensor_; }

  private:
    float* plane_row(std::int64_t plane, std::int64_t y);

    std::int64_t capacity_;
    std::int64_t begin_;
    Tensor tensor_;
};

} // namespace kizuna
