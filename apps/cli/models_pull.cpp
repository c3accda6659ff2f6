#include "models_pull.hpp"

#include "console.hpp"
#include "progress.hpp"
#include "signals.hpp"
#include "text.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::cli {
namespace {

/// Tells how pulling gets on. Used by one thread.
class PullReporter {
  public:
    explicit PullReporter(const ModelsCommand& command)
        : quiet_(command.quiet)
        , shows_bar_(bar_is_wanted(command.progress, command.quiet))
        , bar_(shows_bar_, terminal_shows_colour()) {
        bar_.begin(1);
    }

    void progress(const PullProgress& progress) {
        const bool is_new_package = progress.package != package_;
        if (is_new_package && !shows_bar_) { // a line for each package has to do
            say(fmt::format("{} ({})", progress.package, bytes_text(progress.bytes_total)));
        }
        if (is_new_package || progress.network.empty() != network_.empty()) {
            bar_.begin(1);
        }
        package_ = progress.package;
        network_ = progress.network;
        bar_.show(label(progress), {progress.bytes_done, progress.bytes_total, 0});
    }

    void finish(const PullReport& report) {
        bar_.hide();
        for (const std::string& name : report.pulled) {
            say(name + "  installed");
        }
        if (!report.present.empty()) {
            say(fmt::format("{} there already, and whole", counted(report.present.size(), "network")));
        }
        if (!report.without_source.empty()) {
            say(fmt::format(
                "no package is known to have {}; 'kizuna models import' takes in files of your own",
                fmt::join(report.without_source, ", ")));
        }
        for (const std::filesystem::path& archive : report.kept) {
            say(fmt::format("{} stays, for it has more networks; it may be deleted", archive.string()));
        }
    }

    void hide() { bar_.hide(); }

  private:
    static std::string label(const PullProgress& progress) {
        constexpr double mega = 1e6;
        return !progress.network.empty() ? progress.network
                                         : fmt::format(
                                               "{}  {:.0f} of {:.0f} MB", progress.package,
                                               static_cast<double>(progress.bytes_done) / mega,
                                               static_cast<double>(progress.bytes_total) / mega);
    }

    void say(const std::string& line) {
        if (!quiet_) {
            bar_.hide();
            print_line(console(), printable(line));
        }
    }

    bool quiet_;
    bool shows_bar_;
    ProgressBar bar_;
    std::string package_;
    std::string network_;
};

std::vector<std::string> names_wanted(const ModelsCommand& command) {
    std::vector<std::string> names = command.names;
    names.insert(names.end(), command.families.begin(), command.families.end());
    if (command.all) {
        for (const ModelEntry& model : list_models()) {
            if (!model.source.empty()) {
                names.push_back(model.name);
            }
        }
    }
    if (names.empty() && command.archive.empty()) {
        throw Error(
            ErrorCode::invalid_argument,
            "say what to fetch: names, --family NAME or --all ('kizuna models' lists what there is)");
    }
    return names;
}

} // namespace

int pull(const ModelsCommand& command) {
    CancelSource cancel;
    SignalWatcher watcher(cancel, [] { return std::string("kizuna: interrupted\n"); });
    PullReporter reporter(command);
    try {
        const auto names = names_wanted(command);
        watcher.wind_down_on_signal();
        reporter.finish(pull_models(
            names, command.archive,
            [&reporter](const PullProgress& progress) { reporter.progress(progress); }, cancel.get_token()));
    } catch (const Error& error) {
        reporter.hide();
        if (error.code() == ErrorCode::cancelled) {
            print_error("interrupted; what was complete stays");
            return interrupted_exit_code;
        }
        print_error(error.what());
        return error.code() == ErrorCode::invalid_argument ? usage_exit_code : failure_exit_code;
    }
    return success_exit_code;
}

} // namespace kizuna::cli
