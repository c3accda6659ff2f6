#pragma once

#include "engine/cpu/convolution.hpp"

namespace kizuna::cpu {

/// A Conv2d by oneDNN; null where oneDNN has nothing but its slow reference for it.
[[nodiscard]] std::unique_ptr<Convolution> make_onednn_convolution(const ConvolutionWork& work);

} // namespace kizuna::cpu
