#include "base/byte_order.hpp"

#include <array>

#include <gtest/gtest.h>

namespace kizuna {

namespace {

constexpr std::array eight{std::byte{0x01}, std::byte{0x02}, std::byte{0x83}, std::byte{0x84},
                           std::byte{0x05}, std::byte{0x06}, std::byte{0x07}, std::byte{0xF8}};

TEST(ByteOrder, ReadsAsManyBytesAsItIsGiven) {
    const std::span<const std::byte> all(eight);
    EXPECT_EQ(big_endian(all.first(2)), 0x0102U);
    EXPECT_EQ(little_endian(all.first(2)), 0x0201U);
    EXPECT_EQ(big_endian(all.first(4)), 0x01028384U);
    EXPECT_EQ(little_endian(all.first(4)), 0x84830201U);
    EXPECT_EQ(big_endian(all), 0x01028384050607F8U);
    EXPECT_EQ(little_endian(all), 0xF807060584830201U);
    EXPECT_EQ(big_endian({}), 0U);
    EXPECT_EQ(little_endian({}), 0U);
}

} // namespace

} // namespace kizuna
