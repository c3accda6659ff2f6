#include "console.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "text.hpp"

#include <cstdio>
#include <mutex>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

class TextReporter final : public Reporter {
  public:
    TextReporter(const UpscaleCommand& command, bool stdout_is_taken)
        : verbose_(command.reports.verbose)
        , quiet_(command.reports.quiet)
        , tiles_file_(stdout_is_taken ? console() : stdout)
        , bar_(bar_is_wanted(command.reports.progress, quiet_), terminal_shows_colour()) {}

    void begin(std::size_t pictures, const Means& means) override {
        const std::lock_guard lock(mutex_);
        pictures_ = pictures;
        bar_.begin(pictures);
        if (verbose_) {
            say(fmt::format("{} on {}", means.model, means.provider));
        } else if (means.model_is_chosen && !quiet_) {
            say("network: " + means.model);
        }
    }

    void tiles(const Job& job, std::span<const TilePlacement> tiles) override {
        const std::lock_guard lock(mutex_);
        bar_.hide();
        const std::string name = printable(job.input.string());
        std::size_t number = 0;
        for (const TilePlacement& tile : tiles) {
            print_line(
                tiles_file_,
                fmt::format(
                    "{}: tile {}/{}, pass {}, input {}x{}{:+}{:+}, output {}x{}+{}+{}", name, ++number,
                    tiles.size(), tile.pass, tile.input_width, tile.input_height, tile.input_x, tile.input_y,
                    tile.output_width, tile.output_height, tile.output_x, tile.output_y));
        }
    }

    void progress(const Job& job, const Progress& progress) override {
        const std::lock_guard lock(mutex_);
        bar_.update(job.input.string(), progress);
    }

    void done(const Job& job, const UpscaleReport& report) override {
        const std::lock_guard lock(mutex_);
        bar_.finish(job.input.string());
        if (quiet_ || (pictures_ > 1 && !verbose_)) {
            return;
        }
        std::string line = fmt::format(
            "{}  {} → {}  {}", job.output == standard_stream ? "standard output" : job.output.string(),
            size_text(report.input_width, report.input_height),
            size_text(report.output_width, report.output_height), duration_text(report.seconds));
        if (report.frames > 1) {
            line += fmt::format("  {}", counted(report.frames, "frame"));
        }
        if (report.repeated_frames > 0) {
            line += fmt::format(", {} repeated", report.repeated_frames);
        }
        if (verbose_ && job.output == standard_stream) { // of its times only the whole is known
            line += fmt::format("  ({})", counted(report.tiles, "tile"));
        } else if (verbose_) {
            line += fmt::format(
                "  (decoding {:.3f} s, network {:.3f} s in {}, encoding {:.3f} s)", report.decode_seconds,
                report.engine_seconds, counted(report.tiles, "tile"), report.encode_seconds);
            if (report.repeated_tiles > 0) {
                line += fmt::format("  ({} computed again)", counted(report.repeated_tiles, "tile"));
            }
        }
        say(line);
    }

    void skipped(const Job& job) override {
        const std::lock_guard lock(mutex_);
        bar_.finish(job.input.string());
        if (!quiet_ && (pictures_ == 1 || verbose_)) {
            say(fmt::format("{} exists, skipped", job.output.string()));
        }
    }

    void failed(const Failure& failure) override {
        const std::lock_guard lock(mutex_);
        bar_.finish(failure.input);
        bar_.hide();
        print_error(about(failure.input, failure.message));
        failed_inputs_.push_back(failure.input);
    }

    void log(LogLevel level, std::string_view input, std::string_view message) override {
        const std::lock_guard lock(mutex_);
        if (quiet_ || level == LogLevel::debug || (level == LogLevel::info && !verbose_)) {
            return;
        }
        const std::string line = about(input, message);
        if (said_.insert(line).second) {
            say((level == LogLevel::warning ? "kizuna: warning: " : "kizuna: ") + line);
        }
    }

    void finish(const Tally& tally) override {
        const std::lock_guard lock(mutex_);
        bar_.hide();
        if (tally.interrupted) {
            print_error(interrupted(tally));
        }
        if (quiet_ || tally.total <= 1) {
            return;
        }
        if (!tally.interrupted) {
            say(summary(tally));
        }
        for (const std::string& input : failed_inputs_) {
            say("  failed: " + input);
        }
    }

    [[nodiscard]] std::string last_words(const Tally& tally) const override {
        return fmt::format("{}kizuna: {}\n", bar_.clearing(), interrupted(tally));
    }

  private:
    static std::string interrupted(const Tally& tally) {
        if (tally.total == 0) { // while inputs are looked for
            return "interrupted";
        }
        return fmt::format("interrupted; {} of {} done", tally.done, counted(tally.total, "picture"));
    }

    static std::string summary(const Tally& tally) {
        std::string text =
            fmt::format("{} upscaled in {}", counted(tally.done, "picture"), duration_text(tally.seconds));
        if (tally.skipped > 0) {
            text += fmt::format(", {} skipped", tally.skipped);
        }
        if (tally.failed > 0) {
            text += fmt::format(", {} failed", tally.failed);
        }
        return text;
    }

    void say(std::string_view line) {
        bar_.hide();
        print_line(console(), printable(line));
    }

    std::mutex mutex_;
    bool verbose_;
    bool quiet_;
    std::FILE* tiles_file_;
    ProgressBar bar_;
    std::size_t pictures_ = 0;
    std::set<std::string> said_;
    std::vector<std::string> failed_inputs_;
};

} // namespace

std::unique_ptr<Reporter> make_text_reporter(const UpscaleCommand& command, bool stdout_is_taken) {
    return std::make_unique<TextReporter>(command, stdout_is_taken);
}

} // namespace kizuna::cli
