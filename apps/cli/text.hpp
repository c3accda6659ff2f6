#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

// How things are said to people.
namespace kizuna::cli {

/// Line ends become spaces and other control characters '?': a file's name must not steer the terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// At most `longest` characters, cut in the middle, where names differ least.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t longest);

/// "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
[[nodiscard]] std::string duration_text(double seconds);

/// "1280×720".
[[nodiscard]] std::string size_text(std::uint32_t width, std::uint32_t height);

/// "420 bytes", "29 kB", "1.2 MB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// "1 picture", "3 pictures".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view thing);

/// "path: message", the path only where the message does not name it already.
[[nodiscard]] std::string about(std::string_view path, std::string_view message);

/// Prints. A failure shows up in flush_stdout(); standard error has nobody left to tell.
void print_text(std::FILE* file, std::string_view text);
void print_line(std::FILE* file, std::string_view line);

/// Prints "kizuna: message" on standard error.
void print_error(std::string_view message);

/// Everything printed to standard output must have arrived. Throws Error{io}.
void flush_stdout();

} // namespace kizuna::cli
