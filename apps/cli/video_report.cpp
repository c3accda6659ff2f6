#include "video_report.hpp"

#include "console.hpp"
#include "json_lines.hpp"
#include "progress.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <set>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

std::uint64_t frames_now(const VideoProgress& progress) {
    return progress.frames_done - progress.frames_resumed;
}

double frames_per_second(const VideoProgress& progress) {
    return progress.seconds > 0 ? static_cast<double>(frames_now(progress)) / progress.seconds : 0;
}

class TextVideoReporter final : public VideoReporter {
  public:
    explicit TextVideoReporter(const VideoCommand& command)
        : input_(command.input)
        , output_(command.output.value_or(command.contact_sheet))
        , verbose_(command.reports.verbose)
        , quiet_(command.reports.quiet)
        , bar_(bar_is_wanted(command.reports.progress, command.reports.quiet), terminal_shows_colour()) {}

    void begin(const std::string& model, const std::string& provider) override {
        const std::lock_guard lock(mutex_);
        if (!quiet_) {
            say(verbose_ ? fmt::format("{} on {}", model, provider) : "network: " + model);
        }
    }

    void progress(const VideoProgress& progress) override {
        const std::lock_guard lock(mutex_);
        if (!has_begun_) {
            has_begun_ = true;
            const auto total = static_cast<double>(std::max<std::uint64_t>(progress.frames_total, 1));
            bar_.begin(1, static_cast<double>(progress.frames_resumed) / total);
            if (progress.frames_resumed > 0 && !quiet_) {
                say(fmt::format(
                    "{} kept from before; going on from there", counted(progress.frames_resumed, "frame")));
            }
        }
        bar_.show(
            fmt::format(
                "{}{:.1f} fps  {}",
                progress.frames_total == 0 ? fmt::format("frame {}  ", progress.frames_done) : "",
                frames_per_second(progress), bytes_text(progress.bytes)),
            {.tiles_done = progress.frames_done, .tiles_total = progress.frames_total});
    }

    void log(LogLevel level, std::string_view message) override {
        const std::lock_guard lock(mutex_);
        if (quiet_ || level == LogLevel::debug) {
            return;
        }
        const std::string line = about(input_, message);
        if (said_.insert(line).second) {
            say((level == LogLevel::warning ? "kizuna: warning: " : "kizuna: ") + line);
        }
    }

    void done(const VideoReport& report) override {
        const std::lock_guard lock(mutex_);
        bar_.hide();
        if (quiet_) {
            return;
        }
        say(fmt::format(
            "{}  {} → {}  {}  {}{}", output_ == "-" ? "standard output" : output_,
            size_text(report.input_width, report.input_height),
            size_text(report.output_width, report.output_height), counted(report.frames, "frame"),
            duration_text(report.seconds), report.bytes > 0 ? "  " + bytes_text(report.bytes) : ""));
        if (report.frames_reused > 0) {
            say(fmt::format(
                "  {} of {} frames were like the one before", report.frames_reused,
                report.frames_reused + report.frames_upscaled));
        }
        if (report.tiles_reused > 0) {
            say(fmt::format(
                "  {} of {} tiles of the others were like before", report.tiles_reused,
                report.tiles_reused + report.tiles));
        }
        if (verbose_) {
            say(fmt::format("  network {:.1f} s, encoder {}", report.engine_seconds, report.encoder));
        }
    }

    void sheet_done(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        bar_.hide();
        if (!quiet_) {
            say(path);
        }
    }

    void failed(const Error& error) override {
        const std::lock_guard lock(mutex_);
        bar_.hide();
        print_error(error.what());
    }

  private:
    void say(std::string_view line) {
        bar_.hide();
        print_line(console(), printable(line));
    }

    std::mutex mutex_;
    std::string input_;
    std::string output_;
    bool verbose_;
    bool quiet_;
    bool has_begun_ = false;
    ProgressBar bar_;
    std::set<std::string> said_;
};

class JsonVideoReporter final : public VideoReporter {
  public:
    explicit JsonVideoReporter(const VideoCommand& command)
        : lines_(command.reports.quiet)
        , input_(command.input)
        , output_(command.output.value_or(command.contact_sheet)) {}

    void begin(const std::string& model, const std::string& provider) override {
        lines_.say(
            {{"event", "begin"},
             {"input", input_},
             {"output", output_},
             {"model", model},
             {"provider", provider}});
    }

    void progress(const VideoProgress& progress) override {
        const double rate = frames_per_second(progress);
        JsonFields fields{
            {"event", "progress"},
            {"input", input_},
            {"frames_done", progress.frames_done},
            {"frames_total", progress.frames_total},
            {"frames_resumed", progress.frames_resumed},
            {"bytes", progress.bytes},
            {"frames_per_second", rate},
            {"seconds", progress.seconds}};
        if (rate > 0 &&
            progress.frames_total >= progress.frames_done) { // a total is a guess, or not known: 0
            const auto left = static_cast<double>(progress.frames_total - progress.frames_done);
            fields.emplace_back("seconds_left", left / rate);
        }
        lines_.say(fields);
    }

    void log(LogLevel level, std::string_view message) override {
        if (level != LogLevel::debug) {
            lines_.say(
                {{"event", level == LogLevel::warning ? "warning" : "info"},
                 {"input", input_},
                 {"message", std::string(message)}});
        }
    }

    void done(const VideoReport& report) override {
        lines_.say(
            {{"event", "done"},
             {"input", input_},
             {"output", output_},
             {"input_width", report.input_width},
             {"input_height", report.input_height},
             {"output_width", report.output_width},
             {"output_height", report.output_height},
             {"frames", report.frames},
             {"frames_resumed", report.frames_resumed},
             {"frames_upscaled", report.frames_upscaled},
             {"frames_reused", report.frames_reused},
             {"tiles", report.tiles},
             {"tiles_reused", report.tiles_reused},
             {"bytes", report.bytes},
             {"encoder", report.encoder},
             {"seconds", report.seconds},
             {"engine_seconds", report.engine_seconds}});
    }

    void sheet_done(const std::string& path) override {
        lines_.say({{"event", "done"}, {"input", input_}, {"output", path}});
    }

    void failed(const Error& error) override {
        lines_.print(
            {{"event", "failed"},
             {"input", input_},
             {"code", std::string(to_string(error.code()))},
             {"message", error.what()}});
    }

  private:
    JsonLines lines_;
    std::string input_;
    std::string output_;
};

} // namespace

std::unique_ptr<VideoReporter> make_video_reporter(const VideoCommand& command) {
    if (command.reports.progress == ProgressMode::json) {
        return std::make_unique<JsonVideoReporter>(command);
    }
    return std::make_unique<TextVideoReporter>(command);
}

} // namespace kizuna::cli
