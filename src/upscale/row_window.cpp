#include "upscale/row_window.hpp"

#include <algorithm>

namespace kizuna {

RowWindow::RowWindow(std::int64_t channels, std::int64_t capacity, std::int64_t width, std::int64_t begin)
    : capacity_(capacity)
    , begin_(begin)
    , tensor_{{1, channels, capacity, width}, {}} {
    tensor_.data.resize(element_count(tensor_.shape));
}

void RowWindow::begin_at(std::int64_t y) {
    const std::int64_t dropped = std::min(y - begin_, capacity_);
    begin_ = y;
    const std::int64_t row = tensor_.shape.w;
    for (std::int64_t plane = 0; plane < tensor_.shape.c; ++plane) {
        const auto top = tensor_.data.begin() + plane * capacity_ * row;
        const auto bottom = top + capacity_ * row;
        std::fill(std::move(top + dropped * row, bottom, top), bottom, 0.0F);
    }
}

void RowWindow::store(std::int64_t y, std::span<const float> interleaved) {
    const std::int64_t channels = tensor_.shape.c;
    for (std::int64_t c = 0; c < channels; ++c) {
        float* plane = plane_row(c, y);
        for (std::int64_t x = 0; x < tensor_.shape.w; ++x) {
            plane[x] = interleaved[x * channels + c];
        }
    }
}

void RowWindow::load(std::int64_t y, std::span<float> interleaved) {
    const std::int64_t channels = tensor_.shape.c;
    for (std::int64_t c = 0; c < channels; ++c) {
        const float* plane = plane_row(c, y);
        for (std::int64_t x = 0; x < tensor_.shape.w; ++x) {
            interleaved[x * channels + c] = plane[x];
        }
    }
}

float* RowWindow::plane_row(std::int64_t plane, std::int64_t y) {
    return tensor_.data.data() + (plane * capacity_ + y - begin_) * tensor_.shape.w;
}

} // namespace kizuna
