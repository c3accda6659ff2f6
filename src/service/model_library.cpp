#include "service/model_library.hpp"

#include "base/system.hpp"
#include "formats/formats.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

struct KnownModel {
    std::string_view name;
    int scale;
    std::string_view description;
    std::string_view licence;
    /// Bf16 costs less than what ModelSpec::bf16_is_close allows; docs/performance.md has the figures.
    bool bf16_is_close;
};

constexpr std::string_view default_name = "realesr-animevideov3-x2";

constexpr std::array known_models{
    KnownModel{default_name, 2, "anime and drawings, fast: twice the size", "BSD-3-Clause", true},
    KnownModel{
        "realesr-animevideov3-x3", 3, "anime and drawings, fast: three times the size", "BSD-3-Clause", true},
    KnownModel{
        "realesr-animevideov3-x4", 4, "anime and drawings, fast: four times the size", "BSD-3-Clause", true},
    KnownModel{
        "realesrgan-x4plus-anime", 4, "anime and drawings, strong clean-up, slow: four times the size",
        "BSD-3-Clause", true},
};

void append_path_list(std::vector<fs::path>& folders, const char* list) {
    if (list == nullptr) {
        return;
    }
    std::string_view rest = list;
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        if (colon > 0) {
            folders.emplace_back(rest.substr(0, colon));
        }
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
}

std::optional<fs::path> user_data_folder() {
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0') {
        return fs::path(data);
    }
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        return fs::path(home) / ".local" / "share";
    }
    return std::nullopt;
}

/// The file that stands for a network, the .param for an ncnn pair; where there are several of one name, the
/// first of these counts.
constexpr std::array network_extensions{".onnx", ".param", ".safetensors", ".pth", ".pt", ".ckpt"};

std::optional<fs::path> file_in(const fs::path& folder, std::string_view name) {
    std::error_code ignored;
    for (const char* extension : network_extensions) {
        auto path = folder / (std::string(name) + extension);
        if (fs::is_regular_file(path, ignored)) {
            return path;
        }
    }
    return std::nullopt;
}

std::optional<fs::path> installed_file(std::string_view name) {
    for (const fs::path& folder : model_folders()) {
        if (auto path = file_in(folder, name)) {
            return path;
        }
    }
    return std::nullopt;
}

std::set<std::string> names_in_folders() {
    std::set<std::string> names;
    std::error_code ignored;
    for (const fs::path& folder : model_folders()) {
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            const auto extension = entry.path().extension();
            if (std::find(network_extensions.begin(), network_extensions.end(), extension) !=
                network_extensions.end()) {
                names.insert(entry.path().stem().string());
            }
        }
    }
    return names;
}

bool looks_like_path(std::string_view name) {
    return name.find('/') != std::string_view::npos || is_network_file(name);
}

[[noreturn]] void throw_not_found(std::string_view name) {
    if (looks_like_path(name)) {
        throw Error(ErrorCode::not_found, fmt::format("{}: no such network file", name));
    }
    const auto names = names_in_folders();
    if (names.empty()) {
        std::string folders;
        for (const fs::path& folder : model_folders()) {
            folders += "\n  " + folder.string();
        }
        throw Error(
            ErrorCode::not_found,
            fmt::format(
                "there is no network called {}, and no other in any of the model folders:{}", name, folders));
    }
    throw Error(
        ErrorCode::not_found,
        fmt::format("there is no network called {}; there are: {}", name, fmt::join(names, ", ")));
}

} // namespace

std::string_view default_model_name() noexcept {
    return default_name;
}

std::vector<fs::path> model_folders() {
    std::vector<fs::path> folders;
    append_path_list(folders, std::getenv("KIZUNA_MODELS"));
    if (const auto data = user_data_folder()) {
        folders.push_back(*data / "kizuna" / "models");
    }
    if (const auto module = module_folder(); !module.empty()) {
        folders.push_back((module / KIZUNA_DATA_FROM_LIBRARY / "kizuna" / "models").lexically_normal());
    }
    return folders;
}

std::vector<ModelEntry> list_models() {
    std::vector<ModelEntry> models;
    auto others = names_in_folders();
    for (const KnownModel& known : known_models) {
        const auto path = installed_file(known.name);
        models.push_back(
            {std::string(known.name), known.scale, std::string(known.description), std::string(known.licence),
             path.has_value(), path.value_or(fs::path())});
        others.erase(std::string(known.name));
    }
    for (const std::string& name : others) {
        models.push_back({name, 0, "", "", true, installed_file(name).value_or(fs::path())});
    }
    return models;
}

void add_known_facts(std::string_view name, ModelSpec& spec) {
    const auto* known = std::find_if(known_models.begin(), known_models.end(), [&](const KnownModel& model) {
        return model.name == name;
    });
    if (known != known_models.end()) {
        spec.licence = known->licence;
        spec.bf16_is_close = known->bf16_is_close;
    }
}

bool is_model_file(const fs::path& path) {
    return is_network_file(path);
}

fs::path find_model_file(std::string_view name_or_path) {
    std::error_code ignored;
    if (looks_like_path(name_or_path) && fs::is_regular_file(name_or_path, ignored)) {
        return name_or_path;
    }
    if (const auto path = installed_file(name_or_path); path && !looks_like_path(name_or_path)) {
        return *path;
    }
    throw_not_found(name_or_path);
}

} // namespace kizuna
