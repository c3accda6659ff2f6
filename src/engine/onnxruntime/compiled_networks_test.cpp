#include "engine/onnxruntime/compiled_networks.hpp"
#include "engine/onnxruntime/engine.hpp"

#include <array>
#include <fstream>
#include <set>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace kizuna::ort {

namespace {

namespace fs = std::filesystem;

class CompiledNetworks : public testing::Test {
  protected:
    void SetUp() override {
        if (const auto problem = make_onnxruntime_engine()->problem_of("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }

    void TearDown() override { fs::remove_all(cache_); }

    [[nodiscard]] fs::path folder(
        const char* provider, const SettingsRequest& request = {}, std::byte network = std::byte{1}) const {
        const std::array onnx{network, std::byte{0}};
        return folder_for_compiled(cache_, find_provider(provider), request, onnx);
    }

    fs::path cache_ =
        fs::path(testing::TempDir()) / ("kizuna-compiled-networks-" + std::to_string(::getpid()));
};

TEST_F(CompiledNetworks, HaveAFolderForAllThatMakesAnotherOne) {
    const std::set<fs::path> folders{
        folder("tensorrt"),
        folder("tensorrt", {.device = 1}),
        folder("tensorrt", {.half = true}),
        folder("tensorrt", {.exact = true}),
        folder("tensorrt", {}, std::byte{2}),
        folder("coreml")};
    EXPECT_EQ(folders.size(), 6U);
    for (const fs::path& one : folders) {
        EXPECT_TRUE(fs::is_directory(one)) << one;
    }
    EXPECT_EQ(folder("tensorrt"), folder("tensorrt"));
}

TEST_F(CompiledNetworks, AreNotKeptByProvidersThatCompileNothing) {
    EXPECT_EQ(folder("cuda"), fs::path());
    EXPECT_EQ(folder("ort-cpu"), fs::path());
    EXPECT_FALSE(fs::exists(cache_));
}

TEST_F(CompiledNetworks, AreNotKeptWhereThereIsNoRoom) {
    EXPECT_EQ(folder_for_compiled({}, find_provider("tensorrt"), {}, {}), fs::path());
    std::ofstream(cache_) << "a file where the folder should be";
    EXPECT_EQ(folder("tensorrt"), fs::path());
}

} // namespace

} // namespace kizuna::ort
