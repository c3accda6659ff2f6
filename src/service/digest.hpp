#pragma once

#include <filesystem>
#include <span>
#include <string>

// Hashes, by which files are known.
namespace kizuna {

/// In hexadecimal, lower case.
[[nodiscard]] std::string sha256_of(std::span<const std::byte> bytes);

/// The same of a file. Throws Error{not_found} and {io}, naming the path.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

/// In base64, as npm writes it. Throws as sha256_of_file.
[[nodiscard]] std::string sha512_of_file(const std::filesystem::path& path);

} // namespace kizuna
