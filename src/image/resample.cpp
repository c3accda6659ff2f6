#include "image/resample.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

double lanczos3(double x) {
    constexpr double lobes = 3;
    x = std::abs(x);
    if (x >= lobes) {
        return 0;
    }
    if (x < 1e-9) {
        return 1;
    }
    const double t = std::numbers::pi * x;
    return lobes * std::sin(t) * std::sin(t / lobes) / (t * t);
}

double bicubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) {
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    if (x < 2) {
        return a * (((x - 5) * x + 8) * x - 4);
    }
    return 0;
}

struct Kernel {
    double (*weight)(double);
    double radius;
};

Kernel kernel_of(Filter filter) {
    return filter == Filter::lanczos3 ? Kernel{lanczos3, 3} : Kernel{bicubic, 2};
}

/// The input positions that make one output position, and their weights.
struct Taps {
    std::uint32_t first = 0;
    std::vector<float> weights;

    [[nodiscard]] std::uint32_t end() const { return first + static_cast<std::uint32_t>(weights.size()); }
};

Taps taps_at(std::uint32_t position, std::uint32_t in, std::uint32_t out, const Kernel& kernel) {
    const double step = static_cast<double>(in) / out;
    const double widening = std::max(1.0, step);
    const double centre = (position + 0.5) * step - 0.5;
    const double radius = kernel.radius * widening;
    const auto first = static_cast<std::int64_t>(std::max(0.0, std::ceil(centre - radius)));
    const auto last = static_cast<std::int64_t>(std::min<double>(in - 1.0, std::floor(centre + radius)));
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t i = first; i <= last; ++i) {
        weights.push_back(kernel.weight((static_cast<double>(i) - centre) / widening));
        sum += weights.back();
    }
    Taps taps{static_cast<std::uint32_t>(first), {}};
    taps.weights.reserve(weights.size());
    for (const double weight : weights) {
        taps.weights.push_back(static_cast<float>(weight / sum));
    }
    return taps;
}

std::vector<Taps> all_taps(std::uint32_t in, std::uint32_t out, const Kernel& kernel) {
    std::vector<Taps> taps;
    taps.reserve(out);
    for (std::uint32_t i = 0; i < out; ++i) {
        taps.push_back(taps_at(i, in, out, kernel));
    }
    return taps;
}

void premultiply(std::span<float> row, int channels) {
    for (std::size_t i = 0; i < row.size(); i += channels) {
        for (int c = 0; c + 1 < channels; ++c) {
            row[i + c] *= row[i + channels - 1];
        }
    }
}

void unpremultiply(std::span<float> row, int channels) {
    // Below this alpha the colour is not visible, and the quotient is noise.
    constexpr float transparent = 1.0F / (1U << 20U);
    for (std::size_t i = 0; i < row.size(); i += channels) {
        float& alpha = row[i + channels - 1];
        for (int c = 0; c + 1 < channels; ++c) {
            row[i + c] = alpha > transparent ? row[i + c] / alpha : 0.0F;
        }
        alpha = std::clamp(alpha, 0.0F, 1.0F); // last: colour and alpha overshoot together
    }
}

template <int channels>
void filter_row(std::span<const float> in, const std::vector<Taps>& taps, std::span<float> out) {
    float* to = out.data();
    for (const Taps& tap : taps) {
        const float* from = in.data() + std::size_t{tap.first} * channels;
        float sums[channels] = {};
        for (const float weight : tap.weights) {
            for (int c = 0; c < channels; ++c) {
                sums[c] += weight * from[c];
            }
            from += channels;
        }
        to = std::copy_n(sums, channels, to);
    }
}

using FilterRow = void (*)(std::span<const float>, const std::vector<Taps>&, std::span<float>);

FilterRow filter_for(int channels) {
    constexpr FilterRow by_channels[] = {filter_row<1>, filter_row<2>, filter_row<3>, filter_row<4>};
    return by_channels[channels - 1];
}

ImageInfo with_size(ImageInfo info, std::uint32_t width, std::uint32_t height) {
    info.width = width;
    info.height = height;
    return info;
}

// Each input row is filtered across once and kept in a ring; each output row is a weighted sum of rows of the
// ring.
class Resampler final : public RowSource {
  public:
    Resampler(
        std::unique_ptr<RowSource> source, std::uint32_t width, std::uint32_t height, const Kernel& kernel)
        : RowSource(with_size(source->info(), width, height))
        , source_(std::move(source))
        , kernel_(kernel)
        , columns_(all_taps(source_->info().width, width, kernel))
        , filter_(filter_for(info_.format.channels))
        , input_row_(source_->info().row_bytes()) {
        const double step = static_cast<double>(source_->info().height) / height;
        const auto most_taps =
            static_cast<std::size_t>(2 * std::ceil(kernel.radius * std::max(1.0, step)) + 2);
        ring_.resize(std::min<std::size_t>(most_taps, source_->info().height));
    }

    void read_row(std::span<std::byte> row) override {
        const Taps taps = taps_at(next_++, source_->info().height, info_.height, kernel_);
        while (rows_read_ < taps.end()) {
            pull_row();
        }
        const auto out = as_floats(row);
        std::fill(out.begin(), out.end(), 0.0F);
        for (std::size_t i = 0; i < taps.weights.size(); ++i) {
            const float weight = taps.weights[i];
            const float* from = ring_[(taps.first + i) % ring_.size()].data();
            for (std::size_t x = 0; x < out.size(); ++x) {
                out[x] += weight * from[x];
            }
        }
        if (info_.format.has_alpha()) {
            unpremultiply(out, info_.format.channels);
        }
    }

  private:
    void pull_row() {
        source_->read_row(input_row_);
        const auto in = as_floats(std::span<std::byte>(input_row_));
        if (info_.format.has_alpha()) {
            premultiply(in, info_.format.channels);
        }
        auto& slot = ring_[rows_read_ % ring_.size()];
        slot.resize(std::size_t{info_.width} * info_.format.channels);
        filter_(in, columns_, slot);
        ++rows_read_;
    }

    std::unique_ptr<RowSource> source_;
    Kernel kernel_;
    std::vector<Taps> columns_;
    FilterRow filter_;
    std::vector<std::byte> input_row_;
    std::vector<std::vector<float>> ring_;
    std::uint32_t rows_read_ = 0;
    std::uint32_t next_ = 0;
};

} // namespace

std::unique_ptr<RowSource>
resample(std::unique_ptr<RowSource> source, std::uint32_t width, std::uint32_t height, Filter filter) {
    if (source->info().width == width && source->info().height == height) {
        return source;
    }
    return std::make_unique<Resampler>(std::move(source), width, height, kernel_of(filter));
}

} // namespace kizuna
