#include "engine/cpu/block.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <iterator>
#include <limits>
#include <map>

#include <gtest/gtest.h>

namespace kizuna::cpu {

namespace {

TEST(Block, NeverGivesAPlaceTwice) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        test::Random random(seed);
        Block block;
        std::map<std::size_t, std::size_t> taken; // offset, end
        for (int i = 0; i < 200; ++i) {
            if (!taken.empty() && random.coin()) {
                const auto any =
                    std::next(taken.begin(), random.between(0, static_cast<int>(taken.size()) - 1));
                block.give_back(any->first);
                taken.erase(any);
                continue;
            }
            const auto bytes = static_cast<std::size_t>(random.between(1, 1000));
            const std::size_t offset = block.take(bytes);
            EXPECT_EQ(offset % 64, 0U);
            EXPECT_LE(offset + bytes, block.size());
            const auto next = taken.lower_bound(offset);
            EXPECT_TRUE(next == taken.end() || offset + bytes <= next->first) << "seed " << seed;
            EXPECT_TRUE(next == taken.begin() || std::prev(next)->second <= offset) << "seed " << seed;
            taken[offset] = offset + bytes;
        }
    }
}

TEST(Block, NeedsTwoPlacesForAChain) {
    Block block;
    std::size_t before = block.take(640);
    for (int i = 0; i < 20; ++i) {
        const std::size_t next = block.take(640);
        block.give_back(before);
        before = next;
    }
    EXPECT_EQ(block.size(), 1280U);
}

TEST(Block, JoinsNeighboursThatAreFree) {
    Block block;
    const std::size_t a = block.take(64);
    const std::size_t b = block.take(64);
    const std::size_t c = block.take(64);
    const std::size_t last = block.take(64);
    block.give_back(a);
    block.give_back(c);
    block.give_back(b);
    EXPECT_EQ(block.take(192), a);
    block.give_back(last);
    EXPECT_EQ(block.take(640), last) << "the last place grows";
}

TEST(Block, RefusesSizesThatOverflow) {
    Block block;
    EXPECT_THROW((void)block.take(std::numeric_limits<std::size_t>::max()), Error);
    (void)block.take(64);
    EXPECT_THROW((void)block.take(std::numeric_limits<std::size_t>::max() - 100), Error);
}

} // namespace

} // namespace kizuna::cpu
