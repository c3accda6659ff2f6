#include "upscale/tile_memory.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

Tensor tensor(float value, std::int64_t side = 2) {
    Tensor made;
    made.shape = {1, 1, side, side};
    made.data.assign(static_cast<std::size_t>(side * side), value);
    return made;
}

constexpr std::uint64_t plenty_of_bytes = 1'000'000;

TEST(TileMemory, KnowsATileThatIsTheSame) {
    TileMemory memory(plenty_of_bytes);
    EXPECT_EQ(memory.find(0, 3, tensor(1)), nullptr);
    memory.keep(0, 3, tensor(1), tensor(7));
    ASSERT_NE(memory.find(0, 3, tensor(1)), nullptr);
    EXPECT_EQ(memory.find(0, 3, tensor(1))->data, tensor(7).data);
    EXPECT_EQ(memory.found(), 2U);
}

TEST(TileMemory, DoesNotMixUpTilesAndPasses) {
    TileMemory memory(plenty_of_bytes);
    memory.keep(0, 3, tensor(1), tensor(7));
    EXPECT_EQ(memory.find(0, 4, tensor(1)), nullptr);
    EXPECT_EQ(memory.find(1, 3, tensor(1)), nullptr);
    EXPECT_EQ(memory.find(0, 3, tensor(1, 3)), nullptr);
}

TEST(TileMemory, NoticesASingleBit) {
    TileMemory memory(plenty_of_bytes);
    memory.keep(0, 0, tensor(0.0F), tensor(7));
    EXPECT_EQ(memory.find(0, 0, tensor(-0.0F)), nullptr);
}

TEST(TileMemory, KeepsTheLastOnly) {
    TileMemory memory(plenty_of_bytes);
    memory.keep(0, 0, tensor(1), tensor(7));
    memory.keep(0, 0, tensor(2), tensor(8));
    EXPECT_EQ(memory.find(0, 0, tensor(1)), nullptr);
    EXPECT_NE(memory.find(0, 0, tensor(2)), nullptr);
}

TEST(TileMemory, KeepsNoMoreThanItMay) {
    TileMemory memory(40); // a tile of four numbers and its result are 32 bytes
    memory.keep(0, 0, tensor(1), tensor(7));
    memory.keep(0, 1, tensor(1), tensor(7));
    EXPECT_NE(memory.find(0, 0, tensor(1)), nullptr);
    EXPECT_EQ(memory.find(0, 1, tensor(1)), nullptr);
}

} // namespace
} // namespace kizuna
