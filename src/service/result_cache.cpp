#include "kizuna/result_cache.hpp"

#include "base/atomic_file.hpp"
#include "base/log.hpp"
#include "service/digest.hpp"
#include "service/sqlite.hpp"

#include "kizuna/error.hpp"

#include <fstream>
#include <limits>
#include <mutex>
#include <unordered_set>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

/// Beside results, which have names of 64 hexadecimal digits.
constexpr const char* index_name = "index.sqlite";

/// A file that no index knows may be another process's, not entered yet; after this long it is nobody's.
constexpr std::chrono::hours orphan_age{1};

std::int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::optional<std::vector<std::byte>> read_whole(const fs::path& path, std::uint64_t bytes) {
    std::ifstream file(path, std::ios::binary);
    std::error_code failed;
    if (!file || fs::file_size(path, failed) != bytes || failed) {
        return std::nullopt;
    }
    std::vector<std::byte> content(bytes);
    file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(bytes));
    return file ? std::optional(std::move(content)) : std::nullopt;
}

Database open_index(const fs::path& path) {
    Database index(path);
    index.execute("CREATE TABLE IF NOT EXISTS results ("
                  " name TEXT PRIMARY KEY," // of its file: the key's hash
                  " bytes INTEGER NOT NULL,"
                  " digest TEXT NOT NULL,"    // of its content
                  " used INTEGER NOT NULL,"   // seconds since 1970
                  " turn INTEGER NOT NULL)"); // counts uses: seconds alone do not tell which was later
    index.execute("CREATE INDEX IF NOT EXISTS by_turn ON results (turn)");
    return index;
}

} // namespace

class ResultCache::Impl {
  public:
    Impl(fs::path folder, const CacheLimits& limits)
        : folder_(std::move(folder))
        , limits_(limits) {
        make_folder(folder_);
        (void)stats(); // opens the index
    }

    std::optional<std::vector<std::byte>> find(std::string_view key);
    void store(std::string_view key, std::span<const std::byte> result);
    std::uint64_t clean_up(std::optional<std::chrono::seconds> max_age);
    std::uint64_t clear();
    CacheStats stats();

    [[nodiscard]] const fs::path& folder() const { return folder_; }

  private:
    /// What `work` gives. A damaged index is removed: without it the results are unknown, and made again.
    template <typename Work>
    auto with_index(const Work& work) {
        const std::lock_guard lock(mutex_);
        const auto try_once = [&] {
            if (!index_) {
                index_.emplace(open_index(folder_ / index_name));
            }
            return work();
        };
        try {
            return try_once();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::corrupt) {
                throw;
            }
            log(LogLevel::warning, fmt::format("{}; the cache is begun anew", error.what()));
        }
        remove_index();
        return try_once();
    }

    void remove_index() {
        index_.reset();
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::error_code ignored;
            fs::remove(folder_ / (index_name + std::string(suffix)), ignored);
        }
    }

    struct Entry {
        std::string name; ///< of its file
        std::uint64_t bytes = 0;
    };

    struct Known {
        Entry entry;
        std::string digest; ///< of what the file holds
    };

    static std::string name_of(std::string_view key);

    [[nodiscard]] fs::path file_of(const std::string& name) const {
        return folder_ / name.substr(0, 2) / name;
    }

    [[nodiscard]] std::optional<Known> look_up(const std::string& name);
    [[nodiscard]] std::vector<Entry> all_entries();
    [[nodiscard]] std::vector<Entry> beyond_limits(std::optional<std::chrono::seconds> max_age);
    void touch(const std::string& name);
    std::uint64_t remove(const std::vector<Entry>& entries);
    std::uint64_t remove_orphans();

    std::mutex mutex_;
    fs::path folder_;
    CacheLimits limits_;
    std::optional<Database> index_;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
    std::uint64_t damaged_ = 0;
};

std::string ResultCache::Impl::name_of(std::string_view key) {
    constexpr std::size_t most_bytes = 512;
    if (key.empty() || key.size() > most_bytes) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("a result's key has 1 to {} bytes, not {}", most_bytes, key.size()));
    }
    return sha256_of(std::as_bytes(std::span(key)));
}

std::optional<std::vector<std::byte>> ResultCache::Impl::find(std::string_view key) {
    const std::string name = name_of(key);
    return with_index([&]() -> std::optional<std::vector<std::byte>> {
        const auto known = look_up(name);
        if (!known) {
            ++misses_;
            return std::nullopt;
        }
        auto content = read_whole(file_of(name), known->entry.bytes);
        if (!content || sha256_of(*content) != known->digest) {
            ++misses_;
            ++damaged_;
            remove({known->entry});
            return std::nullopt;
        }
        ++hits_;
        try {
            touch(name);
        } catch (const Error& error) { // the result is whole; that it was used now is not worth losing it
            log(LogLevel::debug, error.what());
        }
        return content;
    });
}

std::optional<ResultCache::Impl::Known> ResultCache::Impl::look_up(const std::string& name) {
    Database::Statement entry(*index_, "SELECT bytes, digest FROM results WHERE name = ?1");
    if (!entry.bind(1, name).step()) {
        return std::nullopt;
    }
    return Known{{name, static_cast<std::uint64_t>(entry.number(0))}, entry.text(1)};
}

void ResultCache::Impl::touch(const std::string& name) {
    Database::Statement(
        *index_, "UPDATE results SET used = ?2, turn = (SELECT max(turn) + 1 FROM results) WHERE name = ?1")
        .bind(1, name)
        .bind(2, now_seconds())
        .run();
}

void ResultCache::Impl::store(std::string_view key, std::span<const std::byte> result) {
    const std::string name = name_of(key);
    if (result.size() > limits_.max_bytes) {
        return;
    }
    make_folder(file_of(name).parent_path());
    AtomicFile file(file_of(name), AtomicFile::IfExists::replace);
    file.write(result);
    file.commit();
    const std::string digest = sha256_of(result);
    with_index([&] {
        Database::Statement(
            *index_, "INSERT OR REPLACE INTO results VALUES (?1, ?2, ?3, ?4,"
                     " (SELECT coalesce(max(turn), 0) + 1 FROM results))")
            .bind(1, name)
            .bind(2, static_cast<std::int64_t>(result.size()))
            .bind(3, digest)
            .bind(4, now_seconds())
            .run();
        remove(beyond_limits(limits_.max_age));
    });
}

/// A file goes before its entry: an entry without a file is noticed, a file without an entry takes room.
std::uint64_t ResultCache::Impl::remove(const std::vector<Entry>& entries) {
    std::uint64_t freed = 0;
    for (const Entry& entry : entries) {
        std::error_code ignored;
        fs::remove(file_of(entry.name), ignored);
        Database::Statement(*index_, "DELETE FROM results WHERE name = ?1").bind(1, entry.name).run();
        freed += entry.bytes;
    }
    return freed;
}

std::vector<ResultCache::Impl::Entry>
ResultCache::Impl::beyond_limits(std::optional<std::chrono::seconds> max_age) {
    Database::Statement sum(*index_, "SELECT coalesce(sum(bytes), 0) FROM results");
    (void)sum.step();
    auto held = static_cast<std::uint64_t>(sum.number(0));
    const std::int64_t oldest =
        max_age ? now_seconds() - max_age->count() : std::numeric_limits<std::int64_t>::min();
    std::vector<Entry> leaving;
    Database::Statement oldest_first(*index_, "SELECT name, bytes, used FROM results ORDER BY turn");
    while (oldest_first.step() && (held > limits_.max_bytes || oldest_first.number(2) < oldest)) {
        leaving.push_back({oldest_first.text(0), static_cast<std::uint64_t>(oldest_first.number(1))});
        held -= leaving.back().bytes;
    }
    return leaving;
}

std::uint64_t ResultCache::Impl::remove_orphans() {
    std::unordered_set<std::string> known;
    for (const Entry& entry : all_entries()) {
        known.insert(entry.name);
    }
    std::uint64_t freed = 0;
    std::error_code ignored;
    const auto young = fs::file_time_type::clock::now() - orphan_age;
    constexpr auto skip = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(folder_, skip, ignored), end; it != end; it.increment(ignored)) {
        const fs::directory_entry& file = *it;
        const std::string name = file.path().filename().string();
        const bool is_result = name.size() == 64 && file.path().parent_path().filename() == name.substr(0, 2);
        if (is_result && !known.contains(name) && file.last_write_time(ignored) < young) {
            freed += file.file_size(ignored);
            fs::remove(file.path(), ignored);
        }
    }
    return freed;
}

std::uint64_t ResultCache::Impl::clean_up(std::optional<std::chrono::seconds> max_age) {
    if (limits_.max_age && (!max_age || *limits_.max_age < *max_age)) {
        max_age = limits_.max_age;
    }
    return with_index([&] { return remove(beyond_limits(max_age)) + remove_orphans(); });
}

std::uint64_t ResultCache::Impl::clear() {
    return with_index([&] { return remove(all_entries()) + remove_orphans(); });
}

std::vector<ResultCache::Impl::Entry> ResultCache::Impl::all_entries() {
    std::vector<Entry> all;
    Database::Statement entries(*index_, "SELECT name, bytes FROM results");
    while (entries.step()) {
        all.push_back({entries.text(0), static_cast<std::uint64_t>(entries.number(1))});
    }
    return all;
}

CacheStats ResultCache::Impl::stats() {
    return with_index([&] {
        Database::Statement sums(*index_, "SELECT count(*), coalesce(sum(bytes), 0) FROM results");
        (void)sums.step();
        return CacheStats{
            static_cast<std::uint64_t>(sums.number(0)), static_cast<std::uint64_t>(sums.number(1)), hits_,
            misses_, damaged_};
    });
}

ResultCache::ResultCache(const fs::path& folder, const CacheLimits& limits)
    : impl_(std::make_unique<Impl>(folder, limits)) {}

ResultCache::ResultCache(ResultCache&&) noexcept = default;
ResultCache& ResultCache::operator=(ResultCache&&) noexcept = default;
ResultCache::~ResultCache() = default;

std::optional<std::vector<std::byte>> ResultCache::find(std::string_view key) {
    return impl_->find(key);
}

void ResultCache::store(std::string_view key, std::span<const std::byte> result) {
    impl_->store(key, result);
}

std::uint64_t ResultCache::clean_up(std::optional<std::chrono::seconds> max_age) {
    return impl_->clean_up(max_age);
}

std::uint64_t ResultCache::clear() {
    return impl_->clear();
}

CacheStats ResultCache::stats() const {
    return impl_->stats();
}

const fs::path& ResultCache::folder() const noexcept {
    return impl_->folder();
}

} // namespace kizuna
