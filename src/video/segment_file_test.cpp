#include "base/byte_stream.hpp"
#include "base/test_folder.hpp"
#include "video/segment_file.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::video {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

class SegmentFile : public testing::Test {
  protected:
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write_two_packets() const {
        SegmentWriter writer(path_, bytes_of("extra"));
        SegmentPacket packet;
        packet.pts = 40;
        packet.duration = 20;
        packet.is_key = true;
        writer.write(packet, bytes_of("first"));
        packet.pts = -7;
        packet.is_key = false;
        writer.write(packet, bytes_of("the second"));
        writer.commit(2);
    }

    /// The file with something done to its bytes.
    void change(const std::function<void(std::vector<std::byte>&)>& how) const {
        std::vector<std::byte> bytes = read_file(path_, 1'000'000);
        how(bytes);
        std::ofstream(path_, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }

    std::filesystem::path folder_ = test::make_test_folder();
    std::filesystem::path path_ = folder_ / "segment.kzs";
};

TEST_F(SegmentFile, GivesBackWhatWasWritten) {
    write_two_packets();
    const Segment segment = read_segment(path_);
    EXPECT_EQ(segment.frames, 2U);
    EXPECT_TRUE(std::equal(
        segment.extradata.begin(), segment.extradata.end(), bytes_of("extra").begin(),
        bytes_of("extra").end()));
    ASSERT_EQ(segment.packets.size(), 2U);
    EXPECT_EQ(segment.packets[0].pts, 40);
    EXPECT_EQ(segment.packets[0].duration, 20);
    EXPECT_TRUE(segment.packets[0].is_key);
    EXPECT_EQ(segment.packets[1].pts, -7);
    EXPECT_FALSE(segment.packets[1].is_key);
    SegmentReader reader(segment);
    std::vector<std::byte> bytes(segment.packets[1].size);
    reader.read(segment.packets[1], bytes);
    EXPECT_EQ(std::memcmp(bytes.data(), "the second", bytes.size()), 0);
}

TEST_F(SegmentFile, DoesNotAppearBeforeItIsComplete) {
    {
        SegmentWriter writer(path_, {});
        writer.write({}, bytes_of("first"));
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SegmentFile, CutOffAnywhereIsAnError) {
    write_two_packets();
    const auto size = std::filesystem::file_size(path_);
    for (std::uintmax_t length = 0; length < size; ++length) {
        write_two_packets();
        std::filesystem::resize_file(path_, length);
        EXPECT_THROW((void)read_segment(path_), Error) << length << " bytes";
    }
}

TEST_F(SegmentFile, SizesThatCannotBeAreRefusedBeforeAnythingIsAllocated) {
    write_two_packets();
    constexpr std::size_t extradata_size_at = 8;
    change([](auto& bytes) { std::memset(bytes.data() + extradata_size_at, 0xFE, 4); });
    EXPECT_THROW((void)read_segment(path_), Error);
    write_two_packets();
    constexpr std::size_t packet_size_at = 8 + 4 + 5;
    change([](auto& bytes) { std::memset(bytes.data() + packet_size_at, 0x7F, 4); });
    EXPECT_THROW((void)read_segment(path_), Error);
}

TEST_F(SegmentFile, ChangedBytesAreNoticed) {
    write_two_packets();
    change([](auto& bytes) { bytes[bytes.size() - 12] ^= std::byte{1}; });
    const Segment segment = read_segment(path_);
    std::vector<std::byte> bytes(segment.packets[1].size);
    EXPECT_THROW(SegmentReader(segment).read(segment.packets[1], bytes), Error);
}

TEST(DecodingTimes, AreThoseOfShowingWhereNothingIsReordered) {
    EXPECT_THAT(decoding_times(std::vector<std::int64_t>{0, 40, 80}), testing::ElementsAre(0, 40, 80));
    EXPECT_THAT(decoding_times(std::vector<std::int64_t>{}), testing::IsEmpty());
}

TEST(DecodingTimes, RiseAndAreNeverLaterThanAPictureIsShown) {
    // I P B B, twice: shown in another order, with a pause between.
    const std::vector<std::int64_t> shown{0, 120, 40, 80, 500, 620, 540, 580};
    const std::vector<std::int64_t> decoded = decoding_times(shown);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        EXPECT_LE(decoded[i], shown[i]);
        EXPECT_TRUE(i == 0 || decoded[i] > decoded[i - 1]);
    }
    EXPECT_THAT(decoded, testing::ElementsAre(-40, 0, 40, 80, 120, 500, 540, 580));
}

} // namespace
} // namespace kizuna::video
