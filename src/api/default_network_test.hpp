#pragma once

#include "base/test_folder.hpp"

#include "kizuna/image.hpp"
#include "kizuna/model.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {

inline bool same_pixels(const Image& a, const Image& b) {
    return a.width() == b.width() && a.height() == b.height() && a.format() == b.format() &&
           std::equal(a.pixels().begin(), a.pixels().end(), b.pixels().begin());
}

/// For tests with the real default network: each has an empty folder, and is skipped where the network is not
/// here.
class DefaultNetworkTest : public testing::Test {
  protected:
    void SetUp() override {
        const auto models = list_models();
        if (models.empty() || !models.front().installed) {
            GTEST_SKIP() << "the default network is not installed";
        }
        folder_ = test::make_test_folder();
    }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// The files of a network without weights, which repeats each pixel.
    [[nodiscard]] std::filesystem::path add_nearest() const {
        std::ofstream(folder_ / "nearest.bin") << "";
        std::ofstream(folder_ / "nearest.param")
            << "7767517\n2 2\nInput in 0 1 in\nInterp out 1 1 in out 0=1 1=2 2=2\n";
        return folder_ / "nearest.param";
    }

    std::filesystem::path folder_;
};

} // namespace kizuna
