#include "base/test_folder.hpp"
#include "video/work_folder.hpp"

#include "kizuna/error.hpp"

#include <fstream>
#include <iterator>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::video {
namespace {

class WorkFolders : public testing::Test {
  protected:
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static std::string message_of(const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    std::filesystem::path folder_ = test::make_test_folder();
    std::filesystem::path output_ = folder_ / "out.mkv";
    Json work_{{"crf", 16}, {"encoder", "libx264"}};
};

TEST_F(WorkFolders, KeepTheirSegments) {
    {
        const WorkFolder folder(output_, work_, false);
        EXPECT_FALSE(folder.is_continued());
        SegmentWriter(folder.segment_path(1), {}).commit(7);
    }
    const WorkFolder again(output_, work_, false);
    EXPECT_TRUE(again.is_continued());
    const auto segments = again.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments.at(1).frames, 7U);
    EXPECT_EQ(frames_in(segments), 7U);
}

TEST_F(WorkFolders, AStraySegmentTakesNoRoomForThoseBeforeIt) {
    const WorkFolder folder(output_, work_, false);
    SegmentWriter(folder.segment_path(9'999'999), {}).commit(7);
    const auto segments = folder.segments();
    EXPECT_EQ(segments.size(), 1U);
    EXPECT_EQ(frames_in(segments), 7U);
}

TEST_F(WorkFolders, GoOnWithTheTilesThatTheWorkWasBegunWith) {
    const TileLimits first{1000, 640, 64, true, 12.5};
    { const WorkFolder folder(output_, work_, false, first); }
    const auto limits = [&](const TileLimits& now) {
        const TileLimits kept = WorkFolder(output_, work_, false, now).tile_limits();
        return std::tuple(
            kept.free_memory_bytes, kept.best_tile_px, kept.tile_step_px, kept.has_own_memory,
            kept.bytes_per_pixel);
    };
    EXPECT_EQ(limits({5, 384, 1, false, 0}), std::tuple(1000U, 640, 64, true, 12.5));
    const auto journal = output_.string() + ".kizuna/journal.json";
    std::ifstream in(journal);
    std::string text(std::istreambuf_iterator<char>(in), {});
    text.replace(text.find("\"tile_step_px\": 64"), 18, "\"tile_step_px\": 0");
    std::ofstream(journal) << text;
    EXPECT_EQ(limits({5, 384, 1, false, 0}), std::tuple(5U, 384, 1, false, 0.0)) << "that cannot be";
}

TEST_F(WorkFolders, RefuseOtherWorkNamingWhatIsOther) {
    { const WorkFolder folder(output_, work_, false); }
    const Json other{{"crf", 20}, {"encoder", "libx264"}};
    EXPECT_THAT(
        message_of([&] { const WorkFolder folder(output_, other, false); }),
        testing::HasSubstr("(another crf)"));
}

TEST_F(WorkFolders, BeginAnewWhereThatIsAskedFor) {
    {
        const WorkFolder folder(output_, work_, false);
        SegmentWriter(folder.segment_path(0), {}).commit(7);
    }
    const WorkFolder again(output_, work_, true);
    EXPECT_FALSE(again.is_continued());
    EXPECT_TRUE(again.segments().empty());
}

TEST_F(WorkFolders, BelongToOneProcessAtATime) {
    const WorkFolder folder(output_, work_, false);
    EXPECT_THAT(
        message_of([&] { const WorkFolder second(output_, work_, false); }),
        testing::HasSubstr("another process"));
}

TEST_F(WorkFolders, DeleteSegmentsThatAreDamaged) {
    const WorkFolder folder(output_, work_, false);
    std::ofstream(folder.segment_path(0)) << "no segment";
    EXPECT_TRUE(folder.segments().empty());
    EXPECT_FALSE(std::filesystem::exists(folder.segment_path(0)));
}

TEST_F(WorkFolders, AJournalThatIsNoneIsNoWork) {
    make_folder(output_.string() + ".kizuna");
    std::ofstream(output_.string() + ".kizuna/journal.json") << "{ nonsense";
    EXPECT_FALSE(WorkFolder(output_, work_, false).is_continued());
}

TEST_F(WorkFolders, AJournalThatIsNestedWithoutEndIsNoWork) {
    make_folder(output_.string() + ".kizuna");
    constexpr std::size_t depth = 400'000;
    std::ofstream(output_.string() + ".kizuna/journal.json")
        << R"({"work": )" << std::string(depth, '[') << std::string(depth, ']') << "}";
    EXPECT_FALSE(WorkFolder(output_, work_, false).is_continued());
}

TEST_F(WorkFolders, KnowWhetherTheirOutputHasAppeared) {
    const WorkFolder folder(output_, work_, false);
    EXPECT_FALSE(folder.has_appeared());
    folder.announce(5);
    EXPECT_FALSE(folder.has_appeared());
    std::ofstream(output_) << "12345";
    EXPECT_TRUE(folder.has_appeared());
}

TEST_F(WorkFolders, AreGoneWhenTheWorkIsDone) {
    WorkFolder folder(output_, work_, false);
    folder.remove();
    EXPECT_FALSE(std::filesystem::exists(folder.path()));
}

TEST_F(WorkFolders, FilesAreKnownByWhatTheyContain) {
    const std::string text(500'000, 'a');
    std::ofstream(folder_ / "a") << text;
    std::ofstream(folder_ / "b") << text;
    EXPECT_EQ(identity_of_file(folder_ / "a"), identity_of_file(folder_ / "b"));
    std::ofstream(folder_ / "b") << text.substr(1) << 'b';
    EXPECT_NE(identity_of_file(folder_ / "a"), identity_of_file(folder_ / "b"));
    std::ofstream(folder_ / "b") << text << 'a';
    EXPECT_NE(identity_of_file(folder_ / "a"), identity_of_file(folder_ / "b"));
}

} // namespace
} // namespace kizuna::video
