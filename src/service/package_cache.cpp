#include "service/package_cache.hpp"

#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "service/digest.hpp"
#include "service/model_library.hpp"
#include "service/npm.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

/// How often a lock is tried that another one holds.
constexpr std::chrono::milliseconds lock_interval{100};

[[noreturn]] void throw_io(const fs::path& path, const std::string& cause) {
    throw Error(ErrorCode::io, fmt::format("cannot write {}: {}", path.string(), cause));
}

/// Given back by the system when the descriptor is closed, even where the process is killed.
int open_lock(const fs::path& path, const CancelToken& cancel) {
    constexpr mode_t for_the_user = 0600;
    const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, for_the_user);
    if (lock < 0) {
        throw_io(path, std::strerror(errno));
    }
    try {
        while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                throw_io(path, std::strerror(errno));
            }
            throw_if_cancelled(cancel);
            std::this_thread::sleep_for(lock_interval);
        }
    } catch (...) {
        ::close(lock);
        throw;
    }
    return lock;
}

/// A folder that is gone when this is.
class TemporaryFolder {
  public:
    explicit TemporaryFolder(fs::path path)
        : path_(std::move(path)) {
        remove(); // what a process has left that was killed
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    ~TemporaryFolder() { remove(); }

    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    void remove() noexcept {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    fs::path path_;
};

} // namespace

void check_archive(const fs::path& archive, const KnownPackage& package) {
    if (sha512_of_file(archive) != package.sha512) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format(
                "{} is not the package {} that is known: its sha512 differs; nothing of it was used",
                archive.string(), package.specifier()));
    }
}

PackageCache::PackageCache(const KnownPackage& package, const CancelToken& cancel)
    : package_(package)
    , folder_(user_cache_folder()) {
    make_folder(folder_);
    lock_ = open_lock(place(".lock"), cancel);
}

PackageCache::~PackageCache() {
    ::close(lock_);
}

/// "@websr/websr" and 0.0.15 become "websr-websr-0.0.15", as npm names archives.
fs::path PackageCache::place(const char* extension) const {
    std::string name = package_.name;
    name.erase(std::remove(name.begin(), name.end(), '@'), name.end());
    std::replace(name.begin(), name.end(), '/', '-');
    return folder_ / fmt::format("{}-{}{}", name, package_.version, extension);
}

bool PackageCache::has_archive() const {
    std::error_code ignored;
    return fs::is_regular_file(place(".tgz"), ignored);
}

fs::path
PackageCache::archive(const std::function<void(std::uint64_t)>& progress, const CancelToken& cancel) {
    fs::path archive = place(".tgz");
    if (has_archive()) {
        try {
            check_archive(archive, package_);
            return archive;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::corrupt) {
                throw;
            }
            remove_archive(); // somebody has changed it; it is fetched anew
        }
    }
    const TemporaryFolder work(place(".download"));
    const fs::path fetched = fetch_package(package_, work.path(), progress, cancel);
    check_archive(fetched, package_);
    std::error_code error;
    fs::rename(fetched, archive, error);
    if (error) {
        throw_io(archive, error.message());
    }
    return archive;
}

void PackageCache::remove_archive() noexcept {
    std::error_code ignored;
    fs::remove(place(".tgz"), ignored);
}

} // namespace kizuna
