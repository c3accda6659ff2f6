#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace kizuna::cli {

/// Whether bytes of a picture would end up on somebody's screen.
[[nodiscard]] bool stdout_is_terminal();

/// A file in memory, without a name in any folder: what came through a stream can then be read like any other
/// file, and goes with the process.
class MemoryFile {
  public:
    /// All of standard input. Throws Error{io}; {limit_exceeded} as soon as it is longer than any picture
    /// within our limits.
    [[nodiscard]] static MemoryFile of_stdin();

    /// Throws Error{io}.
    explicit MemoryFile(std::span<const std::byte> bytes = {});
    MemoryFile(MemoryFile&& other) noexcept;
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile();

    /// Leads to it as long as it lives.
    [[nodiscard]] std::filesystem::path path() const;

  private:
    int fd_;
};

/// Throws Error{io}; {limit_exceeded} as of_stdin.
[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& path);

/// Throws Error{io}.
void write_stdout(std::span<const std::byte> bytes);

} // namespace kizuna::cli
