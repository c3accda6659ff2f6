#pragma once

#include "kizuna/model.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {

/// For tests with the real default network: each has an empty folder, and is skipped where the network is not
/// here.
class DefaultNetworkTest : public testing::Test {
  protected:
    void SetUp() override {
        const auto models = list_models();
        if (models.empty() || !models.front().installed) {
            GTEST_SKIP() << "the default network is not installed";
        }
        const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path(testing::TempDir()) /
                  (std::string("kizuna_") + test->test_suite_name() + "_" + test->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
};

} // namespace kizuna
