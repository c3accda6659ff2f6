#include "engine/cpu/epilogue.hpp"

#include "engine/cpu/clones.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>

namespace kizuna::cpu {

namespace {

KIZUNA_CLONES void
activate(const float* in, const float* slope, std::size_t pixels, std::size_t channels, float* out) {
    for (std::size_t x = 0; x < pixels; ++x) {
        for (std::size_t c = 0; c < channels; ++c) {
            const float value = in[(x * channels) + c];
            out[(x * channels) + c] = value < 0 ? slope[c] * value : value;
        }
    }
}

KIZUNA_CLONES void add(const float* a, const float* b, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = a[i] + b[i];
    }
}

} // namespace

std::size_t Epilogue::scratch_floats(const View& out) {
    return 4 * row_length(out);
}

void Epilogue::finish(
    const View& sums, const View* residual, const View& out, std::int64_t y, float* scratch) const {
    const std::size_t length = row_length(out);
    const float* row = read_row(sums, y, scratch);
    float* const to = begin_row(out, y, scratch + length);
    if (!slope_.empty()) {
        float* const slopes = scratch + (2 * length);
        spread(slope_, 1, out.channels, slopes);
        activate(
            row, slopes, static_cast<std::size_t>(out.width), static_cast<std::size_t>(out.channels), to);
        row = to;
    }
    if (residual != nullptr) {
        add(row, read_row(*residual, y, scratch + (3 * length)), length, to);
        row = to;
    }
    finish_row(out, y, row);
}

} // namespace kizuna::cpu
