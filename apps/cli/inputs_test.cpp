#include "inputs.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

namespace fs = std::filesystem;

/// Works in a folder of its own, which is the current one.
class Inputs : public testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(root_);
        fs::current_path(root_);
    }

    void TearDown() override {
        fs::current_path(fs::temp_directory_path());
        fs::remove_all(root_);
    }

    static void make(const std::vector<std::string>& names) {
        for (const fs::path name : names) {
            if (name.has_parent_path()) {
                fs::create_directories(name.parent_path());
            }
            std::ofstream(name) << "x";
        }
    }

    static std::vector<std::pair<std::string, std::string>>
    pairs(const std::vector<std::string>& inputs, const Naming& naming, bool recursive = false) {
        std::vector<std::pair<std::string, std::string>> result;
        for (const Job& job : name_outputs(find_sources(inputs, recursive, naming.output), naming)) {
            result.emplace_back(
                job.input.lexically_normal().string(), job.output.lexically_normal().string());
        }
        return result;
    }

    static std::string error(const std::vector<std::string>& inputs, const Naming& naming) {
        try {
            (void)pairs(inputs, naming);
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
            return e.what();
        }
        return "no error";
    }

    fs::path root_ =
        fs::canonical(fs::temp_directory_path()) / ("kizuna_inputs_test_" + std::to_string(getpid()));
};

TEST_F(Inputs, AFileWithoutOutputGetsANameBesideIt) {
    make({"in/photo.png", "drawing.gif"});
    EXPECT_THAT(
        pairs({"in/photo.png"}, {{}, "_x2", ""}), ElementsAre(Pair("in/photo.png", "in/photo_x2.png")));
    EXPECT_THAT(
        pairs({"in/photo.png"}, {{}, "_x2", "webp"}), ElementsAre(Pair("in/photo.png", "in/photo_x2.webp")));
    EXPECT_THAT(pairs({"drawing.gif"}, {{}, "_x2", ""}), ElementsAre(Pair("drawing.gif", "drawing_x2.gif")));
}

TEST_F(Inputs, AFolderWithoutOutputGetsAFolderBesideIt) {
    make({"photos/a.png", "photos/sub/b.jpg"});
    const std::string beside = (root_ / "photos_x2").string();
    EXPECT_THAT(
        pairs({"photos/"}, {{}, "_x2", ""}, true),
        ElementsAre(
            Pair("photos/a.png", beside + "/a.png"), Pair("photos/sub/b.jpg", beside + "/sub/b.jpg")));
    fs::current_path("photos");
    EXPECT_THAT(pairs({"."}, {{}, "_x2", ""}), ElementsAre(Pair("a.png", beside + "/a.png")));
}

TEST_F(Inputs, OneFileGoesToOneFile) {
    make({"a.png"});
    EXPECT_THAT(pairs({"a.png"}, {"b.webp", "_x2", ""}), ElementsAre(Pair("a.png", "b.webp")));
}

TEST_F(Inputs, AnOutputThatIsAFolderOrEndsInASlashIsAFolder) {
    make({"a.png"});
    fs::create_directory("there");
    EXPECT_THAT(pairs({"a.png"}, {"there", "_x2", ""}), ElementsAre(Pair("a.png", "there/a.png")));
    EXPECT_THAT(pairs({"a.png"}, {"new/", "_x2", ""}), ElementsAre(Pair("a.png", "new/a.png")));
}

TEST_F(Inputs, FoldersGiveTheirPicturesAndOnlyThose) {
    make({"in/b.png", "in/a.gif", "in/notes.txt", "in/sub/c.png"});
    EXPECT_THAT(
        pairs({"in"}, {"out", "", ""}),
        ElementsAre(Pair("in/a.gif", "out/a.gif"), Pair("in/b.png", "out/b.png")));
}

TEST_F(Inputs, RecursionMirrorsTheTree) {
    make({"in/b.png", "in/sub/deep/c.png", "in/sub/a.png"});
    EXPECT_THAT(
        pairs({"in"}, {"out", "", "jpeg"}, true),
        ElementsAre(
            Pair("in/b.png", "out/b.jpg"), Pair("in/sub/a.png", "out/sub/a.jpg"),
            Pair("in/sub/deep/c.png", "out/sub/deep/c.jpg")));
}

TEST_F(Inputs, TheOutputFolderIsNotSearchedForInputs) {
    make({"in/a.png", "in/out/a.png"});
    EXPECT_THAT(pairs({"in"}, {"in/out", "", ""}, true), ElementsAre(Pair("in/a.png", "in/out/a.png")));
}

TEST_F(Inputs, LinksBetweenFoldersDoNotLeadInCircles) {
    make({"in/sub/a.png"});
    fs::create_directory_symlink("..", "in/sub/up");
    EXPECT_THAT(pairs({"in"}, {"out", "", ""}, true), ElementsAre(Pair("in/sub/a.png", "out/sub/a.png")));
}

TEST_F(Inputs, PatternsAreExpanded) {
    make({"a1.png", "a2.png", "b1.png", "a3.txt"});
    EXPECT_THAT(
        pairs({"a*"}, {"out", "", ""}),
        ElementsAre(Pair("a1.png", "out/a1.png"), Pair("a2.png", "out/a2.png")));
}

TEST_F(Inputs, AFileCalledLikeAPatternWins) {
    make({"a[1].png", "a1.png"});
    EXPECT_THAT(pairs({"a[1].png"}, {"out.png", "", ""}), ElementsAre(Pair("a[1].png", "out.png")));
}

TEST_F(Inputs, AFileNamedTwiceIsOneInput) {
    make({"a.png", "b.png"});
    EXPECT_THAT(
        pairs({"a.png", "./a.png", "*.png"}, {"out", "", ""}),
        ElementsAre(Pair("a.png", "out/a.png"), Pair("b.png", "out/b.png")));
}

TEST_F(Inputs, MissingInputsAreProblemsAndNotTheEnd) {
    make({"a.png"});
    fs::create_directory("empty");
    const Sources sources =
        find_sources(std::vector<std::string>{"missing.png", "a.png", "*.jpg", "empty"}, false, {});
    EXPECT_EQ(sources.found.size(), 1U);
    ASSERT_EQ(sources.problems.size(), 3U);
    EXPECT_EQ(sources.problems[0].input, "missing.png");
    EXPECT_EQ(sources.problems[1].input, "*.jpg");
    EXPECT_EQ(sources.problems[2].input, "empty");
}

TEST_F(Inputs, TwoInputsMayNotShareAnOutput) {
    make({"in/a.png", "in/a.gif"});
    const std::string message = error({"in"}, {"out", "", "png"});
    EXPECT_THAT(message, HasSubstr("in/a.png"));
    EXPECT_THAT(message, HasSubstr("in/a.gif"));
}

TEST_F(Inputs, AnOutputMayNotBeAnotherInputHoweverItIsSpelled) {
    make({"a.png", "a_x2.png", "sub/other.png"});
    const Naming naming{std::nullopt, "_x2", ""};
    for (const std::string other : {"a_x2.png", "./a_x2.png", "sub/../a_x2.png"}) {
        EXPECT_THAT(error({"a.png", other}, naming), HasSubstr("'a.png' would be written to"));
    }
    EXPECT_THAT(error({"a.png", (root_ / "a_x2.png").string()}, naming), HasSubstr("a_x2.png"));
    fs::create_symlink("a_x2.png", "link.png");
    EXPECT_THAT(error({"a.png", "link.png"}, naming), HasSubstr("link.png"));
}

TEST_F(Inputs, ResultsOfAnEarlierRunStandForThemselvesWhereTheyAreKept) {
    make({"a.png", "a_x2.png", "a_x2_x2.png", "b.png"});
    EXPECT_THAT(
        pairs({"*.png"}, {.output = {}, .suffix = "_x2", .format = "", .keep_results = true}),
        ElementsAre(
            Pair("a.png", "a_x2.png"), Pair("a_x2.png", "a_x2.png"), Pair("a_x2_x2.png", "a_x2_x2.png"),
            Pair("b.png", "b_x2.png")));
}

TEST_F(Inputs, AnOutputMayBeItsOwnInput) {
    make({"a.png", "b.png"});
    EXPECT_THAT(
        pairs({"a.png", "b.png"}, {".", "", ""}),
        ElementsAre(Pair("a.png", "a.png"), Pair("b.png", "b.png")));
}

TEST_F(Inputs, SeveralPicturesDoNotGoIntoOneFile) {
    make({"a.png", "b.png", "existing"});
    EXPECT_THAT(error({"a.png", "b.png"}, {"out.png", "", ""}), HasSubstr("out.png"));
    EXPECT_THAT(error({"a.png", "b.png"}, {"existing", "", ""}), HasSubstr("existing"));
    EXPECT_THAT(error({"a.png", "b.png"}, {"-", "", ""}), HasSubstr("standard output"));
}

TEST_F(Inputs, StandardInputStandsAlone) {
    make({"a.png"});
    EXPECT_THAT(pairs({"-"}, {{}, "_x2", ""}), ElementsAre(Pair("-", "-")));
    EXPECT_THAT(pairs({"-"}, {"b.png", "_x2", ""}), ElementsAre(Pair("-", "b.png")));
    EXPECT_THAT(error({"-", "a.png"}, {"out", "", ""}), HasSubstr("standard input"));
    EXPECT_THAT(error({"-"}, {"out/", "", ""}), HasSubstr("standard input"));
}

TEST_F(Inputs, AFileWithAnUnknownExtensionKeepsIt) {
    make({"picture", "picture.data"});
    EXPECT_THAT(
        pairs({"picture", "picture.data"}, {"out/", "", ""}),
        ElementsAre(Pair("picture", "out/picture"), Pair("picture.data", "out/picture.data")));
}

} // namespace
} // namespace kizuna::cli
