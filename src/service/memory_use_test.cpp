#include "base/system.hpp"
#include "service/memory_use.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

MemoryUse of(const std::string& provider) {
    const auto all = memory_use();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const MemoryUse& use) { return use.provider == provider; });
    return found != all.end() ? *found : MemoryUse{};
}

TEST(MemoryUse, OfTheProcessorIsTheProcesss) {
    watch_memory_of("cpu", 0);
    const MemoryUse before = of("cpu");
    EXPECT_GT(before.in_use_bytes, 0U);
    EXPECT_GE(before.peak_bytes, before.in_use_bytes);
    constexpr std::size_t bytes = std::size_t{64} << 20U;
    {
        const std::vector<char> touched(bytes, 1);
        EXPECT_GE(of("cpu").in_use_bytes, before.in_use_bytes + bytes / 2);
        EXPECT_EQ(touched.back(), 1);
    }
    EXPECT_GE(of("cpu").peak_bytes, before.in_use_bytes + bytes / 2) << "it is remembered";
}

TEST(MemoryUse, ListsEachDeviceOnce) {
    watch_memory_of("cpu", 0);
    watch_memory_of("cpu", 0);
    watch_memory_of("no such provider", 1);
    const auto all = memory_use();
    EXPECT_EQ(
        std::count_if(all.begin(), all.end(), [](const MemoryUse& use) { return use.provider == "cpu"; }), 1);
    EXPECT_EQ(of("no such provider").device, 1);
    EXPECT_EQ(of("no such provider").in_use_bytes, 0U) << "nothing is known of it";
}

} // namespace
} // namespace kizuna
