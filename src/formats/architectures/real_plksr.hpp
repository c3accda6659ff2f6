#pragma once

#include "formats/architectures/layers.hpp"

#include <cstdint>

// What RealPLKSR's two kinds share: they differ in how they enlarge.
namespace kizuna::architectures {

[[nodiscard]] bool is_plksr(const Weights& weights);

[[nodiscard]] std::int64_t picture_channels(const Weights& weights);

/// The last convolution, which gives scale² values for each channel of the picture.
struct PlksrBody {
    int value = 0;
    int scale = 1;
};

/// Everything up to there. Throws as Architecture::build.
[[nodiscard]] PlksrBody add_plksr_body(Layers& layers);

} // namespace kizuna::architectures
