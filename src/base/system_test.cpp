#include "base/log.hpp"
#include "base/system.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

TEST(System, ThisMachineHasMemoryAndAProcessor) {
    constexpr std::uint64_t some_memory = 1U << 20U;
    EXPECT_GT(available_memory_bytes(), some_memory);
    EXPECT_GE(available_cpus(), 1);
    EXPECT_LE(available_cpus(), static_cast<int>(std::thread::hardware_concurrency()));
    EXPECT_GE(available_cores(), 1);
    EXPECT_LE(available_cores(), available_cpus());
}

TEST(System, TheModuleFolderHoldsThisProgram) {
    EXPECT_TRUE(std::filesystem::exists(module_folder() / "base_test"));
}

TEST(Log, GoesToTheCallbackUntilItIsUnset) {
    std::string seen;
    set_log_callback([&](LogLevel, std::string_view message) { seen += message; });
    log(LogLevel::info, "one");
    set_log_callback(nullptr);
    log(LogLevel::info, "two");
    EXPECT_EQ(seen, "one");
}

TEST(Log, SurvivesACallbackThatThrows) {
    set_log_callback([](LogLevel, std::string_view) { throw 1; });
    EXPECT_NO_THROW(log(LogLevel::warning, "x"));
    set_log_callback(nullptr);
}

} // namespace
} // namespace kizuna
