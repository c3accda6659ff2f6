#include "service/repeated_frames.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

Image plain(int shade, std::uint32_t side = 8) {
    Image image(ImageInfo{side, side, {1, SampleType::u8}, {}});
    for (std::byte& sample : image.pixels()) {
        sample = static_cast<std::byte>(shade);
    }
    return image;
}

int shade_of(const Image* image) {
    return image == nullptr ? -1 : std::to_integer<int>(image->pixels()[0]);
}

TEST(RepeatedFrames, FindsWhatBecameOfTheSamePixels) {
    RepeatedFrames frames(1'000'000);
    EXPECT_EQ(frames.find(plain(1)), nullptr);
    frames.keep(plain(1), plain(101));
    frames.keep(plain(2), plain(102));
    EXPECT_EQ(shade_of(frames.find(plain(1))), 101);
    EXPECT_EQ(shade_of(frames.find(plain(2))), 102);
    Image nearly = plain(1);
    nearly.pixels().back() = std::byte{7};
    EXPECT_EQ(frames.find(nearly), nullptr);
}

TEST(RepeatedFrames, KeepsThoseLastUsedWithinItsMemory) {
    RepeatedFrames frames(std::size_t{2} * 2 * 64); // two frames and their results
    frames.keep(plain(1), plain(101));
    frames.keep(plain(2), plain(102));
    EXPECT_NE(frames.find(plain(1)), nullptr);
    frames.keep(plain(3), plain(103));
    EXPECT_EQ(frames.find(plain(2)), nullptr);
    EXPECT_EQ(shade_of(frames.find(plain(1))), 101);
    EXPECT_EQ(shade_of(frames.find(plain(3))), 103);
}

TEST(RepeatedFrames, KeepsTheLastHoweverLarge) {
    RepeatedFrames frames(10);
    frames.keep(plain(1, 100), plain(101, 200));
    EXPECT_EQ(shade_of(frames.find(plain(1, 100))), 101);
    frames.keep(plain(2), plain(102));
    EXPECT_EQ(frames.find(plain(1, 100)), nullptr);
}

} // namespace
} // namespace kizuna
