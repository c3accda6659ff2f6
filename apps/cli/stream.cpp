#include "stream.hpp"

#include "text.hpp"

#include "kizuna/error.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <unistd.h>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;
/// default_max_pixels as 16-bit RGBA without compression: an endless stream must not fill the memory.
constexpr std::uint64_t most_bytes = 4'000'000'000;

} // namespace

bool stdout_is_terminal() {
    return isatty(STDOUT_FILENO) == 1;
}

std::vector<std::byte> read_stdin() {
    std::vector<std::byte> bytes;
    std::array<std::byte, block_bytes> block{};
    while (true) {
        const std::size_t count = std::fread(block.data(), 1, block.size(), stdin);
        bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
        if (bytes.size() > most_bytes) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("more than {} bytes came through standard input", most_bytes));
        }
        if (count < block.size()) {
            break;
        }
    }
    if (std::ferror(stdin) != 0) {
        throw Error(ErrorCode::io, fmt::format("standard input cannot be read: {}", std::strerror(errno)));
    }
    return bytes;
}

void write_stdout(std::span<const std::byte> bytes) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    flush_stdout();
}

} // namespace kizuna::cli
