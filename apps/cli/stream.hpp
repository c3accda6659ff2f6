#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kizuna::cli {

/// Whether bytes of a picture would end up on somebody's screen.
[[nodiscard]] bool stdout_is_terminal();

/// All of standard input. Throws Error{io}; {limit_exceeded} beyond a size that no picture within our limits
/// has.
[[nodiscard]] std::vector<std::byte> read_stdin();

/// Throws Error{io}.
void write_stdout(std::span<const std::byte> bytes);

} // namespace kizuna::cli
