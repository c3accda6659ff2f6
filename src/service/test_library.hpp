#pragma once

#include "base/test_folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {

/// An empty folder, two model folders in it, "a" and "b", named by KIZUNA_MODELS, and a user without
/// networks.
class TestLibrary : public testing::Test {
  protected:
    void SetUp() override {
        root_ = test::make_test_folder();
        std::filesystem::create_directories(root_ / "a");
        std::filesystem::create_directories(root_ / "b");
        ::setenv("KIZUNA_MODELS", (root_ / "a").string().append(":").append(root_ / "b").c_str(), 1);
        ::setenv("XDG_DATA_HOME", (root_ / "data").c_str(), 1);
        ::setenv("XDG_DATA_DIRS", (root_ / "system").c_str(), 1);
    }

    void TearDown() override {
        ::unsetenv("KIZUNA_MODELS");
        ::unsetenv("XDG_DATA_HOME");
        ::unsetenv("XDG_DATA_DIRS");
        std::filesystem::remove_all(root_);
    }

    std::filesystem::path add(const std::string& file, const std::string& content = "x") {
        std::filesystem::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file, std::ios::binary) << content;
        return root_ / file;
    }

    /// A real network without weights, `NAME.param` and `NAME.bin`, which enlarges by repetition.
    std::filesystem::path add_nearest(const std::string& name, int scale = 2) {
        const std::string factor = std::to_string(scale);
        add(name + ".bin", "");
        return add(
            name + ".param",
            "7767517\n2 2\nInput in 0 1 in\nInterp out 1 1 in out 0=1 1=" + factor + " 2=" + factor + "\n");
    }

    [[nodiscard]] std::filesystem::path user_folder() const { return root_ / "data/kizuna/models"; }

    std::filesystem::path root_;
};

} // namespace kizuna
