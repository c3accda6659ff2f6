#include "kizuna/error.hpp"
#include "kizuna/result_cache.hpp"

#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

class ResultCacheTest : public testing::Test {
  protected:
    ResultCacheTest() {
        std::string pattern = (fs::temp_directory_path() / "kizuna-cache-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }

    ~ResultCacheTest() override { fs::remove_all(folder_); }

    [[nodiscard]] std::vector<fs::path> result_files() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
            if (entry.is_regular_file() && entry.path().filename().string().size() == 64) {
                files.push_back(entry.path());
            }
        }
        return files;
    }

    fs::path folder_;
};

TEST_F(ResultCacheTest, GivesBackWhatWasStoredAlsoToTheNextProcess) {
    {
        ResultCache cache(folder_);
        EXPECT_FALSE(cache.find("page 1").has_value());
        cache.store("page 1", bytes_of("picture"));
        EXPECT_EQ(cache.find("page 1"), bytes_of("picture"));
        EXPECT_FALSE(cache.find("page 2").has_value());
    }
    ResultCache cache(folder_);
    EXPECT_EQ(cache.find("page 1"), bytes_of("picture"));
    cache.store("page 1", bytes_of("better picture"));
    EXPECT_EQ(cache.find("page 1"), bytes_of("better picture"));
    const CacheStats stats = cache.stats();
    EXPECT_EQ(stats.entries, 1U);
    EXPECT_EQ(stats.bytes, 14U);
    EXPECT_EQ(stats.hits, 2U);
    EXPECT_EQ(stats.misses, 0U);
}

TEST_F(ResultCacheTest, TheLeastRecentlyUsedGoFirst) {
    ResultCache cache(folder_, {.max_bytes = 30});
    cache.store("a", bytes_of("0123456789"));
    cache.store("b", bytes_of("0123456789"));
    cache.store("c", bytes_of("0123456789"));
    EXPECT_TRUE(cache.find("a").has_value());
    cache.store("d", bytes_of("0123456789"));
    EXPECT_FALSE(cache.find("b").has_value());
    EXPECT_TRUE(cache.find("a").has_value());
    EXPECT_TRUE(cache.find("c").has_value());
    EXPECT_TRUE(cache.find("d").has_value());
    EXPECT_EQ(result_files().size(), 3U);
}

TEST_F(ResultCacheTest, WhatIsLargerThanTheLimitIsNotStoredAndDrivesNothingOut) {
    ResultCache cache(folder_, {.max_bytes = 5});
    cache.store("small", bytes_of("abc"));
    cache.store("large", bytes_of("abcdef"));
    EXPECT_FALSE(cache.find("large").has_value());
    EXPECT_TRUE(cache.find("small").has_value());
}

TEST_F(ResultCacheTest, OldResultsGoWhenItIsCleanedUp) {
    ResultCache(folder_).store("a", bytes_of("abc"));
    ResultCache keeping(folder_, {.max_age = std::chrono::hours(1)});
    EXPECT_EQ(keeping.clean_up(), 0U);
    EXPECT_EQ(keeping.clean_up(std::chrono::hours(2)), 0U);
    ResultCache strict(folder_, {.max_age = std::chrono::seconds(-1)});
    EXPECT_EQ(strict.clean_up(), 3U);
    EXPECT_TRUE(result_files().empty());
}

TEST_F(ResultCacheTest, ADamagedResultIsNoticedAndDropped) {
    ResultCache cache(folder_);
    cache.store("a", bytes_of("picture"));
    std::ofstream(result_files().front()) << "pictura"; // as long as before
    EXPECT_FALSE(cache.find("a").has_value());
    EXPECT_EQ(cache.stats().damaged, 1U);
    EXPECT_EQ(cache.stats().entries, 0U);
    EXPECT_TRUE(result_files().empty());
    cache.store("a", bytes_of("picture"));
    fs::remove(result_files().front());
    EXPECT_FALSE(cache.find("a").has_value());
}

TEST_F(ResultCacheTest, ADamagedIndexIsBegunAnew) {
    {
        ResultCache cache(folder_);
        cache.store("a", bytes_of("picture"));
    }
    std::ofstream(folder_ / "index.sqlite") << std::string(5000, 'x');
    ResultCache cache(folder_);
    EXPECT_FALSE(cache.find("a").has_value());
    cache.store("a", bytes_of("picture"));
    EXPECT_EQ(cache.find("a"), bytes_of("picture"));
}

TEST_F(ResultCacheTest, AnIndexThatIsDamagedUnderneathIsBegunAnew) {
    ResultCache cache(folder_);
    cache.store("a", bytes_of("picture"));
    {
        std::fstream index(folder_ / "index.sqlite", std::ios::in | std::ios::out);
        index << std::string(100, 'x');
        std::fstream log(folder_ / "index.sqlite-wal", std::ios::in | std::ios::out | std::ios::trunc);
    }
    ResultCache other(folder_);
    other.store("b", bytes_of("picture"));
    EXPECT_TRUE(other.find("b").has_value());
}

TEST_F(ResultCacheTest, ClearingRemovesEverythingThatIsKnown) {
    ResultCache cache(folder_);
    cache.store("a", bytes_of("abc"));
    cache.store("b", bytes_of("defg"));
    EXPECT_EQ(cache.clear(), 7U);
    EXPECT_EQ(cache.stats().entries, 0U);
    EXPECT_TRUE(result_files().empty());
}

TEST_F(ResultCacheTest, FilesThatNoIndexKnowsGoWhenTheyAreOld) {
    ResultCache cache(folder_);
    const std::string name(64, 'a');
    fs::create_directories(folder_ / "aa");
    std::ofstream(folder_ / "aa" / name) << "left over";
    std::ofstream(folder_ / "aa" / "something else") << "not ours";
    EXPECT_EQ(cache.clean_up(), 0U) << "another process may be about to enter it";
    fs::last_write_time(folder_ / "aa" / name, fs::file_time_type::clock::now() - std::chrono::hours(2));
    fs::last_write_time(
        folder_ / "aa" / "something else", fs::file_time_type::clock::now() - std::chrono::hours(2));
    EXPECT_EQ(cache.clean_up(), 9U);
    EXPECT_FALSE(fs::exists(folder_ / "aa" / name));
    EXPECT_TRUE(fs::exists(folder_ / "aa" / "something else"));
}

/// Stores and finds; false if anything that was found is not what belongs to its key.
bool use(const fs::path& folder, int seed) {
    ResultCache cache(folder, {.max_bytes = 2000});
    for (int i = 0; i < 100; ++i) {
        const std::string key = "key " + std::to_string((i * 7 + seed) % 30);
        if (const auto found = cache.find(key); found && *found != bytes_of("result of " + key)) {
            return false;
        }
        cache.store(key, bytes_of("result of " + key));
    }
    return true;
}

TEST_F(ResultCacheTest, TwoProcessesAndSomeThreadsShareAFolder) {
    const pid_t child = ::fork();
    if (child == 0) {
        bool right = false;
        try {
            right = use(folder_, 3);
        } catch (const std::exception&) { // the exit status tells
        }
        std::_Exit(right ? 0 : 1);
    }
    std::thread beside([&] { EXPECT_TRUE(use(folder_, 11)); });
    EXPECT_TRUE(use(folder_, 0));
    beside.join();
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(ResultCacheTest, RefusesFoldersThatCannotBe) {
    std::ofstream(folder_ / "file") << "no folder";
    EXPECT_THROW(ResultCache(folder_ / "file" / "cache"), Error);
    ResultCache cache(folder_);
    EXPECT_THROW((void)cache.find(""), Error);
    EXPECT_THROW((void)cache.find(std::string(513, 'k')), Error);
}

} // namespace
} // namespace kizuna
