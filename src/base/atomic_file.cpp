#include "base/atomic_file.hpp"

#include "kizuna/error.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
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
    throw Error(
        ErrorCode::already_exists, fmt::format("{} exists already (overwrite replaces it)", path.string()));
}

// Unique on this machine while we run; the folder may be shared with other machines, so O_EXCL has the last
// word.
std::string temporary_name() {
    static std::atomic<unsigned> counter = 0;
    return fmt::format(".kizuna-{}-{}.part", ::getpid(), counter++);
}

[[noreturn]] void throw_io(const std::filesystem::path& path, int cause) {
    throw Error(ErrorCode::io, fmt::format("cannot write {}: {}", path.string(), std::strerror(cause)));
}

// Where a link leads, so that the file behind it is replaced and not the link.
std::filesystem::path behind_links(const std::filesystem::path& path) {
    std::error_code error;
    auto target = std::filesystem::weakly_canonical(path, error);
    return error || !std::filesystem::is_symlink(path, error) ? path : target;
}

constexpr mode_t as_umask_allows = 0666;

} // namespace

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw Error(
            ErrorCode::io, fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
    }
}

void remove_file(const std::filesystem::path& file) {
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) {
        throw Error(ErrorCode::io, fmt::format("cannot remove {}: {}", file.string(), error.message()));
    }
}

AtomicFile::AtomicFile(std::filesystem::path path, IfExists if_exists)
    : path_(std::move(path))
    , if_exists_(if_exists) {
    std::error_code ignored;
    if (if_exists_ == IfExists::fail &&
        std::filesystem::exists(std::filesystem::symlink_status(path_, ignored))) {
        throw_exists(path_);
    }
    path_ = behind_links(path_);
    const auto status = std::filesystem::status(path_, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        throw Error(
            ErrorCode::io,
            fmt::format(
                "cannot write {}: it is {}", path_.string(),
                std::filesystem::is_directory(status) ? "a folder" : "a device or pipe and no file"));
    }
    open_unnamed();
    if (fd_ < 0) {
        open_named();
    }
    keep_permissions();
}

AtomicFile::~AtomicFile() {
    close_and_remove();
}

void AtomicFile::open_unnamed() {
#if defined(O_TMPFILE)
    const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    if (::access("/proc/self/fd", X_OK) == 0) { // by which the file gets its name
        fd_ = ::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, as_umask_allows);
    }
#endif
}

void AtomicFile::open_named() {
    do {
        temporary_ = path_.parent_path() / temporary_name();
        fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, as_umask_allows);
    } while (fd_ < 0 && errno == EEXIST);
    if (fd_ < 0) {
        throw_io(path_, errno);
    }
}

void AtomicFile::keep_permissions() const {
    struct stat existing {};

    if (::stat(path_.c_str(), &existing) == 0) {
        constexpr mode_t permissions = 0777;
        ::fchmod(fd_, existing.st_mode & permissions); // as far as the file system lets us
    }
}

// Where the name is free; false where it is taken.
bool AtomicFile::give_name(const std::filesystem::path& name) {
    const std::string unnamed = fmt::format("/proc/self/fd/{}", fd_);
    const int result = temporary_.empty()
                           ? ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW)
                           : ::link(temporary_.c_str(), name.c_str());
    if (result == 0 || errno == EEXIST) {
        return result == 0;
    }
    const bool has_no_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
    if (temporary_.empty() || !has_no_links) {
        throw_io(path_, errno);
    }
    return move_to(name);
}

// As give_name, where a file has one name only (FAT, some network file systems).
bool AtomicFile::move_to(const std::filesystem::path& name) {
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) {
        temporary_.clear();
        return true;
    }
    if (errno == EEXIST) {
        return false;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        throw_io(path_, errno);
    }
    return move_to_reserved(name);
}

// As move_to, where even that is not known: an empty file of ours takes the name first, and gives it up.
bool AtomicFile::move_to_reserved(const std::filesystem::path& name) {
    const int reserved = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, as_umask_allows);
    if (reserved < 0) {
        if (errno == EEXIST) {
            return false;
        }
        throw_io(path_, errno);
    }
    ::close(reserved);
    if (::rename(temporary_.c_str(), name.c_str()) != 0) {
        const int cause = errno;
        ::unlink(name.c_str());
        throw_io(path_, cause);
    }
    temporary_.clear();
    return true;
}

void AtomicFile::close_and_remove() noexcept {
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
        if (!temporary_.empty()) {
            ::unlink(temporary_.c_str());
        }
    }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(position_));
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_io(path_, errno);
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
        throw_io(path_, errno);
    }
    if (if_exists_ == IfExists::fail) {
        // Linking refuses where the name has been taken meanwhile, which renaming does not.
        if (!give_name(path_)) {
            throw_exists(path_);
        }
        close_and_remove();
        return;
    }
    if (temporary_.empty()) { // only what has a name can take another's place
        std::filesystem::path name;
        do {
            name = path_.parent_path() / temporary_name();
        } while (!give_name(name));
        temporary_ = name;
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        throw_io(path_, errno);
    }
    ::close(fd_);
    fd_ = -1;
}

} // namespace kizuna
