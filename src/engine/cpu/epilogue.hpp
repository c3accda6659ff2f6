#pragma once

#include "engine/cpu/view.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kizuna::cpu {

/// What follows a convolution's sums: out = activation(sums) + residual, in float32.
class Epilogue {
  public:
    /// As in ConvolutionWork; an empty slope is no activation.
    explicit Epilogue(std::vector<float> slope)
        : slope_(std::move(slope)) {}

    /// Numbers that `finish` needs to work in.
    [[nodiscard]] static std::size_t scratch_floats(const View& out);

    /// Row y of `out` from row y of `sums`, which may be the same memory. `residual` may be null.
    void
    finish(const View& sums, const View* residual, const View& out, std::int64_t y, float* scratch) const;

  private:
    std::vector<float> slope_;
};

} // namespace kizuna::cpu
