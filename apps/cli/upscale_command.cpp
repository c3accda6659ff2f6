#include "batch.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "inputs.hpp"
#include "report.hpp"
#include "signals.hpp"
#include "stream.hpp"
#include "text.hpp"
#include "trace_file.hpp"

#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"
#include "kizuna/log.hpp"
#include "kizuna/model.hpp"
#include "kizuna/upscaler.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

/// Any size will do to find out whether the options go together and suit the network.
constexpr std::uint32_t trial_side_px = 64;

/// "_x2", "_x1.5", "_1920x1080", "_w1920", "_h1080".
std::string suffix_for(const UpscaleOptions& options, int network_scale) {
    if (options.width_px != 0 && options.height_px != 0) {
        return fmt::format("_{}x{}", options.width_px, options.height_px);
    }
    if (options.width_px != 0) {
        return fmt::format("_w{}", options.width_px);
    }
    if (options.height_px != 0) {
        return fmt::format("_h{}", options.height_px);
    }
    return fmt::format("_x{:g}", options.scale != 0 ? options.scale : network_scale);
}

void check_stdout(bool to_stdout) {
    if (to_stdout && stdout_is_terminal()) {
        throw Error(
            ErrorCode::invalid_argument,
            "a picture's bytes do not belong on a terminal; send them to a file or program, or use -o FILE");
    }
}

/// What is wrong with the options is said once and before the first picture.
void check_options(const Upscaler& upscaler, const UpscaleOptions& options) {
    try {
        (void)upscaler.plan_tiles(trial_side_px, trial_side_px, options);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::invalid_argument) {
            throw;
        }
    }
}

/// The library's messages go to the reporter as long as this lives.
class LogToReporter {
  public:
    explicit LogToReporter(Reporter& reporter) {
        set_log_callback([&reporter](LogLevel level, std::string_view message) {
            reporter.log(level, picture_in_work(), message);
        });
    }

    LogToReporter(const LogToReporter&) = delete;
    LogToReporter& operator=(const LogToReporter&) = delete;

    ~LogToReporter() { set_log_callback(nullptr); }
};

/// Nothing but the input tells the format of what goes to standard output or has no extension, where none is
/// asked for.
EncodeSettings with_format_of(const std::filesystem::path& input, EncodeSettings settings) {
    if (settings.format.empty()) {
        try {
            settings.format = inspect_image(input).format;
        } catch (const Error&) { // that is said when it is the picture's turn
            return {};
        }
    }
    return settings;
}

bool reads_stdin(const Sources& sources) {
    return std::any_of(sources.found.begin(), sources.found.end(), [](const Source& source) {
        return source.file == standard_stream;
    });
}

class UpscaleRun {
  public:
    UpscaleRun(const UpscaleCommand& command, bool to_stdout)
        : command_(command)
        , reporter_(
              command.reports.progress == ProgressMode::json ? make_json_reporter(command.reports.quiet)
                                                             : make_text_reporter(command, to_stdout))
        , watcher_(cancel_, [this] { return last_words(); }) {}

    int run(bool to_stdout) {
        try {
            check_stdout(to_stdout);
            return run_or_throw();
        } catch (const Error& error) {
            reporter_->failed({"", error.code(), error.what()});
            return error.code() == ErrorCode::invalid_argument ? usage_exit_code : failure_exit_code;
        }
    }

  private:
    int run_or_throw() {
        const LogToReporter log(*reporter_);
        TraceFile trace(command_.reports.profile, command_.file.overwrite);
        const Sources sources = find_sources(command_.inputs, command_.recursive, command_.output);
        total_ = sources.found.size() + sources.problems.size();
        for (const InputProblem& problem : sources.problems) {
            reporter_->failed({problem.input, problem.code, problem.message});
            ++counters_.failed;
        }
        if (!sources.found.empty()) {
            upscale(sources);
        }
        const Tally end = tally();
        if (!end_is_said_.exchange(true)) {
            reporter_->finish(end);
        }
        trace.write();
        flush_stdout();
        return exit_code(end);
    }

    void upscale(const Sources& sources) {
        std::optional<MemoryFile> from_stdin;
        if (reads_stdin(sources)) {
            from_stdin.emplace(MemoryFile::of_stdin());
        }
        const Upscaler upscaler = open_upscaler();
        const ModelInfo model = upscaler.model();
        const std::vector<Job> jobs = name_outputs(
            sources, {command_.output, suffix_for(command_.upscale, model.scale), command_.file.encode.format,
                      command_.skip_existing});
        check_options(upscaler, command_.upscale);
        const std::filesystem::path stdin_file = from_stdin ? from_stdin->path() : "";
        check_outputs(jobs, stdin_file);
        watcher_.wind_down_on_signal();
        reporter_->begin(jobs.size(), {model.name, model_is_chosen_, upscaler.provider()});
        run_jobs(jobs, upscaler, command_, stdin_file, *reporter_, counters_, cancel_.get_token());
    }

    [[nodiscard]] Tally tally() const {
        Tally tally;
        tally.done = counters_.done;
        tally.skipped = counters_.skipped;
        tally.failed = counters_.failed;
        tally.total = total_;
        tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
        tally.interrupted = cancel_.stop_requested();
        return tally;
    }

    /// For the watcher, which calls it while the others are at work.
    [[nodiscard]] std::string last_words() {
        Tally last = tally();
        last.interrupted = true;
        return end_is_said_.exchange(true) ? "" : reporter_->last_words(last);
    }

    /// What cannot be written is said before anything is done. A name that follows from an input which is no
    /// picture's is left to the input's own error.
    void check_outputs(const std::vector<Job>& jobs, const std::filesystem::path& stdin_file) const {
        for (const Job& job : jobs) {
            if (job.output == standard_stream || !job.output.has_extension()) {
                const auto& input = job.input == standard_stream ? stdin_file : job.input;
                check_encode_settings(with_format_of(input, command_.file.encode), {});
            } else if (is_image_file(job.output) || (command_.output && job.output == *command_.output)) {
                check_encode_settings(command_.file.encode, job.output);
            }
        }
    }

    [[nodiscard]] Upscaler open_upscaler() {
        const Model model = load_model();
        std::optional<MuteDrivers> mute;
        if (!command_.reports.verbose) {
            mute.emplace();
        }
        return Upscaler(model, command_.engine);
    }

    [[nodiscard]] Model load_model() {
        ModelWish wish = command_.model;
        wish.scale = command_.upscale.scale;
        const std::string chosen = choose_model(wish);
        model_is_chosen_ = chosen != wish.model;
        return Model::load(chosen);
    }

    static int exit_code(const Tally& tally) {
        if (tally.interrupted) {
            return interrupted_exit_code;
        }
        return tally.failed > 0 ? failure_exit_code : success_exit_code;
    }

    const UpscaleCommand& command_;
    std::unique_ptr<Reporter> reporter_;
    CancelSource cancel_;
    Counters counters_;
    std::atomic<std::size_t> total_ = 0;
    bool model_is_chosen_ = false;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::atomic<bool> end_is_said_ = false;
    SignalWatcher watcher_; // last, for it uses the others
};

} // namespace

int run_upscale(const UpscaleCommand& command) {
    const bool reads_stream = command.inputs.size() == 1 && command.inputs.front() == standard_stream;
    const bool to_stdout = command.output ? *command.output == standard_stream : reads_stream;
    return UpscaleRun(command, to_stdout).run(to_stdout);
}

} // namespace kizuna::cli
