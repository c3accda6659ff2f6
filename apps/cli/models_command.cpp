#include "commands.hpp"
#include "json.hpp"
#include "text.hpp"

#include "kizuna/model.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

std::string line(const ModelEntry& model, std::size_t name_width) {
    return fmt::format(
        "{:<{}}  {:<3}  {:<13}  {}{}{}", model.name, name_width,
        model.scale > 0 ? fmt::format("x{}", model.scale) : "",
        model.installed ? "installed" : "not installed", model.description,
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

} // namespace

int run_models(const ModelsCommand& command) {
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

} // namespace kizuna::cli
