#pragma once

#include "engine/cpu/convolution.hpp"

namespace kizuna::cpu {

/// Any Conv2d by plain loops: for shapes that no faster implementation takes, and the yardstick of those.
[[nodiscard]] std::unique_ptr<Convolution> make_plain_convolution(const ConvolutionWork& work);

} // namespace kizuna::cpu
