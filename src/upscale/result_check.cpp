#include "upscale/result_check.hpp"

#include <algorithm>
#include <cmath>

namespace kizuna {

namespace {

/// A part is as small as that, so that a black box shows as one, and no smaller, so that what a network does
/// to a line or a grain of noise is not taken for a fault.
constexpr std::int64_t smallest_part = 16;
constexpr std::int64_t most_parts = 8;    ///< along each axis
constexpr std::int64_t most_samples = 16; ///< of a part, along each axis

// Measured on every network that is known by name, with pictures, plain colours, gradients, lines,
// screentones, dithering and noise: what networks give for a lively part spreads over 1.3e-3 at the least,
// even where it is all black in the end; a part's mean strays from the picture's by 0.09 and twice the part's
// deviation at the most. (Real-CUGAN makes anything of salt and pepper strewn over plain white: that is left
// to the judge.)
constexpr double lively = 12.0 / 255;
constexpr float flat = 1e-4F;
constexpr double far = 0.15;
constexpr double far_by_deviation = 2;

/// float16 and bfloat16 are below a level of 8 bits on average, a few in small parts.
constexpr double same = 4.0 / 255;

struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    [[nodiscard]] std::int64_t step() const {
        return std::max<std::int64_t>(1, (end - begin) / most_samples);
    }
};

std::int64_t part_count(std::int64_t length) {
    return std::clamp<std::int64_t>(length / smallest_part, 1, most_parts);
}

Range part(std::int64_t length, std::int64_t index) {
    const std::int64_t count = part_count(length);
    return {length * index / count, length * (index + 1) / count};
}

double as_written(float value) {
    return std::clamp(value, 0.0F, 1.0F);
}

/// A plane of the tile, less what the network consumes, beside its result.
struct PlanePair {
    const float* in;
    std::int64_t in_width;
    std::int64_t border;
    const float* out;
    std::int64_t out_width;
    std::int64_t scale;

    [[nodiscard]] float low(std::int64_t x, std::int64_t y) const {
        return in[((y + border) * in_width) + x + border];
    }

    /// In the middle of the pixels that belong to the input's.
    [[nodiscard]] float high(std::int64_t x, std::int64_t y) const {
        const std::int64_t middle = scale / 2;
        return out[(((y * scale) + middle) * out_width) + (x * scale) + middle];
    }
};

Doubt doubt_of_part(const PlanePair& planes, const Range& columns, const Range& rows) {
    double count = 0;
    double low_sum = 0;
    double low_squares = 0;
    double high_sum = 0;
    float least = planes.high(columns.begin, rows.begin);
    float most = least;
    for (std::int64_t y = rows.begin; y < rows.end; y += rows.step()) {
        for (std::int64_t x = columns.begin; x < columns.end; x += columns.step()) {
            const double low = planes.low(x, y);
            const float high = planes.high(x, y);
            ++count;
            low_sum += low;
            low_squares += low * low;
            high_sum += as_written(high);
            least = std::min(least, high);
            most = std::max(most, high);
        }
    }
    const double mean = low_sum / count;
    const double deviation = std::sqrt(std::max(0.0, low_squares / count - mean * mean));
    if (most - least < flat && deviation > lively) {
        return Doubt::flat;
    }
    const double strays = std::abs(high_sum / count - mean);
    return strays > far + far_by_deviation * deviation ? Doubt::far_off : Doubt::none;
}

double difference(const PlanePair& planes, const Range& columns, const Range& rows) {
    double count = 0;
    double sum = 0;
    for (std::int64_t y = rows.begin; y < rows.end; y += rows.step()) {
        for (std::int64_t x = columns.begin; x < columns.end; x += columns.step()) {
            sum += std::abs(as_written(planes.low(x, y)) - as_written(planes.high(x, y)));
            ++count;
        }
    }
    return sum / count;
}

Doubt doubt_of_plane(const PlanePair& planes, std::int64_t width, std::int64_t height) {
    for (std::int64_t row = 0; row < part_count(height); ++row) {
        for (std::int64_t column = 0; column < part_count(width); ++column) {
            const Doubt doubt = doubt_of_part(planes, part(width, column), part(height, row));
            if (doubt != Doubt::none) {
                return doubt;
            }
        }
    }
    return Doubt::none;
}

} // namespace

Shape output_shape(const Shape& in, const ModelSpec& spec) {
    const std::int64_t consumed = 2 * std::int64_t{spec.border_px};
    return {in.n, spec.channels, (in.h - consumed) * spec.scale, (in.w - consumed) * spec.scale};
}

bool has_only_numbers(const Tensor& tensor) {
    // NaN and infinity both make 0·x something else than 0; a sum of those is one branch for the whole tile.
    // Several sums, for the compiler may not reorder one, and would wait for each addition.
    constexpr std::size_t lanes = 32;
    float poison[lanes] = {};
    const std::size_t whole = tensor.data.size() / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            poison[lane] += 0.0F * tensor.data[i + lane];
        }
    }
    for (std::size_t i = whole; i < tensor.data.size(); ++i) {
        poison[0] += 0.0F * tensor.data[i];
    }
    return std::all_of(std::begin(poison), std::end(poison), [](float sum) { return sum == 0.0F; });
}

Doubt doubt_of(const Tensor& in, const Tensor& out, const ModelSpec& spec) {
    if (out.shape != output_shape(in.shape, spec) || out.shape.c != in.shape.c ||
        out.data.size() != element_count(out.shape)) {
        return Doubt::none;
    }
    const std::int64_t width = out.shape.w / spec.scale;
    const std::int64_t height = out.shape.h / spec.scale;
    for (std::int64_t plane = 0; plane < in.shape.n * in.shape.c; ++plane) {
        const PlanePair planes{
            in.data.data() + (plane * in.shape.h * in.shape.w),    in.shape.w,  spec.border_px,
            out.data.data() + (plane * out.shape.h * out.shape.w), out.shape.w, spec.scale};
        if (const Doubt doubt = doubt_of_plane(planes, width, height); doubt != Doubt::none) {
            return doubt;
        }
    }
    return Doubt::none;
}

bool agree(const Tensor& a, const Tensor& b) {
    if (a.shape != b.shape || a.data.size() != b.data.size()) {
        return false;
    }
    const std::int64_t width = a.shape.w;
    const std::int64_t height = a.shape.h;
    for (std::int64_t plane = 0; plane < a.shape.n * a.shape.c; ++plane) {
        const std::int64_t begin = plane * height * width;
        const PlanePair planes{a.data.data() + begin, width, 0, b.data.data() + begin, width, 1};
        for (std::int64_t row = 0; row < part_count(height); ++row) {
            for (std::int64_t column = 0; column < part_count(width); ++column) {
                if (!(difference(planes, part(width, column), part(height, row)) < same)) {
                    return false;
                }
            }
        }
    }
    return true;
}

} // namespace kizuna
