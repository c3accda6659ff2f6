// In place of what uses FFmpeg, where its headers were not found when this was built.
#include "video/video.hpp"

#include "kizuna/error.hpp"

namespace kizuna::video {

namespace {

[[noreturn]] void refuse() {
    throw Error(
        ErrorCode::unsupported,
        "this build cannot do video: FFmpeg's headers were not found when it was configured");
}

} // namespace

VideoReport upscale_video(
    FrameUpscaler& /*upscaler*/, const std::filesystem::path& /*input*/,
    const std::filesystem::path& /*output*/, const VideoRun& /*run*/) {
    refuse();
}

void write_contact_sheet(
    FrameUpscaler& /*upscaler*/, const std::filesystem::path& /*input*/,
    const std::filesystem::path& /*output*/, const VideoRun& /*run*/) {
    refuse();
}

} // namespace kizuna::video
