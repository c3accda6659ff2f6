#pragma once

#include "engine/cpu/convolution.hpp"
#include "engine/cpu/winograd_kernel.hpp"

#include <memory>
#include <vector>

// 3×3 convolutions of stride 1 by Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray, "Fast Algorithms
// for Convolutional Neural Networks", 2016): 36 products where the direct way needs 144, in float32.
namespace kizuna::cpu {

/// Whether make_winograd() takes it: 3×3, no stride, dilation or groups, channels in and out in multiples of
/// 16, float32 on both sides.
[[nodiscard]] bool fits_winograd(const ConvolutionWork& work);

/// Those that this processor can run, the fastest first: AVX-512, AVX2, and what the compiler takes for
/// granted.
[[nodiscard]] std::vector<const WinogradKernel*> winograd_kernels();

/// `work` must fit. Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<Convolution>
make_winograd(const ConvolutionWork& work, const WinogradKernel& kernel);

} // namespace kizuna::cpu
