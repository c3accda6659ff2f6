#pragma once

#include "kizuna/upscale_options.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace kizuna {

/// What is done about interlaced video.
enum class Deinterlace : std::uint8_t {
    automatic, ///< interlaced frames are made whole ones, others are left alone
    off,
    on, ///< all frames, for video that does not say that it is interlaced
};

/// What is to be done with a video. The defaults are good: the network's own scale, H.264 that looks like the
/// upscaled pictures, all other streams copied.
struct VideoOptions {
    /// Of each frame. A `tile_px` of 0 is as large as lets frames share what stands still.
    UpscaleOptions upscale;

    /// FFmpeg's name of an encoder ("libx265", "ffv1"). Empty: libx264, or libvpx-vp9 for WebM.
    std::string encoder;
    /// The encoder's quality, lower is better; 0 is lossless for libx264. Not set: 16 for libx264.
    std::optional<int> crf;
    std::string preset;       ///< the encoder's, "slow"; empty: its own default
    std::string pixel_format; ///< FFmpeg's name of one; empty: yuv420p, with 10 bits where the input has more
                              ///< than 8, and for lossless encoders the one nearest to the input's
    /// Of what is written to standard output: "y4m" or "nut", raw pictures both.
    std::string pipe_format = "y4m";

    Deinterlace deinterlace = Deinterlace::automatic;

    /// A frame that differs from the one that was upscaled last by no more than this, in levels of 255,
    /// counts as the same and is not upscaled again. 0: only where every bit is equal.
    int still_tolerance = 0;
    /// Steadies what stands still: takes the mean over the last frames wherever nothing moves.
    bool temporal = false;

    /// A part of the video only, in seconds.
    double begin_seconds = 0;
    double length_seconds = 0; ///< 0: to the end
    /// Before and after side by side.
    bool compare = false;

    /// Streams that the output's container cannot hold are left out, with a warning; else they are
    /// Error{unsupported} before any work is done.
    bool drop_streams = false;
    bool overwrite = false; ///< else an existing output is Error{already_exists}
    /// Begin anew, where work on this output has been interrupted.
    bool restart = false;
    /// Frames that are encoded as one: what is lost at the most where the process is killed.
    int segment_frames = 120;
};

/// How far a video has come.
struct VideoProgress {
    std::uint64_t frames_done = 0;    ///< those kept from before an interruption included
    std::uint64_t frames_total = 0;   ///< guessed from the video's length; 0 = not known
    std::uint64_t frames_resumed = 0; ///< kept from before an interruption
    std::uint64_t bytes = 0;          ///< encoded so far
    double seconds = 0;               ///< since the beginning of this run
};

/// Called after every frame, on a thread of the library's. It must not throw, and should return quickly.
using VideoProgressCallback = std::function<void(const VideoProgress&)>;

/// What was done, for reports.
struct VideoReport {
    std::uint32_t input_width = 0;
    std::uint32_t input_height = 0;
    std::uint32_t output_width = 0;
    std::uint32_t output_height = 0;
    std::uint64_t frames = 0;          ///< of the result
    std::uint64_t frames_resumed = 0;  ///< that had been made before an interruption
    std::uint64_t frames_upscaled = 0; ///< that went through the network, as a whole or in part
    std::uint64_t frames_reused = 0;   ///< that were like the one before them
    std::uint64_t tiles = 0;           ///< of those that were upscaled: computed,
    std::uint64_t tiles_reused = 0;    ///< and taken from the frame before, where they were equal
    std::uint64_t bytes = 0;           ///< of the output; 0 where it is many files
    std::string encoder;
    double seconds = 0;
    double engine_seconds = 0;
};

} // namespace kizuna
