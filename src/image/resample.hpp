#pragma once

#include "image/rows.hpp"

#include <cstdint>
#include <memory>

namespace kizuna {

enum class Filter : std::uint8_t {
    lanczos3, ///< sinc windowed by a sinc of three lobes (Duchon 1979): sharp; for photographs' and drawings'
              ///< final size
    bicubic,  ///< cubic convolution with a = −0.5 (Keys 1981), "Catmull-Rom": little ringing; for alpha
};

/// The picture (f32 samples) at another size, separably filtered, the filter widened when shrinking. Pixels
/// outside do not exist: weights are normalised over the pixels that do. Colour is weighted by alpha where
/// there is one, so that the colour of transparent pixels does not bleed; alpha is clamped to [0,1]. The
/// samples are filtered as they are, gamma-encoded: an ICC profile may say anything about their linear light,
/// and thin dark lines on white, which is what drawings are made of, keep their weight. Streams; holds as
/// many rows as the filter is high. Returns the source itself where the size is the same.
[[nodiscard]] std::unique_ptr<RowSource>
resample(std::unique_ptr<RowSource> source, std::uint32_t width, std::uint32_t height, Filter filter);

} // namespace kizuna
