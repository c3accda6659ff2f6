#include "base/atomic_file.hpp"

#include "kizuna/error.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

[[noreturn]] void throw_exists(const std::filesystem::path& path) {
    throw Error(ErrorCode::already_exists, fmt::format("{} exists already", path.string()));
}

// Unique on this machine while we run; the folder may be shared with other machines, so O_EXCL has the last
// word.
std::string temporary_name() {
    static std::atomic<unsigned> counter = 0;
    return fmt::format(".kizuna-{}-{}.part", ::getpid(), counter++);
}

} // namespace

AtomicFile::AtomicFile(std::filesystem::path path, IfExists if_exists)
    : path_(std::move(path))
    , if_exists_(if_exists) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored)) {
        throw Error(ErrorCode::io, fmt::format("cannot write {}: it is a folder", path_.string()));
    }
    if (if_exists_ == IfExists::fail && std::filesystem::exists(path_, ignored)) {
        throw_exists(path_);
    }
    constexpr mode_t as_umask_allows = 0666;
    do {
        temporary_ = path_.parent_path() / temporary_name();
        fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, as_umask_allows);
    } while (fd_ < 0 && errno == EEXIST);
    if (fd_ < 0) {
        throw Error(ErrorCode::io, fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
    }
}

AtomicFile::~AtomicFile() {
    remove_temporary();
}

void AtomicFile::remove_temporary() noexcept {
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
        ::unlink(temporary_.c_str());
    }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(position_));
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw Error(
                ErrorCode::io, fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
        }
        position_ += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void AtomicFile::seek(std::uint64_t position) {
    position_ = position;
}

void AtomicFile::commit() {
    // Data first, name second: after a power cut there is the whole file or none.
    if (::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP) {
        const int cause = errno;
        remove_temporary();
        throw Error(ErrorCode::io, fmt::format("cannot write {}: {}", path_.string(), std::strerror(cause)));
    }
    if (if_exists_ == IfExists::fail) {
        // link() refuses where the name is taken, which rename() does not.
        if (::link(temporary_.c_str(), path_.c_str()) == 0) {
            remove_temporary();
            return;
        }
        if (errno == EEXIST) {
            remove_temporary();
            throw_exists(path_);
        }
        // A file system without hard links: rename is what is left.
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        const int cause = errno;
        remove_temporary();
        throw Error(ErrorCode::io, fmt::format("cannot write {}: {}", path_.string(), std::strerror(cause)));
    }
    ::close(fd_);
    fd_ = -1;
}

} // namespace kizuna
