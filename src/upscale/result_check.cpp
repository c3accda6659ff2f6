#include "upscale/result_check.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

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
constexpr double flat = 1e-4;
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

double as_written(double value) {
    return std::clamp(value, 0.0, 1.0);
}

/// One channel of a picture, planar floats or interleaved bytes.
template <typename Sample>
struct Channel {
    const Sample* begin;
    std::int64_t width;
    std::int64_t stride; ///< from a pixel to the next

    [[nodiscard]] double at(std::int64_t x, std::int64_t y) const {
        constexpr double white = std::is_same_v<Sample, float> ? 1 : 255;
        return begin[((y * width) + x) * stride] / white;
    }
};

/// A channel of the tile, less what the network consumes, beside its result.
template <typename Sample>
struct ChannelPair {
    Channel<Sample> in;
    std::int64_t border;
    Channel<Sample> out;
    std::int64_t scale;

    [[nodiscard]] double low(std::int64_t x, std::int64_t y) const { return in.at(x + border, y + border); }

    /// In the middle of the pixels that belong to the input's.
    [[nodiscard]] double high(std::int64_t x, std::int64_t y) const {
        const std::int64_t middle = scale / 2;
        return out.at((x * scale) + middle, (y * scale) + middle);
    }
};

/// Calls `look` for samples of a part, with input and result.
template <typename Sample, typename Look>
void sample(const ChannelPair<Sample>& pair, const Range& columns, const Range& rows, const Look& look) {
    for (std::int64_t y = rows.begin; y < rows.end; y += rows.step()) {
        for (std::int64_t x = columns.begin; x < columns.end; x += columns.step()) {
            look(pair.low(x, y), pair.high(x, y));
        }
    }
}

template <typename Sample>
Doubt doubt_of_part(const ChannelPair<Sample>& pair, const Range& columns, const Range& rows) {
    double count = 0;
    double low_sum = 0;
    double low_squares = 0;
    double high_sum = 0;
    double least = pair.high(columns.begin, rows.begin);
    double most = least;
    sample(pair, columns, rows, [&](double low, double high) {
        ++count;
        low_sum += low;
        low_squares += low * low;
        high_sum += as_written(high);
        least = std::min(least, high);
        most = std::max(most, high);
    });
    const double mean = low_sum / count;
    const double deviation = std::sqrt(std::max(0.0, low_squares / count - mean * mean));
    if (most - least < flat && deviation > lively) {
        return Doubt::flat;
    }
    const double strays = std::abs(high_sum / count - mean);
    return strays > far + far_by_deviation * deviation ? Doubt::far_off : Doubt::none;
}

template <typename Sample>
double difference(const ChannelPair<Sample>& pair, const Range& columns, const Range& rows) {
    double count = 0;
    double sum = 0;
    sample(pair, columns, rows, [&](double low, double high) {
        ++count;
        sum += std::abs(as_written(low) - as_written(high));
    });
    return sum / count;
}

/// Whether `holds` for each of them.
template <typename Holds>
bool all_parts(std::int64_t width, std::int64_t height, const Holds& holds) {
    for (std::int64_t row = 0; row < part_count(height); ++row) {
        for (std::int64_t column = 0; column < part_count(width); ++column) {
            if (!holds(part(width, column), part(height, row))) {
                return false;
            }
        }
    }
    return true;
}

template <typename Sample>
Doubt doubt_of_channel(const ChannelPair<Sample>& pair, std::int64_t width, std::int64_t height) {
    Doubt doubt = Doubt::none;
    all_parts(width, height, [&](const Range& columns, const Range& rows) {
        doubt = doubt_of_part(pair, columns, rows);
        return doubt == Doubt::none;
    });
    return doubt;
}

/// The plane of a batch and channel.
Channel<float> plane_of(const Tensor& tensor, std::int64_t index) {
    return {tensor.data.data() + (index * tensor.shape.h * tensor.shape.w), tensor.shape.w, 1};
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
    for (std::int64_t plane = 0; plane < in.shape.n * in.shape.c; ++plane) {
        const ChannelPair<float> pair{plane_of(in, plane), spec.border_px, plane_of(out, plane), spec.scale};
        const Doubt doubt = doubt_of_channel(pair, out.shape.w / spec.scale, out.shape.h / spec.scale);
        if (doubt != Doubt::none) {
            return doubt;
        }
    }
    return Doubt::none;
}

Doubt doubt_of(const ByteTile& in, const ByteTile& out, const ModelSpec& spec) {
    const Shape expected = output_shape({1, in.channels, in.height, in.width}, spec);
    if (expected != Shape{1, out.channels, out.height, out.width} || out.channels != in.channels ||
        out.data.size() != element_count(expected)) {
        return Doubt::none;
    }
    for (std::int64_t channel = 0; channel < in.channels; ++channel) {
        const ChannelPair<std::uint8_t> pair{
            {in.data.data() + channel, in.width, in.channels},
            spec.border_px,
            {out.data.data() + channel, out.width, out.channels},
            spec.scale};
        const Doubt doubt = doubt_of_channel(pair, out.width / spec.scale, out.height / spec.scale);
        if (doubt != Doubt::none) {
            return doubt;
        }
    }
    return Doubt::none;
}

bool agree(const Tensor& a, const Tensor& b) {
    if (a.shape != b.shape || a.data.size() != b.data.size()) {
        return false;
    }
    for (std::int64_t plane = 0; plane < a.shape.n * a.shape.c; ++plane) {
        const ChannelPair<float> pair{plane_of(a, plane), 0, plane_of(b, plane), 1};
        const auto is_same = [&](const Range& columns, const Range& rows) {
            return difference(pair, columns, rows) < same; // not so with NaN
        };
        if (!all_parts(a.shape.w, a.shape.h, is_same)) {
            return false;
        }
    }
    return true;
}

} // namespace kizuna
