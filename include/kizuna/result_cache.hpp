#pragma once

#include "kizuna/export.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna {

/// How much a ResultCache keeps.
struct CacheLimits {
    std::uint64_t max_bytes = std::uint64_t{1} << 30U; ///< of results; the least recently used go first
    std::optional<std::chrono::seconds> max_age;       ///< since a result was last used
};

/// What a ResultCache holds, and what this object has been asked.
struct CacheStats {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0; ///< of results
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t damaged = 0; ///< results that were not what had been stored, and were dropped
};

/// Results in a folder, found again by a key that says how they were made. Any number of processes may share
/// the folder. A result that has been damaged, or its file removed, is noticed when it is asked for, dropped,
/// and counts as a miss; so does a damaged index, which is begun anew. Thread-safe.
class KIZUNA_API ResultCache {
  public:
    /// The folder is made where it is missing. Throws Error{io}, naming it.
    explicit ResultCache(const std::filesystem::path& folder, const CacheLimits& limits = {});
    ResultCache(ResultCache&&) noexcept;
    ResultCache& operator=(ResultCache&&) noexcept;
    ~ResultCache();

    /// The bytes stored under this key, if they are still there and whole. `key`: any text of 1 to 512
    /// bytes. Throws Error{io} where the index cannot be read.
    [[nodiscard]] std::optional<std::vector<std::byte>> find(std::string_view key);

    /// Stores, replacing what was there, then removes what is beyond the limits. What is larger than the
    /// limit by itself is not stored. Throws Error{io}.
    void store(std::string_view key, std::span<const std::byte> result);

    /// Removes what is beyond the limits, and files that no index knows; returns the bytes that were freed.
    /// With `max_age` also what was not used for so long, whatever the limits.
    std::uint64_t clean_up(std::optional<std::chrono::seconds> max_age = std::nullopt);

    /// Removes everything; returns the bytes that were freed.
    std::uint64_t clear();

    [[nodiscard]] CacheStats stats() const;

    [[nodiscard]] const std::filesystem::path& folder() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace kizuna
