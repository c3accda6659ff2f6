#include "video/sequence_sink.hpp"

#include "kizuna/error.hpp"

#include <gtest/gtest.h>

namespace kizuna::video {
namespace {

TEST(SequenceName, CountsFromOne) {
    const auto name = SequenceName::parse("frames/a_%04d.png");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->name(0), "frames/a_0001.png");
    EXPECT_EQ(name->name(99'999), "frames/a_100000.png");
    EXPECT_EQ(SequenceName::parse("%d.jpg")->name(8), "9.jpg");
}

TEST(SequenceName, IsOnlyWhatHasANumber) {
    EXPECT_FALSE(SequenceName::parse("out.mkv"));
    for (const char* wrong : {"%s.png", "%04d-%d.png", "%", "%06", "%-3d.png", "%99999999999d.png"}) {
        EXPECT_THROW((void)SequenceName::parse(wrong), Error) << wrong;
    }
}

} // namespace
} // namespace kizuna::video
