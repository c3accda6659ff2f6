#pragma once

#include "video/ffmpeg.hpp"

#include "kizuna/image.hpp"

#include <cstdint>

// Between a decoder's or encoder's planes and the network's RGB, by FFmpeg's swscale.
namespace kizuna::video {

/// What a video's numbers mean. Nothing is converted between these: what comes in goes out, as numbers
/// between 0 and 1 of the same curve and the same primaries.
struct ColourTraits {
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
    AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
    AVChromaLocation chroma = AVCHROMA_LOC_UNSPECIFIED;
};

/// Those of a decoded frame. A matrix that is not told is the one that players take for pictures of this
/// size. Throws Error{unsupported} for matrices that swscale does not know.
[[nodiscard]] ColourTraits traits_of(const AVFrame& frame);

/// For an encoder that takes `format`, from those of the decoded frames: RGB becomes BT.709 where it is to be
/// YUV, YUV loses its matrix where it is to be RGB.
[[nodiscard]] ColourTraits traits_for(AVPixelFormat format, const ColourTraits& from);

/// Whether there are more than 8 bits in a sample.
[[nodiscard]] bool is_deep(AVPixelFormat format);

[[nodiscard]] bool has_alpha(AVPixelFormat format);

/// swscale, set up for one size, two formats and what their numbers mean.
class Converter {
  public:
    Converter(
        int width, int height, AVPixelFormat from, const ColourTraits& from_traits, AVPixelFormat to,
        const ColourTraits& to_traits);

    void convert(const AVFrame& from, AVFrame& to) const;

  private:
    std::unique_ptr<SwsContext, FfmpegDeleter> context_;
};

/// Decoded frames as RGB pictures, of 8 bits, or of 16 where the frames have more than 8. Frames have one
/// size and format. An alpha channel is left out.
class FrameReader {
  public:
    FrameReader(const AVFrame& like, const ColourTraits& traits);

    [[nodiscard]] Image read(const AVFrame& frame);

  private:
    PixelFormat format_;
    Converter converter_;
    FramePtr rgb_;
};

/// RGB pictures as frames for an encoder.
class FrameWriter {
  public:
    /// `like`: the pictures' size and format.
    FrameWriter(const ImageInfo& like, AVPixelFormat format, const ColourTraits& traits);

    [[nodiscard]] FramePtr write(const Image& picture);

  private:
    ImageInfo like_;
    AVPixelFormat format_;
    ColourTraits traits_;
    Converter converter_;
    FramePtr rgb_;
};

} // namespace kizuna::video
