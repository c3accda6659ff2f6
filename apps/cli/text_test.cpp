#include "text.hpp"

#include <gtest/gtest.h>

namespace kizuna::cli {
namespace {

TEST(Text, ControlCharactersInNamesDoNotReachTheTerminal) {
    EXPECT_EQ(printable("a\x1b[2Jb\nc\x7f"), "a?[2Jb c?");
    EXPECT_EQ(printable("Bücher 漫画"), "Bücher 漫画");
}

TEST(Text, LongNamesAreCutInTheMiddle) {
    EXPECT_EQ(shortened("short.png", 20), "short.png");
    EXPECT_EQ(shortened("0123456789abcdef", 10), "0123..cdef");
    EXPECT_EQ(shortened("0123456789", 3), "");
}

TEST(Text, CuttingKeepsWholeCharacters) {
    // Each sign has three bytes; no part of one may be left.
    const std::string cut = shortened("漫画漫画漫画漫画", 12);
    EXPECT_EQ(cut, "漫..画");
    EXPECT_LE(cut.size(), 12U);
}

TEST(Text, DurationsAreAsExactAsNeeded) {
    EXPECT_EQ(duration_text(0.04), "0.0 s");
    EXPECT_EQ(duration_text(1.84), "1.8 s");
    EXPECT_EQ(duration_text(9.97), "10 s");
    EXPECT_EQ(duration_text(59.7), "1 min 0 s");
    EXPECT_EQ(duration_text(200), "3 min 20 s");
    EXPECT_EQ(duration_text(7500), "2 h 5 min");
    EXPECT_EQ(duration_text(-1), "0.0 s");
}

TEST(Text, AMessageNamesItsFileOnce) {
    EXPECT_EQ(about("a.png", "is damaged"), "a.png: is damaged");
    EXPECT_EQ(about("a.png", "a.png is damaged"), "a.png is damaged");
    EXPECT_EQ(about("", "no such provider"), "no such provider");
    EXPECT_EQ(about("-", "it is damaged"), "standard input: it is damaged");
    EXPECT_EQ(about("-", "standard input: it is damaged"), "standard input: it is damaged");
    EXPECT_EQ(about("a.png", "cannot read 'a.png'."), "cannot read 'a.png'.");
}

TEST(Text, APartOfAWordIsNoName) {
    EXPECT_EQ(about("e", "the file is damaged"), "e: the file is damaged");
    EXPECT_EQ(about("e", "cannot open e: no such file"), "cannot open e: no such file");
    EXPECT_EQ(about("a.png", "data.png exists"), "a.png: data.png exists");
    EXPECT_EQ(about("a.png", "out/a.png exists"), "a.png: out/a.png exists");
}

} // namespace
} // namespace kizuna::cli
