#pragma once

#include "options.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"
#include "kizuna/video_options.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace kizuna::cli {

/// Tells the user how `kizuna video` is getting on. Thread-safe.
class VideoReporter {
  public:
    VideoReporter() = default;
    VideoReporter(const VideoReporter&) = delete;
    VideoReporter& operator=(const VideoReporter&) = delete;
    virtual ~VideoReporter() = default;

    virtual void begin(const std::string& model, const std::string& provider) = 0;
    virtual void progress(const VideoProgress& progress) = 0;
    virtual void log(LogLevel level, std::string_view message) = 0;
    virtual void done(const VideoReport& report) = 0;
    /// Of a contact sheet.
    virtual void sheet_done(const std::string& path) = 0;
    virtual void failed(const Error& error) = 0;
};

/// Lines for people with a progress bar, or lines of JSON, as the command asks. All on standard error.
[[nodiscard]] std::unique_ptr<VideoReporter> make_video_reporter(const VideoCommand& command);

} // namespace kizuna::cli
