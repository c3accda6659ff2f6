#include "stream.hpp"

#include "text.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;
/// default_max_pixels as RGBA without compression, and a little: an endless stream must not fill the memory.
constexpr std::uint64_t most_bytes = std::uint64_t{2} << 30;

Error io_error(std::string_view what) {
    return {ErrorCode::io, fmt::format("{}: {}", what, std::strerror(errno))};
}

void check_length(std::uint64_t bytes, std::string_view name) {
    if (bytes > most_bytes) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("{} has more than the {} bytes that a stream's picture may have", name, most_bytes));
    }
}

std::uint64_t length_if_known(int fd) {
    struct stat status {};

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size)
                                                              : 0;
}

void write_all(int fd, std::span<const std::byte> bytes, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t written = write(fd, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            throw io_error(fmt::format("{} cannot be written", name));
        }
    }
}

/// Hands everything that comes out of `fd` to `take`, block by block.
template <typename Take>
void read_all(int fd, std::string_view name, const Take& take) {
    check_length(length_if_known(fd), name);
    std::array<std::byte, block_bytes> block{};
    std::uint64_t length = 0;
    while (true) {
        const ssize_t count = read(fd, block.data(), block.size());
        if (count < 0 && errno != EINTR) {
            throw io_error(fmt::format("{} cannot be read", name));
        }
        if (count == 0) {
            return;
        }
        const auto taken = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        length += taken;
        check_length(length, name);
        take(std::span<const std::byte>(block.data(), taken));
    }
}

} // namespace

bool stdout_is_terminal() {
    return isatty(STDOUT_FILENO) == 1;
}

MemoryFile MemoryFile::of_stdin() {
    MemoryFile file;
    read_all(STDIN_FILENO, "standard input", [&file](std::span<const std::byte> block) {
        write_all(file.fd_, block, "a file in memory");
    });
    return file;
}

MemoryFile::MemoryFile(std::span<const std::byte> bytes)
    : fd_(memfd_create("kizuna", MFD_CLOEXEC)) {
    if (fd_ < 0) {
        throw io_error("a file in memory cannot be made");
    }
    try {
        write_all(fd_, bytes, "a file in memory");
    } catch (...) {
        close(fd_);
        throw;
    }
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

MemoryFile::~MemoryFile() {
    if (fd_ >= 0) {
        close(fd_);
    }
}

std::filesystem::path MemoryFile::path() const {
    return fmt::format("/proc/self/fd/{}", fd_);
}

std::vector<std::byte> read_file(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        throw io_error(path.string() + " cannot be opened");
    }
    std::vector<std::byte> bytes;
    try {
        bytes.reserve(std::min(length_if_known(fd), most_bytes));
        read_all(fd, path.string(), [&bytes](std::span<const std::byte> block) {
            bytes.insert(bytes.end(), block.begin(), block.end());
        });
    } catch (...) {
        close(fd);
        throw;
    }
    close(fd);
    return bytes;
}

void write_stdout(std::span<const std::byte> bytes) {
    flush_stdout();
    // Past stdio, which would report what failed a second time when it is flushed at the end.
    write_all(STDOUT_FILENO, bytes, "standard output");
}

} // namespace kizuna::cli
