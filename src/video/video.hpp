#pragma once

#include "video/frame_upscaler.hpp"

#include "kizuna/cancel.hpp"
#include "kizuna/video_options.hpp"

#include <filesystem>

// Video: decoding, upscaling frame by frame, encoding, and going on after an interruption. FFmpeg lives in
// this folder only; networks and devices are FrameUpscaler's affair.
namespace kizuna::video {

/// What a video needs beside its options.
struct VideoRun {
    const VideoOptions& options;
    const VideoProgressCallback& progress;
    const CancelToken& cancel;
};

/// As VideoUpscaler::upscale.
VideoReport upscale_video(
    FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    const VideoRun& run);

/// As VideoUpscaler::contact_sheet.
void write_contact_sheet(
    FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    const VideoRun& run);

} // namespace kizuna::video
