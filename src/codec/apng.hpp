#pragma once

#include "codec/canvas.hpp"
#include "codec/codec.hpp"

#include <cstdint>
#include <memory>
#include <vector>

// Animations in PNG files: the chunks acTL, fcTL and fdAT of the third edition of the PNG specification,
// which libpng does not know.
namespace kizuna::codec {

struct ApngFrame {
    FrameArea area;
    Disposal disposal = Disposal::keep;
    FrameBlend blend = FrameBlend::replace;
    std::uint64_t begin = 0; ///< where the chunks with its pixels begin in the file
};

struct Apng {
    Animation animation;
    std::vector<ApngFrame> frames;
    bool shows_through = false; ///< what is behind the picture, where its pixels have no alpha
};

/// Of a file that says it is an APNG: all but pixels. Throws Error{corrupt} where the chunks contradict each
/// other, and {limit_exceeded}.
[[nodiscard]] Apng
read_apng(InputStream& in, std::uint32_t width, std::uint32_t height, const DecodeLimits& limits);

/// The frames, composed. `info` is that of the result, with alpha where the animation shows through.
[[nodiscard]] std::unique_ptr<FrameSource>
apng_frames(std::unique_ptr<InputStream> in, Apng apng, const ImageInfo& info, const DecodeLimits& limits);

} // namespace kizuna::codec
