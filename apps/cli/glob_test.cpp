#include "glob.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

namespace fs = std::filesystem;

TEST(Glob, StarMatchesAnyNumberOfCharacters) {
    EXPECT_TRUE(matches("*.png", "a.png"));
    EXPECT_TRUE(matches("a*", "a"));
    EXPECT_TRUE(matches("*a*b*", "xxaxxabxx"));
    EXPECT_TRUE(matches("**", "anything"));
    EXPECT_FALSE(matches("*.png", "a.pngx"));
    EXPECT_FALSE(matches("a*b", "a"));
}

TEST(Glob, QuestionMarkMatchesExactlyOneCharacter) {
    EXPECT_TRUE(matches("page-?.png", "page-1.png"));
    EXPECT_FALSE(matches("page-?.png", "page-12.png"));
    EXPECT_FALSE(matches("page-?.png", "page-.png"));
}

TEST(Glob, SetsMatchTheirCharactersAndRanges) {
    EXPECT_TRUE(matches("p[0-9].png", "p7.png"));
    EXPECT_FALSE(matches("p[0-9].png", "px.png"));
    EXPECT_TRUE(matches("p[!0-9].png", "px.png"));
    EXPECT_FALSE(matches("p[^0-9].png", "p7.png"));
    EXPECT_TRUE(matches("[]a]", "]"));
    EXPECT_TRUE(matches("[a-]", "-"));
}

TEST(Glob, ASetThatIsNeverClosedIsAnOrdinaryCharacter) {
    EXPECT_TRUE(matches("a[b", "a[b"));
    EXPECT_FALSE(matches("a[b", "ab"));
    EXPECT_TRUE(matches("[", "["));
}

TEST(Glob, HiddenFilesNeedADotInThePattern) {
    EXPECT_FALSE(matches("*.png", ".hidden.png"));
    EXPECT_TRUE(matches(".*.png", ".hidden.png"));
}

TEST(Glob, ManyStarsDoNotTakeExponentialTime) {
    const std::string pattern = "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    EXPECT_FALSE(matches(pattern, std::string(2000, 'a')));
}

class GlobInFolder : public testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(root_ / "one");
        fs::create_directories(root_ / "two");
        for (const char* name : {"one/b.png", "one/a.png", "two/c.png", "two/d.jpg"}) {
            std::ofstream(root_ / name) << "x";
        }
    }

    void TearDown() override { fs::remove_all(root_); }

    std::vector<std::string> match(const std::string& pattern) const {
        std::vector<std::string> found;
        for (const fs::path& path : match_pattern(root_ / pattern)) {
            found.push_back(path.lexically_relative(root_).string());
        }
        return found;
    }

    fs::path root_ = fs::temp_directory_path() / ("kizuna_glob_test_" + std::to_string(getpid()));
};

TEST_F(GlobInFolder, FindsNamesInSortedOrder) {
    EXPECT_THAT(match("one/*.png"), ElementsAre("one/a.png", "one/b.png"));
}

TEST_F(GlobInFolder, PatternsMayStandInFolderNames) {
    EXPECT_THAT(match("*/[cd].*"), ElementsAre("two/c.png", "two/d.jpg"));
}

TEST_F(GlobInFolder, ReadsLiteralPartsAfterAPattern) {
    EXPECT_THAT(match("t*/c.png"), ElementsAre("two/c.png"));
    EXPECT_THAT(match("t*/missing.png"), IsEmpty());
}

TEST_F(GlobInFolder, AStarDoesNotCrossFolders) {
    EXPECT_THAT(match("*.png"), IsEmpty());
}

} // namespace
} // namespace kizuna::cli
