#pragma once

#include "engine/cpu/scratch.hpp"
#include "engine/cpu/view.hpp"
#include "graph/graph.hpp"

#include <memory>
#include <string>
#include <vector>

// What computes a Conv2d. Several implementations; choose_convolution() is the one place that knows when each
// is taken.
namespace kizuna::cpu {

/// A Conv2d with what follows it in the same pass over memory:
/// out = activation(convolution + bias) + residual.
struct ConvolutionWork {
    Conv2d op;
    /// x < 0 ? slope·x : x, one for all channels or one each; empty = no activation.
    std::vector<float> slope;
    bool adds_residual = false;
    /// What is multiplied; sums are f32 in any case. Where it is f32, so is the input; bf16 takes both.
    Element in = Element::f32;
    Element out = Element::f32;
};

/// Holds the weights as it wants them. Thread-safe: many workers call run_rows at once, for any sizes.
class Convolution {
  public:
    Convolution() = default;
    Convolution(const Convolution&) = delete;
    Convolution& operator=(const Convolution&) = delete;
    virtual ~Convolution() = default;

    /// For logs: "oneDNN brgconv:avx512_core", "Winograd AVX2", …
    [[nodiscard]] virtual std::string name() const = 0;

    /// Computes these rows of `out` from the whole of `in`. `rows.begin` is a multiple of band_step and
    /// `rows.end` one, too, or the last row's end. `residual` has out's sizes and is f32; null where none is
    /// added. None of the views overlap. The same rows give the same numbers whoever computes them.
    virtual void
    run_rows(const View& in, const View* residual, const View& out, Rows rows, Scratch& scratch) const = 0;
};

/// A common multiple of the rows that kernels compute at once (Winograd: 2, 4 or 6).
inline constexpr std::int64_t band_step = 12;

/// Gives the convolution more output channels, all zero, where it is faster with them: the first ones are
/// what was asked for.
void widen_for_speed(ConvolutionWork& work);

[[nodiscard]] std::unique_ptr<Convolution> choose_convolution(const ConvolutionWork& work);

} // namespace kizuna::cpu
