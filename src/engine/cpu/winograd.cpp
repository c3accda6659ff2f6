#include "engine/cpu/winograd.hpp"

#include "base/checked.hpp"
#include "engine/cpu/winograd_kernel.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <vector>

namespace kizuna::cpu {

namespace {

constexpr int kernel_side = 3;

/// What the transforms of a block of tiles may take: they stay in the second-level cache. From 60 to 340 kB
/// it makes no difference that could be measured.
constexpr std::int64_t block_bytes = 200 << 10;
constexpr std::int64_t fewest_tiles = 12;

struct FreeAligned {
    void operator()(float* memory) const { ::operator delete(memory, alignment); }

    static constexpr std::align_val_t alignment{64};
};

using AlignedFloats = std::unique_ptr<float, FreeAligned>;

AlignedFloats aligned_floats(std::int64_t count) {
    const auto bytes = checked_mul(checked_cast<std::size_t>(count), sizeof(float));
    return AlignedFloats(static_cast<float*>(::operator new(bytes, FreeAligned::alignment)));
}

using Filter = std::array<std::array<double, kernel_side>, kernel_side>;
using TransformedFilter = std::array<std::array<double, winograd_inputs>, winograd_inputs>;

// G·g, with the G that belongs to the matrices in winograd_loops.hpp.
std::array<double, winograd_inputs> transform_line(double first, double middle, double last) {
    const double ends_near = (first + last) / 6;
    const double ends_far = first / 24 + last / 6;
    return {first / 4,
            -ends_near - middle / 6,
            -ends_near + middle / 6,
            ends_far + middle / 12,
            ends_far - middle / 12,
            last};
}

// G·g·Gᵀ
TransformedFilter transform_filter(const Filter& filter) {
    std::array<std::array<double, winograd_inputs>, kernel_side> columns{};
    for (std::size_t x = 0; x < columns.size(); ++x) {
        columns[x] = transform_line(filter[0][x], filter[1][x], filter[2][x]);
    }
    TransformedFilter result{};
    for (std::size_t y = 0; y < result.size(); ++y) {
        result[y] = transform_line(columns[0][y], columns[1][y], columns[2][y]);
    }
    return result;
}

Filter filter_at(const Tensor& weight, std::int64_t out, std::int64_t in) {
    const float* from = weight.data.data() + ((out * weight.shape.c) + in) * kernel_side * kernel_side;
    Filter filter{};
    for (auto& row : filter) {
        for (double& value : row) {
            value = *from++;
        }
    }
    return filter;
}

// Point, block of output channels, input channel, output channel of the block. The last block may be smaller.
// Goes through a small table: the points lie so that they would throw one another out of the nearest cache.
void pack_weights(const Tensor& weight, const WinogradKernel& kernel, float* packed) {
    const std::int64_t out_channels = weight.shape.n;
    const std::int64_t in_channels = weight.shape.c;
    const std::int64_t block = std::int64_t{kernel.vector} * kernel.block_vectors;
    std::vector<float> table(static_cast<std::size_t>(winograd_points * block));
    for (std::int64_t first = 0; first < out_channels; first += block) {
        const std::int64_t width = std::min(block, out_channels - first);
        for (std::int64_t in = 0; in < in_channels; ++in) {
            for (std::int64_t out = 0; out < width; ++out) {
                float* to = table.data() + out;
                for (const auto& row : transform_filter(filter_at(weight, first + out, in))) {
                    for (const double value : row) {
                        *to = static_cast<float>(value);
                        to += width;
                    }
                }
            }
            float* to = packed + (first * in_channels) + (in * width);
            for (int point = 0; point < winograd_points; ++point) {
                std::copy_n(table.data() + (point * width), width, to + (point * in_channels * out_channels));
            }
        }
    }
}

std::vector<float> one_for_each(std::vector<float> values, std::size_t channels) {
    if (values.size() == 1) {
        values.assign(channels, values.front());
    }
    return values;
}

WinogradPicture picture(const View& view) {
    return {view.row<float>(0), view.height, view.width, view.channels, view.row_stride, view.pixel_stride};
}

class WinogradConvolution final : public Convolution {
  public:
    WinogradConvolution(const ConvolutionWork& work, const WinogradKernel& kernel)
        : kernel_(kernel)
        , padding_(work.op.padding)
        , in_channels_(work.op.weight.shape.c)
        , out_channels_(work.op.weight.shape.n)
        , block_tiles_(std::max(
              fewest_tiles, block_bytes / (winograd_points * static_cast<std::int64_t>(sizeof(float)) *
                                           (in_channels_ + out_channels_))))
        , bias_(work.op.bias)
        , slope_(one_for_each(work.slope, static_cast<std::size_t>(out_channels_)))
        , weights_(aligned_floats(
              checked_mul(checked_mul<std::int64_t>(winograd_points, in_channels_), out_channels_))) {
        bias_.resize(static_cast<std::size_t>(out_channels_)); // no bias is a bias of 0
        pack_weights(work.op.weight, kernel_, weights_.get());
    }

    [[nodiscard]] std::string name() const override { return kernel_.name; }

    void run_rows(
        const View& in, const View* residual, const View& out, Rows rows, Scratch& scratch) const override {
        WinogradCall call;
        call.in = picture(in);
        call.out = picture(out);
        if (residual != nullptr) {
            call.residual = residual->row<float>(0);
            call.residual_row_stride = residual->row_stride;
            call.residual_pixel_stride = residual->pixel_stride;
        }
        call.pad_top = padding_.top;
        call.pad_left = padding_.left;
        call.row_begin = rows.begin;
        call.row_end = rows.end;
        call.weights = weights_.get();
        call.bias = bias_.data();
        call.slope = slope_.empty() ? nullptr : slope_.data();
        call.block_tiles = block_tiles_;
        call.scratch = scratch.floats(
            static_cast<std::size_t>(winograd_scratch_floats(in_channels_, out_channels_, block_tiles_)));
        kernel_.run(call);
    }

  private:
    const WinogradKernel& kernel_;
    Sides padding_;
    std::int64_t in_channels_;
    std::int64_t out_channels_;
    std::int64_t block_tiles_;
    std::vector<float> bias_;
    std::vector<float> slope_;
    AlignedFloats weights_;
};

} // namespace

bool fits_winograd(const ConvolutionWork& work) {
    constexpr std::int64_t channel_step = 16;
    const Conv2d& op = work.op;
    const Shape& weight = op.weight.shape;
    return weight.h == kernel_side && weight.w == kernel_side && op.stride == std::array{1, 1} &&
           op.dilation == std::array{1, 1} && op.groups == 1 && weight.c % channel_step == 0 &&
           weight.n % channel_step == 0 && work.in == Element::f32 && work.out == Element::f32;
}

std::vector<const WinogradKernel*> winograd_kernels() {
    std::vector<const WinogradKernel*> kernels;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        kernels.push_back(&winograd_avx512);
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        kernels.push_back(&winograd_avx2);
    }
#endif
    kernels.push_back(&winograd_portable);
    return kernels;
}

std::unique_ptr<Convolution> make_winograd(const ConvolutionWork& work, const WinogradKernel& kernel) {
    return std::make_unique<WinogradConvolution>(work, kernel);
}

} // namespace kizuna::cpu
