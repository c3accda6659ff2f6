#include "graph/limits.hpp"
#include "graph/passes.hpp"
#include "graph/rewriter.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace kizuna {

namespace {

/// One axis of a transposed convolution of stride s. With the padding uncut, output Y = s·q + phase is the
/// sum over j of input q − j by the kernel's place phase + s·j: a convolution for each phase.
struct AxisPhases {
    std::int64_t stride = 0;
    std::int64_t kernel = 0;
    std::int64_t padding_before = 0;
    std::int64_t padding_after = 0;
    std::int64_t output_padding = 0;

    /// Places that a phase's kernel has.
    [[nodiscard]] std::int64_t taps() const { return (kernel + stride - 1) / stride; }

    /// Phases have about as many places together as the kernel has. They do not where it is shorter than the
    /// stride: every phase that it does not reach would be a kernel of zeros.
    [[nodiscard]] bool is_worthwhile() const { return taps() * stride <= 2 * kernel; }

    /// Outputs below this q are all cut off, and need no padding of the input to be computed.
    [[nodiscard]] std::int64_t skipped() const { return std::min(padding_before / stride, taps() - 1); }

    [[nodiscard]] std::int64_t pad_before() const { return taps() - 1 - skipped(); }

    [[nodiscard]] std::int64_t pad_after() const {
        return std::max<std::int64_t>(kernel - 1 - padding_after + output_padding, 0) / stride;
    }

    [[nodiscard]] std::int64_t cut_before() const { return padding_before - (stride * skipped()); }

    /// The convolution gives in + pad_before + pad_after − taps + 1 times `stride` outputs; wanted are
    /// (in − 1) · stride + kernel − padding + output_padding.
    [[nodiscard]] std::int64_t cut_after() const {
        return (stride * (pad_before() + pad_after() - taps() + 2)) - cut_before() - kernel + padding_before +
               padding_after - output_padding;
    }
};

struct Parts {
    Conv2d convolution;
    PixelShuffle shuffle;
    Crop crop;
};

Tensor phase_weights(const ConvTranspose2d& op, const AxisPhases& vertical, const AxisPhases& horizontal) {
    const Shape& old = op.weight.shape;
    const std::int64_t stride = vertical.stride;
    Tensor made{{old.c * stride * stride, old.n, vertical.taps(), horizontal.taps()}, {}};
    made.data.resize(element_count(made.shape));
    const auto at = [](const Shape& shape, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
        return static_cast<std::size_t>((((((n * shape.c) + c) * shape.h) + y) * shape.w) + x);
    };
    for (std::int64_t in = 0; in < old.n; ++in) {
        for (std::int64_t out = 0; out < old.c; ++out) {
            for (std::int64_t y = 0; y < old.h; ++y) {
                for (std::int64_t x = 0; x < old.w; ++x) {
                    const std::int64_t phase = ((y % stride) * stride) + (x % stride);
                    const std::int64_t ty = vertical.taps() - 1 - (y / stride);
                    const std::int64_t tx = horizontal.taps() - 1 - (x / stride);
                    made.data[at(made.shape, (phase * old.c) + out, in, ty, tx)] =
                        op.weight.data[at(old, in, out, y, x)];
                }
            }
        }
    }
    return made;
}

AxisPhases vertical_axis(const ConvTranspose2d& op) {
    return {op.stride[0], op.weight.shape.h, op.padding.top, op.padding.bottom, op.output_padding[0]};
}

AxisPhases horizontal_axis(const ConvTranspose2d& op) {
    return {op.stride[1], op.weight.shape.w, op.padding.left, op.padding.right, op.output_padding[1]};
}

bool fits(const ConvTranspose2d& op) {
    return op.stride[0] == op.stride[1] && op.stride[0] <= max_factor && op.dilation == std::array{1, 1} &&
           op.groups == 1 && op.weight.shape.c <= max_channels / op.stride[0] / op.stride[0] &&
           vertical_axis(op).is_worthwhile() && horizontal_axis(op).is_worthwhile();
}

Parts split(const ConvTranspose2d& op) {
    const AxisPhases vertical = vertical_axis(op);
    const AxisPhases horizontal = horizontal_axis(op);
    Parts parts;
    parts.convolution.weight = phase_weights(op, vertical, horizontal);
    for (int phase = 0; phase < op.stride[0] * op.stride[1]; ++phase) {
        parts.convolution.bias.insert(parts.convolution.bias.end(), op.bias.begin(), op.bias.end());
    }
    parts.convolution.padding = {
        static_cast<int>(vertical.pad_before()), static_cast<int>(horizontal.pad_before()),
        static_cast<int>(vertical.pad_after()), static_cast<int>(horizontal.pad_after())};
    parts.shuffle = {PixelShuffle::Order::dcr, op.stride[0]};
    parts.crop.sides = {
        static_cast<int>(vertical.cut_before()), static_cast<int>(horizontal.cut_before()),
        static_cast<int>(vertical.cut_after()), static_cast<int>(horizontal.cut_after())};
    return parts;
}

} // namespace

Graph without_transposed_convolutions(const Graph& graph) {
    Rewriter rewriter(graph);
    return rewriter.run([&](int i) {
        const auto* const op = rewriter.get<ConvTranspose2d>(i);
        if (op == nullptr || !fits(*op)) {
            rewriter.keep(i);
            return;
        }
        Parts parts = split(*op);
        const std::string& name = rewriter.node(i).name;
        const int sums =
            rewriter.add({name, std::move(parts.convolution), rewriter.values(rewriter.node(i).inputs)});
        const int whole = rewriter.add({name, parts.shuffle, {sums}});
        rewriter.replace(i, rewriter.add({name, parts.crop, {whole}}));
    });
}

} // namespace kizuna
