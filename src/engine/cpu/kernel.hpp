#pragma once

#include "engine/cpu/scratch.hpp"
#include "engine/cpu/view.hpp"
#include "graph/graph.hpp"

#include <memory>
#include <span>
#include <string>

// What computes one value of a network, row by row. Shapes come with each call; a kernel holds only what the
// operator says. Any input and output may be f32 or bf16 and have any strides; kernels compute in f32.
namespace kizuna::cpu {

struct Heights {
    std::int64_t in = 0;
    std::int64_t out = 0;
};

class Kernel {
  public:
    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    virtual ~Kernel() = default;

    /// The rows of input number `input` that these rows of the result are made of. May be empty.
    [[nodiscard]] virtual Rows needs(std::size_t input, Rows rows, Heights heights) const;

    /// Computes these rows of `out`. Reads no rows but those that it needs. Thread-safe.
    virtual void run(std::span<const View> in, const View& out, Rows rows, Scratch& scratch) const = 0;

    [[nodiscard]] virtual std::string name() const = 0;
};

/// For operators of one input row by row: PRelu, Sigmoid, Tanh, Sqrt, Clip, Affine, and Binary of two.
[[nodiscard]] std::unique_ptr<Kernel> make_elementwise(const Operator& op);

/// Pad, PixelShuffle, PixelUnshuffle.
[[nodiscard]] std::unique_ptr<Kernel> make_arrangement(const Operator& op);

/// The same numbers in another place or type.
[[nodiscard]] std::unique_ptr<Kernel> make_copy();

[[nodiscard]] std::unique_ptr<Kernel> make_resize(const Resize& op);

/// A GlobalAveragePool in two steps, so that rows are summed side by side: the mean of each row (width 1),
/// and of those (height 1).
[[nodiscard]] std::unique_ptr<Kernel> make_row_means();
[[nodiscard]] std::unique_ptr<Kernel> make_column_mean();

/// A transposed convolution by plain loops.
[[nodiscard]] std::unique_ptr<Kernel> make_transposed(const ConvTranspose2d& op);

} // namespace kizuna::cpu
