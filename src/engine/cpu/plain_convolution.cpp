#include "engine/cpu/plain_convolution.hpp"

#include "engine/cpu/clones.hpp"
#include "engine/cpu/epilogue.hpp"
#include "engine/cpu/kernel.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>
#include <vector>

namespace kizuna::cpu {

namespace {

KIZUNA_CLONES void
add_products(const float* in, std::size_t inputs, const float* weights, std::size_t outputs, float* sums) {
    for (std::size_t i = 0; i < inputs; ++i) {
        for (std::size_t o = 0; o < outputs; ++o) {
            sums[o] += in[i] * weights[(i * outputs) + o];
        }
    }
}

/// Weights of both kinds of convolution, sorted for the loops: [group][kernel row][kernel column][in][out].
class SortedWeights {
  public:
    explicit SortedWeights(const Conv2d& op)
        : SortedWeights(op.weight.shape, op.groups, op.weight.shape.c, op.weight.shape.n / op.groups) {
        fill([&](std::int64_t g, std::int64_t k, std::int64_t i, std::int64_t o) {
            return op.weight.data[static_cast<std::size_t>(((((g * out_) + o) * in_) + i) * kernel_ + k)];
        });
    }

    explicit SortedWeights(const ConvTranspose2d& op)
        : SortedWeights(op.weight.shape, op.groups, op.weight.shape.n / op.groups, op.weight.shape.c) {
        fill([&](std::int64_t g, std::int64_t k, std::int64_t i, std::int64_t o) {
            return op.weight.data[static_cast<std::size_t>(((((g * in_) + i) * out_) + o) * kernel_ + k)];
        });
    }

    /// One input pixel's part in one output pixel, through the kernel's place (ky, kx).
    void add(const float* in, std::int64_t ky, std::int64_t kx, float* sums) const {
        for (std::int64_t g = 0; g < groups_; ++g) {
            const std::int64_t at = ((g * kernel_) + (ky * kernel_width_) + kx) * in_ * out_;
            add_products(
                in + (g * in_), static_cast<std::size_t>(in_), data_.data() + at,
                static_cast<std::size_t>(out_), sums + (g * out_));
        }
    }

  private:
    SortedWeights(const Shape& shape, int groups, std::int64_t in, std::int64_t out)
        : groups_(groups)
        , in_(in)
        , out_(out)
        , kernel_width_(shape.w)
        , kernel_(shape.h * shape.w)
        , data_(element_count(shape)) {}

    template <typename Value>
    void fill(const Value& value) {
        auto next = data_.begin();
        for (std::int64_t g = 0; g < groups_; ++g) {
            for (std::int64_t k = 0; k < kernel_; ++k) {
                for (std::int64_t i = 0; i < in_; ++i) {
                    for (std::int64_t o = 0; o < out_; ++o) {
                        *next++ = value(g, k, i, o);
                    }
                }
            }
        }
    }

    std::int64_t groups_;
    std::int64_t in_;  // of one group
    std::int64_t out_; // of one group
    std::int64_t kernel_width_;
    std::int64_t kernel_;
    std::vector<float> data_;
};

/// What both kinds say of their kernel.
struct Geometry {
    std::array<int, 2> stride;
    std::array<int, 2> dilation;
    Sides padding;
    std::array<std::int64_t, 2> kernel;
};

template <typename Op>
Geometry geometry_of(const Op& op) {
    return {op.stride, op.dilation, op.padding, {op.weight.shape.h, op.weight.shape.w}};
}

std::vector<float> bias_or_zero(const std::vector<float>& bias, std::int64_t channels) {
    return bias.empty() ? std::vector<float>(static_cast<std::size_t>(channels)) : bias;
}

class PlainConvolution final : public Convolution {
  public:
    explicit PlainConvolution(const ConvolutionWork& work)
        : geometry_(geometry_of(work.op))
        , weights_(work.op)
        , bias_(bias_or_zero(work.op.bias, work.op.weight.shape.n))
        , epilogue_(work.slope) {}

    [[nodiscard]] std::string name() const override { return "plain convolution"; }

    void run_rows(
        const View& in, const View* residual, const View& out, Rows rows, Scratch& scratch) const override {
        const std::size_t length = row_length(out);
        float* const sums = scratch.floats(length + Epilogue::scratch_floats(out) + row_length(in));
        float* const in_row = sums + length + Epilogue::scratch_floats(out);
        View packed = out;
        packed.data = reinterpret_cast<std::byte*>(sums);
        packed.element = Element::f32;
        packed.pixel_stride = out.channels;
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            spread(bias_, out.width, out.channels, sums);
            for (std::int64_t ky = 0; ky < geometry_.kernel[0]; ++ky) {
                const std::int64_t sy =
                    (y * geometry_.stride[0]) - geometry_.padding.top + (ky * geometry_.dilation[0]);
                if (sy >= 0 && sy < in.height) {
                    add_row(read_row(in, sy, in_row), in, ky, out, sums);
                }
            }
            packed.first_row = y;
            epilogue_.finish(packed, residual, out, y, sums + length);
        }
    }

  private:
    void add_row(const float* row, const View& in, std::int64_t ky, const View& out, float* sums) const {
        for (std::int64_t x = 0; x < out.width; ++x) {
            for (std::int64_t kx = 0; kx < geometry_.kernel[1]; ++kx) {
                const std::int64_t sx =
                    (x * geometry_.stride[1]) - geometry_.padding.left + (kx * geometry_.dilation[1]);
                if (sx >= 0 && sx < in.width) {
                    weights_.add(row + (sx * in.channels), ky, kx, sums + (x * out.channels));
                }
            }
        }
    }

    Geometry geometry_;
    SortedWeights weights_;
    std::vector<float> bias_;
    Epilogue epilogue_;
};

class TransposedConvolution final : public Kernel {
  public:
    explicit TransposedConvolution(const ConvTranspose2d& op)
        : geometry_(geometry_of(op))
        , weights_(op)
        , bias_(bias_or_zero(op.bias, op.weight.shape.c * op.groups)) {}

    [[nodiscard]] std::string name() const override { return "plain transposed convolution"; }

    [[nodiscard]] Rows needs(std::size_t /*input*/, Rows rows, Heights heights) const override {
        const std::int64_t first =
            rows.begin + geometry_.padding.top - ((geometry_.kernel[0] - 1) * geometry_.dilation[0]);
        const std::int64_t last = rows.end - 1 + geometry_.padding.top;
        const Rows needed{
            std::max<std::int64_t>(first, 0) / geometry_.stride[0],
            std::min(last / geometry_.stride[0], heights.in - 1) + 1};
        return needed.begin < needed.end ? needed : Rows{};
    }

    // An input pixel s adds to the outputs s · stride + k · dilation − padding.
    void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const override {
        float* const memory = scratch.floats(row_length(in[0]) + row_length(out));
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            float* const sums = begin_row(out, y, memory + row_length(in[0]));
            spread(bias_, out.width, out.channels, sums);
            for (std::int64_t ky = 0; ky < geometry_.kernel[0]; ++ky) {
                const std::int64_t at = y + geometry_.padding.top - (ky * geometry_.dilation[0]);
                if (at >= 0 && at % geometry_.stride[0] == 0 && at / geometry_.stride[0] < in[0].height) {
                    add_row(read_row(in[0], at / geometry_.stride[0], memory), in[0], ky, out, sums);
                }
            }
            finish_row(out, y, sums);
        }
    }

  private:
    void add_row(const float* row, const View& in, std::int64_t ky, const View& out, float* sums) const {
        for (std::int64_t sx = 0; sx < in.width; ++sx) {
            for (std::int64_t kx = 0; kx < geometry_.kernel[1]; ++kx) {
                const std::int64_t x =
                    (sx * geometry_.stride[1]) + (kx * geometry_.dilation[1]) - geometry_.padding.left;
                if (x >= 0 && x < out.width) {
                    weights_.add(row + (sx * in.channels), ky, kx, sums + (x * out.channels));
                }
            }
        }
    }

    Geometry geometry_;
    SortedWeights weights_;
    std::vector<float> bias_;
};

} // namespace

std::unique_ptr<Convolution> make_plain_convolution(const ConvolutionWork& work) {
    return std::make_unique<PlainConvolution>(work);
}

std::unique_ptr<Kernel> make_transposed(const ConvTranspose2d& op) {
    return std::make_unique<TransposedConvolution>(op);
}

} // namespace kizuna::cpu
