#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

// File name patterns, for shells that leave them to the program: `*` any characters, `?` one, `[a-z]` and
// `[!a-z]` one of a set. None of them matches '/', nor the dot at a name's beginning.
namespace kizuna::cli {

[[nodiscard]] bool is_pattern(std::string_view text);

/// Whether one file name (no '/') matches one pattern. Bytes are compared, so that `?` is one byte of UTF-8.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

/// The files and folders that match, sorted. Folders that cannot be read match nothing.
[[nodiscard]] std::vector<std::filesystem::path> match_pattern(const std::filesystem::path& pattern);

} // namespace kizuna::cli
