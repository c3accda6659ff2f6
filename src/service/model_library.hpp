#pragma once

#include "graph/network.hpp"

#include "kizuna/model.hpp"

#include <filesystem>
#include <string_view>

// Which networks there are and where their files lie. Here live names, folders and looking things up.
namespace kizuna {

/// The file that `name_or_path` means: an existing file, or a name found in the model folders. Throws
/// Error{not_found}, listing the names that are there.
[[nodiscard]] std::filesystem::path find_model_file(std::string_view name_or_path);

/// Fills in what is known of the network of this name and does not stand in its file: the licence, and
/// whether it bears bf16. Leaves those of other names as they are.
void add_known_facts(std::string_view name, ModelSpec& spec);

} // namespace kizuna
