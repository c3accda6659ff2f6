#pragma once

#include "video/decoder.hpp"
#include "video/encoder.hpp"
#include "video/frame_upscaler.hpp"
#include "video/muxer.hpp"
#include "video/sequence_sink.hpp"
#include "video/work_folder.hpp"

#include "kizuna/video_options.hpp"

#include <filesystem>
#include <optional>

namespace kizuna::video {

/// Everything that follows from the first frame and the options, before a picture goes through the network.
struct VideoPlan {
    enum class Kind { file, stream, sequence };
    Kind kind = Kind::file;
    std::optional<SequenceName> sequence;
    VideoDecoder::Options decoder;
    UpscaleOptions upscale;          ///< with the size, and the tiles' where frames are to share them
    ImageInfo input;                 ///< size and format of the pictures
    ImageInfo result;                ///< of what is encoded
    std::uint32_t picture_width = 0; ///< of one picture, of which there may be two side by side
    EncoderSettings encoder;
    MuxerSettings muxer;
    std::uint64_t frames = 0; ///< guessed; 0 = not known
    TileLimits tile_limits;   ///< the same for all pictures, so that their tiles lie in the same places
};

/// Throws Error for all that can be known to fail: options, an encoder or a container that is not there,
/// streams that do not fit.
[[nodiscard]] VideoPlan plan_video(
    const FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    const VideoOptions& options);

/// All that the bytes of the result depend on.
[[nodiscard]] Json describe_work(
    const FrameUpscaler& upscaler, const std::filesystem::path& input, const VideoPlan& plan,
    const VideoOptions& options);

} // namespace kizuna::video
