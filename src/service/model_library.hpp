#pragma once

#include "kizuna/model.hpp"

#include <filesystem>
#include <string_view>

// Which networks there are and where their files lie. Here live names, folders and looking things up.
namespace kizuna {

/// The file that `name_or_path` means: an existing file, or a name found in the model folders. Throws
/// Error{not_found}, listing the names that are there.
[[nodiscard]] std::filesystem::path find_model_file(std::string_view name_or_path);

/// The licence of the weights that are known by this name; empty for others.
[[nodiscard]] std::string_view licence_of_model(std::string_view name) noexcept;

} // namespace kizuna
