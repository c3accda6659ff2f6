#include "commands.hpp"
#include "console.hpp"
#include "inputs.hpp"
#include "signals.hpp"
#include "stream.hpp"
#include "trace_file.hpp"
#include "video_report.hpp"

#include "kizuna/error.hpp"
#include "kizuna/video.hpp"

#include <optional>

namespace kizuna::cli {
namespace {

constexpr const char* last_words =
    "kizuna: interrupted; what is done is kept, and the same command goes on from there\n";

VideoUpscaler open_upscaler(const VideoCommand& command) {
    ModelWish wish = command.model;
    wish.scale = command.video.upscale.scale;
    const Model model = Model::load(choose_model(wish));
    std::optional<MuteDrivers> mute;
    if (!command.reports.verbose) {
        mute.emplace();
    }
    return VideoUpscaler(model, command.engine);
}

void check_command(const VideoCommand& command) {
    if (!command.output && command.contact_sheet.empty()) {
        throw Error(
            ErrorCode::invalid_argument,
            "say where the video is to go: -o OUT.mkv, or --contact-sheet OUT.png");
    }
    if (command.output == standard_stream && stdout_is_terminal()) {
        throw Error(
            ErrorCode::invalid_argument,
            "a video's bytes do not belong on a terminal; send them to a program, or use -o FILE");
    }
    if (command.input == standard_stream) {
        throw Error(
            ErrorCode::invalid_argument,
            "a video has to be read more than once: give a file, not standard input");
    }
}

void run_or_throw(const VideoCommand& command, VideoReporter& reporter, const CancelToken& cancel) {
    TraceFile trace(command.reports.profile, command.video.overwrite);
    const VideoUpscaler upscaler = open_upscaler(command);
    reporter.begin(upscaler.model().name, upscaler.provider());
    const auto tell = [&reporter](const VideoProgress& progress) { reporter.progress(progress); };
    if (!command.contact_sheet.empty()) {
        upscaler.contact_sheet(command.input, command.contact_sheet, command.video, tell, cancel);
        reporter.sheet_done(command.contact_sheet);
    } else {
        reporter.done(upscaler.upscale(command.input, *command.output, command.video, tell, cancel));
    }
    trace.write();
}

int exit_code_of(const Error& error) {
    if (error.code() == ErrorCode::cancelled) {
        return interrupted_exit_code;
    }
    return error.code() == ErrorCode::invalid_argument ? usage_exit_code : failure_exit_code;
}

} // namespace

int run_video(const VideoCommand& command) {
    CancelSource cancel;
    SignalWatcher watcher(cancel, [] { return std::string(last_words); });
    const auto reporter = make_video_reporter(command);
    set_log_callback(
        [&reporter](LogLevel level, std::string_view message) { reporter->log(level, message); });
    int code = success_exit_code;
    try {
        check_command(command);
        watcher.wind_down_on_signal();
        run_or_throw(command, *reporter, cancel.get_token());
    } catch (const Error& error) {
        reporter->failed(error);
        code = exit_code_of(error);
    }
    set_log_callback(nullptr);
    return code;
}

} // namespace kizuna::cli
