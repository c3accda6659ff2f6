#include "base/atomic_file.hpp"
#include "base/test_folder.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

/// What the file system can do, as far as the functions below, which stand before the C library's, let it.
struct FileSystem {
    const char* name;
    bool unnamed_files = true; ///< O_TMPFILE
    bool links = true;
    bool moves_without_replacing = true;
    int why_not_moved = EINVAL;
};

FileSystem file_system{"any"};

} // namespace

extern "C" int access(const char* path, int mode) noexcept {
    return file_system.unnamed_files ? ::faccessat(AT_FDCWD, path, mode, 0) : -1;
}

extern "C" int link(const char* from, const char* to) noexcept {
    errno = EPERM;
    return file_system.links ? ::linkat(AT_FDCWD, from, AT_FDCWD, to, 0) : -1;
}

extern "C" int
renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
    errno = file_system.why_not_moved;
    return file_system.moves_without_replacing
               ? static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags))
               : -1;
}

namespace kizuna {
namespace {

class AtomicFileTest : public testing::Test {
  protected:
    void SetUp() override { folder_ = test::make_test_folder(); }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::ptrdiff_t files_in_folder() const {
        return std::distance(
            std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
    }

    static std::string content(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    static void write(AtomicFile& file, const std::string& text) {
        file.write(std::as_bytes(std::span(text)));
    }

    std::filesystem::path folder_;
};

TEST_F(AtomicFileTest, FoldersAreMadeWithThoseTheyLieInOrTheErrorNamesThem) {
    make_folder(folder_ / "a" / "b");
    EXPECT_TRUE(std::filesystem::is_directory(folder_ / "a" / "b"));
    make_folder(folder_ / "a" / "b");
    std::ofstream(folder_ / "file") << "in the way";
    try {
        make_folder(folder_ / "file" / "c");
        FAIL() << "made a folder inside a file";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::io);
        EXPECT_NE(std::string(error.what()).find((folder_ / "file" / "c").string()), std::string::npos);
    }
}

class AtomicFileOnAnyFileSystem : public AtomicFileTest, public testing::WithParamInterface<FileSystem> {
  protected:
    void SetUp() override {
        AtomicFileTest::SetUp();
        file_system = GetParam();
    }

    void TearDown() override {
        file_system = {"any"};
        AtomicFileTest::TearDown();
    }
};

INSTANTIATE_TEST_SUITE_P(
    FileSystems, AtomicFileOnAnyFileSystem,
    testing::Values(
        FileSystem{"unnamed"}, FileSystem{"links", false}, FileSystem{"moves", false, false},
        FileSystem{"neither", false, false, false}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_P(AtomicFileOnAnyFileSystem, AppearsOnlyWhenCommitted) {
    AtomicFile file(folder_ / "a", AtomicFile::IfExists::fail);
    write(file, "hello");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
    EXPECT_EQ(files_in_folder(), GetParam().unnamed_files ? 0 : 1);
    file.commit();
    EXPECT_EQ(content(folder_ / "a"), "hello");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_P(AtomicFileOnAnyFileSystem, LeavesNothingWhenNotCommitted) {
    {
        AtomicFile file(folder_ / "a", AtomicFile::IfExists::fail);
        write(file, "hello");
    }
    EXPECT_EQ(files_in_folder(), 0);
}

TEST_P(AtomicFileOnAnyFileSystem, KeepsAFileThatCameMeanwhile) {
    {
        AtomicFile file(folder_ / "a", AtomicFile::IfExists::fail);
        write(file, "ours");
        std::ofstream(folder_ / "a") << "theirs";
        EXPECT_THROW(file.commit(), Error);
    }
    EXPECT_EQ(content(folder_ / "a"), "theirs");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_P(AtomicFileOnAnyFileSystem, ReplacesWhenAsked) {
    std::ofstream(folder_ / "a") << "a longer old content";
    AtomicFile file(folder_ / "a", AtomicFile::IfExists::replace);
    write(file, "new");
    EXPECT_EQ(content(folder_ / "a"), "a longer old content");
    file.commit();
    EXPECT_EQ(content(folder_ / "a"), "new");
    EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFileTest, WhatCannotBeMovedForAnotherReasonIsAnError) {
    file_system = {"broken", false, false, false, EIO};
    {
        AtomicFile file(folder_ / "out.bin", AtomicFile::IfExists::fail);
        write(file, "new");
        EXPECT_THROW(file.commit(), Error);
    }
    file_system = {"any"};
    EXPECT_EQ(files_in_folder(), 0);
}

TEST_F(AtomicFileTest, RefusesAnExistingFileAtOnce) {
    std::ofstream(folder_ / "a") << "old";
    EXPECT_THROW(AtomicFile(folder_ / "a", AtomicFile::IfExists::fail), Error);
}

TEST_F(AtomicFileTest, HasNoNameBeforeItIsComplete) {
    AtomicFile file(folder_ / "a", AtomicFile::IfExists::replace);
    write(file, "new");
    EXPECT_EQ(files_in_folder(), 0) << "what a killed process would leave";
}

TEST_F(AtomicFileTest, FollowsALinkAndKeepsPermissions) {
    std::ofstream(folder_ / "target") << "old";
    std::filesystem::permissions(folder_ / "target", std::filesystem::perms::owner_read);
    std::filesystem::create_symlink("target", folder_ / "link");
    AtomicFile file(folder_ / "link", AtomicFile::IfExists::replace);
    write(file, "new");
    file.commit();
    EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
    EXPECT_EQ(content(folder_ / "target"), "new");
    EXPECT_EQ(std::filesystem::status(folder_ / "target").permissions(), std::filesystem::perms::owner_read);
}

TEST_F(AtomicFileTest, ALinkThatLeadsNowhereIsThereAllTheSame) {
    std::filesystem::create_symlink("nowhere", folder_ / "link");
    EXPECT_THROW(AtomicFile(folder_ / "link", AtomicFile::IfExists::fail), Error);
}

TEST_F(AtomicFileTest, NeverReplacesWhatIsNoFile) {
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    EXPECT_THROW(AtomicFile(folder_ / "pipe", AtomicFile::IfExists::replace), Error);
    EXPECT_THROW(AtomicFile("/dev/null", AtomicFile::IfExists::replace), Error);
    EXPECT_THROW(AtomicFile(folder_, AtomicFile::IfExists::replace), Error);
}

TEST_F(AtomicFileTest, SeeksBackToPatch) {
    AtomicFile file(folder_ / "a", AtomicFile::IfExists::fail);
    write(file, "0123456789");
    file.seek(2);
    write(file, "XX");
    file.commit();
    EXPECT_EQ(content(folder_ / "a"), "01XX456789");
}

TEST_F(AtomicFileTest, AMissingFolderIsAnErrorThatNamesTheFile) {
    try {
        AtomicFile file(folder_ / "none" / "a.png", AtomicFile::IfExists::fail);
        FAIL() << "wrote into a folder that is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::io);
        EXPECT_NE(std::string(error.what()).find("a.png"), std::string::npos);
    }
}

TEST_F(AtomicFileTest, WritesNamesOfTheGreatestLength) {
    constexpr std::size_t longest_name = 255;
    const auto path = folder_ / std::string(longest_name, 'n');
    AtomicFile file(path, AtomicFile::IfExists::fail);
    file.commit();
    EXPECT_TRUE(std::filesystem::exists(path));
}

} // namespace
} // namespace kizuna
