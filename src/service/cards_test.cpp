#include "service/cards.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

TEST(Cards, NvidiasAreFoundByTheNumberThatCudaGivesThem) {
    const auto first = nvidia_card(0, KIZUNA_FAKE_NVIDIA_DRIVER, KIZUNA_FAKE_NVIDIA_DRIVER);
    const auto second = nvidia_card(1, KIZUNA_FAKE_NVIDIA_DRIVER, KIZUNA_FAKE_NVIDIA_DRIVER);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->name, "Fake RTX 9");
    EXPECT_EQ(second->name, "Fake GT 1");
    EXPECT_EQ(first->driver, "580.1");
    EXPECT_EQ(first->total_memory_bytes, std::uint64_t{8} << 30U);
    EXPECT_EQ(first->free_memory_bytes, std::uint64_t{5} << 30U);
}

TEST(Cards, WhereThereIsNoDriverOrNoSuchCardNothingIsKnown) {
    EXPECT_FALSE(nvidia_card(2, KIZUNA_FAKE_NVIDIA_DRIVER, KIZUNA_FAKE_NVIDIA_DRIVER));
    EXPECT_FALSE(nvidia_card(0, "libno-such-thing.so.1", KIZUNA_FAKE_NVIDIA_DRIVER));
    EXPECT_FALSE(nvidia_card(0, "libm.so.6", "libm.so.6")); // a library, but not that one
    EXPECT_FALSE(card_of("no such provider", 0));
}

TEST(Cards, TheProcessorHasANameAndMemory) {
    const auto card = card_of("cpu", 0);
    ASSERT_TRUE(card);
    EXPECT_GT(card->total_memory_bytes, 0U);
    EXPECT_GT(card->free_memory_bytes, 0U);
    EXPECT_LE(card->free_memory_bytes, card->total_memory_bytes);
}

TEST(Cards, SwiftShaderIsAVulkanCard) {
    if (!KIZUNA_HAS_VULKAN) {
        GTEST_SKIP() << "built without Vulkan's headers";
    }
    const char* const driver = std::getenv("KIZUNA_TEST_SWIFTSHADER_ICD");
    if (driver == nullptr || *driver == '\0') {
        GTEST_SKIP() << "KIZUNA_TEST_SWIFTSHADER_ICD is not set";
    }
    ::setenv("VK_ICD_FILENAMES", driver, 1);
    const auto card = vulkan_card();
    ::unsetenv("VK_ICD_FILENAMES"); // other tests of this program choose devices
    ASSERT_TRUE(card) << "with the driver " << driver;
    EXPECT_NE(card->name.find("SwiftShader"), std::string::npos) << card->name;
    EXPECT_GT(card->total_memory_bytes, 0U);
}

} // namespace
} // namespace kizuna
