#include "commands.hpp"
#include "json.hpp"
#include "models_pull.hpp"
#include "text.hpp"

#include "kizuna/error.hpp"
#include "kizuna/model.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::cli {
namespace {

std::string line(const ModelEntry& model, std::size_t name_width) {
    const std::string_view state = model.installed        ? "installed"
                                   : model.source.empty() ? "import only"
                                                          : "can be pulled";
    return fmt::format(
        "{:<{}}  {:<3}  {:<13}  {}{}{}", model.name, name_width,
        model.scale > 0 ? fmt::format("x{}", model.scale) : "", state, model.description,
        model.licence.empty() ? "" : fmt::format(" ({})", model.licence),
        model.name == default_model_name() ? " [default]" : "");
}

/// Where files of networks belong.
void print_folders() {
    print_line(stdout, "");
    print_line(
        stdout, "Networks (.onnx, .safetensors, .pth, or .param and .bin pairs of ncnn) are looked for in:");
    for (const std::filesystem::path& folder : model_folders()) {
        print_line(stdout, printable("  " + folder.string()));
    }
}

int list(const ModelsCommand& command) {
    const std::vector<ModelEntry> models = list_models();
    if (command.json) {
        print_line(stdout, models_as_json(models));
    } else {
        std::size_t name_width = 0;
        for (const ModelEntry& model : models) {
            name_width = std::max(name_width, model.name.size());
        }
        for (const ModelEntry& model : models) {
            print_line(stdout, printable(line(model, name_width)));
        }
        print_folders();
    }
    flush_stdout();
    return success_exit_code;
}

void print_field(std::string_view name, const std::string& value) {
    if (!value.empty()) {
        print_line(stdout, printable(fmt::format("  {:<12} {}", name, value)));
    }
}

void print_model(const ModelEntry& model) {
    print_line(stdout, printable(model.name));
    print_field("good at", model.description);
    print_field("also called", fmt::format("{}", fmt::join(model.aliases, ", ")));
    print_field("series", model.series);
    print_field("family", model.family);
    print_field("scale", model.scale > 0 ? std::to_string(model.scale) : "");
    print_field("denoise", model.denoise);
    print_field("licence", model.licence);
    print_field("source", model.source.empty() ? "none known" : model.source);
    print_field("file", model.installed ? model.path.string() : "not installed");
}

int info(const ModelsCommand& command) {
    std::vector<ModelEntry> models;
    for (const std::string& name : command.names) {
        const auto found = find_models(name);
        models.insert(models.end(), found.begin(), found.end());
    }
    if (command.json) {
        print_line(stdout, models_as_json(models));
    } else {
        std::for_each(models.begin(), models.end(), print_model);
    }
    flush_stdout();
    return success_exit_code;
}

int import(const ModelsCommand& command) {
    const ModelEntry model = import_model(command.file, command.import);
    print_line(stdout, printable(fmt::format("{}: {}", model.name, model.path.string())));
    flush_stdout();
    return success_exit_code;
}

std::vector<std::string> names_of_installed() {
    std::vector<std::string> names;
    for (const ModelEntry& model : list_models()) {
        if (model.installed) {
            names.push_back(model.name);
        }
    }
    return names;
}

std::string_view verdict(ModelState state) {
    switch (state) {
    case ModelState::whole:
        return "whole";
    case ModelState::unknown:
        return "can be read; its hashes are not known";
    case ModelState::damaged:
        return "damaged";
    case ModelState::absent:
        break;
    }
    return "not installed";
}

std::vector<std::string> names_to_verify(const ModelsCommand& command) {
    if (command.names.empty()) {
        return names_of_installed();
    }
    std::vector<std::string> names;
    for (const std::string& name : command.names) {
        const auto members = find_models(name);
        for (const ModelEntry& member : members) {
            if (members.size() == 1 || member.installed) { // of a series, those that are here
                names.push_back(member.name);
            }
        }
    }
    return names;
}

int verify(const ModelsCommand& command) {
    bool all_well = true;
    std::vector<ModelCheck> checks;
    for (const std::string& name : names_to_verify(command)) {
        const ModelCheck check = verify_model(name);
        all_well = all_well && (check.state == ModelState::whole || check.state == ModelState::unknown);
        if (!command.json) {
            const std::string problem = check.problem.empty() ? "" : ": " + check.problem;
            print_line(stdout, printable(fmt::format("{}  {}{}", check.name, verdict(check.state), problem)));
        }
        checks.push_back(check);
    }
    if (command.json) {
        print_line(stdout, checks_as_json(checks));
    }
    flush_stdout();
    return all_well ? success_exit_code : failure_exit_code;
}

/// Those of the members that are in the user's folder. Throws where none is.
void remove_members(const std::vector<ModelEntry>& members) {
    std::exception_ptr why_not;
    bool any_removed = false;
    for (const ModelEntry& member : members) {
        try {
            remove_model(member.name);
            any_removed = true;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) {
                throw;
            }
            why_not = std::current_exception();
        }
    }
    if (!any_removed && why_not) {
        std::rethrow_exception(why_not);
    }
}

int remove(const ModelsCommand& command) {
    for (const std::string& name : command.names) {
        remove_members(find_models(name));
    }
    return success_exit_code;
}

int write_onnx(const ModelsCommand& command) {
    export_onnx(Model::load(command.names.front()), command.output, {command.half_floats, command.overwrite});
    return success_exit_code;
}

} // namespace

int run_models(const ModelsCommand& command) {
    switch (command.verb) {
    case ModelsCommand::Verb::list:
        break;
    case ModelsCommand::Verb::info:
        return info(command);
    case ModelsCommand::Verb::pull:
        return pull(command);
    case ModelsCommand::Verb::import:
        return import(command);
    case ModelsCommand::Verb::verify:
        return verify(command);
    case ModelsCommand::Verb::remove:
        return remove(command);
    case ModelsCommand::Verb::write_onnx:
        return write_onnx(command);
    }
    return list(command);
}

} // namespace kizuna::cli
