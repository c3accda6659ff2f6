#include "service/manifest.hpp"
#include "service/model_library.hpp"
#include "service/test_library.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <unistd.h>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;

class ModelImport : public TestLibrary {
  protected:
    static Error refusal(const std::function<void()>& act) {
        try {
            act();
        } catch (const Error& error) {
            return error;
        }
        return {ErrorCode::internal, "no error"};
    }

    [[nodiscard]] std::size_t installed_count() const {
        std::error_code none;
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(user_folder(), none), fs::directory_iterator()));
    }
};

TEST_F(ModelImport, TakesInBothFilesOfAPairAndWhatIsSaidOfThem) {
    const fs::path param = add_nearest("given/some", 3);
    ImportOptions options;
    options.name = "mine";
    options.denoise = "2";
    options.licence = "CC0-1.0";
    const ModelEntry entry = import_model(param, options);
    EXPECT_EQ(entry.name, "mine");
    EXPECT_EQ(entry.path, user_folder() / "mine.param");
    EXPECT_EQ(entry.denoise, "2");
    EXPECT_TRUE(fs::exists(user_folder() / "mine.bin"));
    const Network network = load_model("mine");
    EXPECT_EQ(network.spec.scale, 3);
    EXPECT_EQ(network.spec.licence, "CC0-1.0");
    EXPECT_EQ(verify_model("mine").state, ModelState::whole);
}

TEST_F(ModelImport, WithoutANameItIsTheFiles) {
    EXPECT_EQ(import_model(add_nearest("given/some").replace_extension(".bin")).name, "some");
}

TEST_F(ModelImport, TakesInABinaryParamToo) {
    const auto int32 = [](std::initializer_list<int> values) {
        std::string bytes;
        for (const int value : values) {
            for (unsigned shift = 0; shift < 32; shift += 8) {
                bytes += static_cast<char>(static_cast<unsigned>(value) >> shift);
            }
        }
        return bytes;
    };
    constexpr int end = -233;
    constexpr int input = 16;
    constexpr int interp = 50;
    constexpr int two = 0x40000000; // as a float
    add("given/some.bin", "");
    const fs::path param =
        add("given/some.param.bin", int32({7767517, 2, 2, input, 0, 1, 0, end}) +
                                        int32({interp, 1, 1, 0, 1, 0, 1, 1, two, 2, two, end}));
    EXPECT_EQ(import_model(param).path, user_folder() / "some.param.bin");
    EXPECT_EQ(load_model("some").spec.scale, 2);
    EXPECT_EQ(load_model((root_ / "given/some.bin").string()).spec.scale, 2);
    EXPECT_EQ(verify_model("some").state, ModelState::whole);
    remove_model("some");
    EXPECT_EQ(installed_count(), 0U);
}

TEST_F(ModelImport, ANetworkInJsonHasItsSidecarBesideIt) {
    std::ifstream seed(fs::path(KIZUNA_SOURCE_DIR) / "tests/fuzz/corpus/anime4k/restore", std::ios::binary);
    const std::string json(std::istreambuf_iterator<char>(seed), {});
    ImportOptions options;
    options.licence = "CC0-1.0";
    EXPECT_EQ(import_model(add("given/own.json", json), options).path, user_folder() / "own.json");
    EXPECT_TRUE(fs::exists(user_folder() / "own.json.json"));
    EXPECT_EQ(load_model("own").spec.licence, "CC0-1.0");
    const auto models = list_models();
    EXPECT_EQ(
        std::count_if(
            models.begin(), models.end(), [](const ModelEntry& m) { return m.name.starts_with("own"); }),
        1);
    remove_model("own");
    EXPECT_EQ(installed_count(), 0U);
}

TEST_F(ModelImport, AFileThatIsNotCalledLikeANetworkIsToBeRenamed) {
    add_nearest("given/some");
    fs::rename(root_ / "given/some.param", root_ / "given/some.txt");
    EXPECT_EQ(
        refusal([&] { (void)import_model(root_ / "given/some.txt"); }).code(), ErrorCode::invalid_argument);
}

TEST_F(ModelImport, APlaceThatIsTakenIsLeftAlone) {
    const fs::path param = add_nearest("given/some");
    (void)import_model(param);
    const Error error = refusal([&] { (void)import_model(param); });
    EXPECT_EQ(error.code(), ErrorCode::already_exists);
    EXPECT_NE(std::string(error.what()).find("kizuna models remove some"), std::string::npos);
}

TEST_F(ModelImport, WhatCannotBeReadIsNotTakenIn) {
    add("given/broken.bin");
    const fs::path broken = add("given/broken.param", "7767517\n1 1\nNonsense x 0 1 x\n");
    EXPECT_THROW((void)import_model(broken), Error);
    EXPECT_EQ(refusal([&] { (void)import_model(root_ / "given/none.onnx"); }).code(), ErrorCode::not_found);
    fs::remove(add_nearest("given/half").replace_extension(".bin"));
    EXPECT_EQ(refusal([&] { (void)import_model(root_ / "given/half.param"); }).code(), ErrorCode::not_found);
    EXPECT_EQ(installed_count(), 0U);
}

TEST_F(ModelImport, NamesThatCannotBeAreRefused) {
    const fs::path param = add_nearest("given/some");
    for (const char* name :
         {"../evil", ".hidden", "a b", "x.onnx", "real-cugan-se-x2", "REALCUGAN_SE_UP2X"}) {
        ImportOptions options;
        options.name = name;
        EXPECT_EQ(refusal([&] { (void)import_model(param, options); }).code(), ErrorCode::invalid_argument)
            << name;
    }
    EXPECT_EQ(installed_count(), 0U);
}

TEST_F(ModelImport, WhatIsSaidMustBeTrue) {
    const fs::path param = add_nearest("given/some", 2);
    ImportOptions options;
    options.scale = 3;
    EXPECT_EQ(refusal([&] { (void)import_model(param, options); }).code(), ErrorCode::bad_network);
    options.scale = 2;
    options.denoise = "much";
    EXPECT_EQ(refusal([&] { (void)import_model(param, options); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(installed_count(), 0U);
}

TEST_F(ModelImport, ANetworkThatIsKnownByNameOnlyCanBeGivenItsFiles) {
    ImportOptions options;
    options.name = "REALSR_DF2K_UP4X";
    const ModelEntry entry = import_model(add_nearest("given/some", 4), options);
    EXPECT_EQ(entry.name, "realsr-df2k-x4");
    EXPECT_TRUE(entry.installed);
    EXPECT_EQ(verify_model("realsr-df2k-x4").state, ModelState::whole);
}

TEST_F(ModelImport, AFolderThatCannotBeWrittenIsNamed) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may write everywhere";
    }
    const fs::path param = add_nearest("given/some");
    fs::create_directories(user_folder());
    fs::permissions(user_folder(), fs::perms::owner_read | fs::perms::owner_exec);
    const Error error = refusal([&] { (void)import_model(param); });
    fs::permissions(user_folder(), fs::perms::owner_all);
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_NE(std::string(error.what()).find(user_folder().string()), std::string::npos) << error.what();
}

TEST_F(ModelImport, AUserWithoutAFolderIsTold) {
    const fs::path param = add_nearest("given/some");
    const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
    ::unsetenv("XDG_DATA_HOME");
    ::unsetenv("HOME");
    const Error error = refusal([&] { (void)import_model(param); });
    ::setenv("HOME", home.c_str(), 1);
    EXPECT_NE(std::string(error.what()).find("XDG_DATA_HOME"), std::string::npos) << error.what();
}

TEST_F(ModelImport, VerifyingFindsWhatHasChanged) {
    (void)import_model(add_nearest("given/some"));
    add("data/kizuna/models/some.bin", "changed");
    const ModelCheck check = verify_model("some");
    EXPECT_EQ(check.state, ModelState::damaged);
    EXPECT_NE(check.problem.find("some.bin"), std::string::npos);
    fs::remove(user_folder() / "some.bin");
    EXPECT_NE(verify_model("some").problem.find("is not there"), std::string::npos);
}

TEST_F(ModelImport, VerifyingKnowsWhatIsWrongWithAKnownNetwork) {
    EXPECT_EQ(verify_model("real-cugan-se-x2").state, ModelState::absent);
    add_nearest("a/real-cugan-se-x2");
    EXPECT_EQ(verify_model("real-cugan-se-x2").state, ModelState::damaged);
}

TEST_F(ModelImport, VerifyingTriesWhatItHasNoHashOf) {
    add_nearest("a/own");
    EXPECT_EQ(verify_model("own").state, ModelState::unknown);
    add("a/broken.onnx");
    EXPECT_EQ(verify_model("broken").state, ModelState::damaged);
    EXPECT_EQ(refusal([] { (void)verify_model("none"); }).code(), ErrorCode::not_found);
}

TEST_F(ModelImport, RemovingFindsKnownNetworksByTheirAliases) {
    const KnownNetwork* const known = manifest().find("real-cugan-pro-x2");
    ASSERT_NE(known, nullptr);
    add_nearest("data/kizuna/models/" + known->aliases.front());
    remove_model("real-cugan-pro-x2");
    EXPECT_EQ(installed_count(), 0U);
}

TEST_F(ModelImport, RemovingTakesAllFilesAndOnlyTheUsers) {
    (void)import_model(add_nearest("given/some"));
    remove_model("some");
    EXPECT_EQ(installed_count(), 0U);
    EXPECT_EQ(refusal([] { remove_model("some"); }).code(), ErrorCode::not_found);
    add_nearest("a/shared");
    const Error error = refusal([] { remove_model("shared"); });
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find((root_ / "a").string()), std::string::npos) << error.what();
    EXPECT_TRUE(fs::exists(root_ / "a/shared.param"));
    EXPECT_EQ(refusal([] { remove_model("../a/shared"); }).code(), ErrorCode::not_found);
}

} // namespace
} // namespace kizuna
