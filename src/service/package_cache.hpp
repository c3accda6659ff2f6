#pragma once

#include "service/manifest.hpp"

#include "kizuna/cancel.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace kizuna {

/// A package's place in the user's cache folder, which belongs to one process and thread as long as this
/// lives. Others wait for their turn.
class PackageCache {
  public:
    /// Waits. Throws Error{io}, {cancelled}.
    PackageCache(const KnownPackage& package, const CancelToken& cancel);
    PackageCache(const PackageCache&) = delete;
    PackageCache& operator=(const PackageCache&) = delete;
    ~PackageCache();

    /// The package's archive, downloaded if it is not there yet; its hash is right. Throws as
    /// fetch_package(), and Error{corrupt}, having removed what has been downloaded.
    [[nodiscard]] std::filesystem::path
    archive(const std::function<void(std::uint64_t)>& progress, const CancelToken& cancel);

    /// It is no longer needed.
    void remove_archive() noexcept;

    [[nodiscard]] bool has_archive() const;

  private:
    [[nodiscard]] std::filesystem::path place(const char* extension) const;

    const KnownPackage& package_;
    std::filesystem::path folder_;
    int lock_ = -1;
};

/// Throws Error{corrupt} where the archive is not that of the package.
void check_archive(const std::filesystem::path& archive, const KnownPackage& package);

} // namespace kizuna
