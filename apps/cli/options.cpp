#include "options.hpp"

#include "console.hpp"
#include "help.hpp"
#include "models_options.hpp"
#include "option_checks.hpp"
#include "shared_options.hpp"
#include "text.hpp"
#include "video_options.hpp"

#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"
#include "kizuna/model.hpp"
#include "kizuna/version.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr int most_jobs = 256;

/// Help as a table with one line for an option where that is possible: CLI11's own also lists what excludes
/// what.
class HelpFormatter final : public CLI::Formatter {
  public:
    [[nodiscard]] std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_positional() ? "" : " " + option->get_type_name();
    }

    [[nodiscard]] std::string make_option_desc(const CLI::Option* option) const override {
        const std::string& initial = option->get_default_str();
        return option->get_description() + (initial.empty() ? "" : fmt::format(" (default: {})", initial));
    }

    [[nodiscard]] std::string make_group(
        std::string group, bool is_positional, std::vector<const CLI::Option*> options) const override {
        const bool is_later = !is_positional && group != "Options";
        std::string text = CLI::Formatter::make_group(std::move(group), is_positional, std::move(options));
        return is_later && text.starts_with('\n') ? text.substr(1) : text;
    }
};

std::string check_format(const std::string& text) {
    try {
        (void)extension_of_format(text);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

void add_file_options(CLI::App& app, UpscaleCommand& command) {
    EncodeSettings& encode = command.file.encode;
    app.add_option(
           "-o,--output", command.output, "A file, a folder (created if needed), or '-' for standard output")
        ->check(check_not_empty)
        ->type_name("OUT")
        ->group("Files");
    app.add_flag(
           "-r,--recursive", command.recursive, "Folders with all folders below them; the tree is mirrored")
        ->group("Files");
    app.add_option(
           "-f,--format", encode.format,
           "png, apng, jpeg, webp, avif, jxl, tiff, bmp, gif; as OUT or INPUT if not given")
        ->check(check_format)
        ->type_name("NAME")
        ->group("Files");
    // The codecs know their own ranges better; these hold for all of them.
    app.add_option("--quality", encode.quality, "JPEG, WebP, AVIF, JPEG XL: up to 100 (best)")
        ->transform(whole_number(0, 100))
        ->type_name("N")
        ->group("Files");
    app.add_option("--effort", encode.effort, "PNG, WebP, AVIF, JPEG XL: higher is slower and smaller")
        ->transform(whole_number(0, 10))
        ->type_name("N")
        ->group("Files");
    app.add_flag("--lossless", encode.lossless, "WebP, AVIF, JPEG XL: keep every bit")->group("Files");
    app.add_flag("--first-frame", encode.first_frame, "Of an animation nothing but its first frame")
        ->group("Files");
    auto* skip =
        app.add_flag("--skip-existing", command.skip_existing, "Leave out pictures whose output exists")
            ->group("Files");
    app.add_flag("--overwrite", command.file.overwrite, "Replace outputs that exist")
        ->group("Files")
        ->excludes(skip);
    app.add_option("-j,--jobs", command.jobs, "Pictures at the same time")
        ->transform(whole_number(1, most_jobs))
        ->type_name("N")
        ->capture_default_str()
        ->group("Files");
}

CLI::App* add_upscale(CLI::App& app, UpscaleCommand& command) {
    CLI::App* upscale = app.add_subcommand("upscale", "Upscale pictures");
    upscale->add_option("INPUT", command.inputs, "Files, folders, patterns, or '-'")
        ->required()
        ->check(check_not_empty);
    add_size_options(*upscale, command.upscale);
    add_file_options(*upscale, command);
    add_network_options(*upscale, command.model, command.upscale, command.engine);
    upscale->add_flag("--print-tiles", command.print_tiles, "Print the position of every tile, one a line")
        ->group("Network");
    add_report_options(*upscale, command.reports);
    upscale->footer(std::string(upscale_examples) + std::string(exit_codes));
    return upscale;
}

CLI::App* add_tune(CLI::App& app, TuneCommand& command) {
    CLI::App* tune =
        app.add_subcommand("tune", "Measure which device and tiles are the fastest, and keep it");
    add_model_option(*tune, command.model, "the default one if not given");
    tune->add_option(
            "--provider", command.provider, "Measure these devices only ('kizuna devices' lists them)")
        ->type_name("NAME[:N],...")
        ->capture_default_str();
    tune->add_flag("--json", command.json, "As JSON");
    tune->footer(std::string(tune_examples));
    return tune;
}

bool has_command(const CLI::App& app, const std::string& name) {
    return !app.get_subcommands([&name](const CLI::App* command) { return command->get_name() == name; })
                .empty();
}

/// "kizuna photo.png" deserves better than "not expected".
std::string unknown_command(const std::string& name) {
    std::error_code ignored;
    if (std::filesystem::exists(name, ignored)) {
        return fmt::format("'{0}' is not a command; did you mean 'kizuna upscale {0}'?", name);
    }
    return fmt::format("'{}' is not a command; there are upscale, video, devices, tune, models, info", name);
}

/// The option that has more values than it takes; CLI11 says no more than "At Most 1 required but received
/// 2".
const CLI::Option* repeated_option(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw &&
            std::cmp_greater(option->count(), option->get_items_expected_max())) {
            return option;
        }
    }
    for (const CLI::App* command : app.get_subcommands()) {
        if (const CLI::Option* option = repeated_option(*command)) {
            return option;
        }
    }
    return nullptr;
}

/// What is wrong with a command line that could not be taken apart.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
    // A mistyped option may have led to the error, where there is one.
    if (const std::vector<std::string> unknown = app.remaining(true); !unknown.empty()) {
        return unknown.front().starts_with('-') ? fmt::format("there is no option '{}'", unknown.front())
                                                : fmt::format("'{}' was not expected", unknown.front());
    }
    if (const CLI::Option* option = repeated_option(app)) {
        return fmt::format("{} can be given once only", option->get_name());
    }
    return error.what();
}

int usage_error(const CLI::App& app, std::string_view message) {
    std::string name = "kizuna";
    for (auto commands = app.get_subcommands(); !commands.empty();
         commands = commands.front()->get_subcommands()) {
        name += " " + commands.front()->get_name();
    }
    print_error(fmt::format("{} (see '{} --help')", message, name));
    return usage_exit_code;
}

/// --help or --version, by way of our own printing, which knows why it fails.
int show_help(const CLI::App& app, const CLI::ParseError& error) {
    std::ostringstream text;
    const int code = app.exit(error, text, text);
    print_text(stdout, text.str());
    return code;
}

} // namespace

std::variant<Command, int> parse_command_line(int argc, const char* const* argv) {
    CLI::App app("Upscales pictures with neural networks, on this machine.", "kizuna");
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.set_version_flag("--version", fmt::format("kizuna {}", version()), "Print the version and exit");
    app.formatter(std::make_shared<HelpFormatter>());
    app.require_subcommand(1);

    UpscaleCommand upscale;
    VideoCommand video;
    DevicesCommand devices;
    TuneCommand tune;
    ModelsCommand models;
    InfoCommand info;
    const CLI::App* upscale_app = add_upscale(app, upscale);
    const CLI::App* video_app = add_video(app, video);
    CLI::App* devices_app = app.add_subcommand("devices", "What can compute on this machine");
    devices_app->add_flag("--json", devices.json, "As JSON");
    devices_app->add_flag(
        "--probe", devices.probe, "Also names, drivers, memory and measured speed; takes some seconds");
    const CLI::App* tune_app = add_tune(app, tune);
    const CLI::App* models_app = add_models(app, models);
    CLI::App* info_app = app.add_subcommand("info", "What is in a picture's or network's file");
    info_app->add_option("FILE", info.files, "Pictures, networks' files, or networks' names")
        ->required()
        ->check(check_not_empty);
    info_app->add_flag("--json", info.json, "As JSON");

    // Last, for commands inherit what they find.
    app.footer(std::string(main_examples) + std::string(exit_codes));

    if (argc <= 1) {
        print_line(console(), app.help());
        return usage_exit_code;
    }
    if (argv[1][0] != '-' && !has_command(app, argv[1])) {
        return usage_error(app, unknown_command(argv[1]));
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) { // --help, --version
            return show_help(app, error);
        }
        return usage_error(app, usage_problem(app, error));
    }
    if (upscale_app->parsed()) {
        return Command(std::move(upscale));
    }
    if (video_app->parsed()) {
        return Command(std::move(video));
    }
    if (devices_app->parsed()) {
        return Command(devices);
    }
    if (tune_app->parsed()) {
        return Command(std::move(tune));
    }
    if (models_app->parsed()) {
        return Command(std::move(models));
    }
    return Command(std::move(info));
}

} // namespace kizuna::cli
