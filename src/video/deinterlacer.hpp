#pragma once

#include "video/ffmpeg.hpp"

namespace kizuna::video {

/// Makes whole pictures of interlaced ones, as many as come in (FFmpeg's bwdif). It gives a picture only when
/// the next has come.
class Deinterlacer {
  public:
    /// For frames such as `first`, whose times are in `time_base`. `all`: frames that do not say that they
    /// are interlaced, too. Throws Error{unsupported} where FFmpeg was built without the filter.
    Deinterlacer(const AVFrame& first, AVRational time_base, bool all);

    /// nullptr: the end.
    void send(AVFrame* frame);
    /// False where it waits for more, or after the end. Times are in the `time_base` that was given.
    [[nodiscard]] bool receive(AVFrame& frame);

  private:
    std::unique_ptr<AVFilterGraph, FfmpegDeleter> graph_;
    AVFilterContext* source_ = nullptr; ///< the graph's
    AVFilterContext* sink_ = nullptr;
    AVRational time_base_;
};

} // namespace kizuna::video
