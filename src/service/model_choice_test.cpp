#include "service/model_library.hpp"
#include "service/test_library.hpp"

#include "kizuna/error.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;

/// Names of networks of the manifest are used; what their files hold does not matter to choosing.
class ModelChoice : public TestLibrary {
  protected:
    void install(const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            add("a/" + name + ".param");
        }
    }

    void install_usual() {
        install({"realesr-animevideov3-x2", "realesr-animevideov3-x3", "realesr-animevideov3-x4"});
    }

    static std::string chosen(const std::string& model, double scale, const std::string& denoise = "") {
        return choose_model({model, scale, denoise});
    }

    static Error refusal(const std::string& model, double scale, const std::string& denoise) {
        try {
            const std::string name = choose_model({model, scale, denoise});
            return {ErrorCode::internal, name + " was chosen"};
        } catch (const Error& error) {
            return error;
        }
    }
};

TEST_F(ModelChoice, WhoSaysNothingGetsTheDefault) {
    install_usual();
    EXPECT_EQ(chosen("", 0), default_model_name());
    EXPECT_EQ(chosen("", 2), default_model_name());
    EXPECT_EQ(choose_model({}), "realesr-animevideov3-x2");
}

TEST_F(ModelChoice, RunsAsSeldomAsPossibleAndLeavesAsLittleToShrink) {
    install_usual();
    EXPECT_EQ(chosen("", 3), "realesr-animevideov3-x3");
    EXPECT_EQ(chosen("", 4), "realesr-animevideov3-x4");
    EXPECT_EQ(chosen("", 1), "realesr-animevideov3-x2");
    EXPECT_EQ(chosen("", 0.5), "realesr-animevideov3-x2");
    EXPECT_EQ(chosen("", 1.5), "realesr-animevideov3-x2");
    EXPECT_EQ(chosen("", 2.5), "realesr-animevideov3-x3");
    EXPECT_EQ(chosen("", 8), "realesr-animevideov3-x3") << "9 is nearer than 16";
    EXPECT_EQ(chosen("", 16), "realesr-animevideov3-x4");
}

TEST_F(ModelChoice, PrefersWhatIsThere) {
    install({"real-cugan-se-x2"});
    EXPECT_EQ(chosen("real-cugan-se", 4), "real-cugan-se-x2");
    install({"real-cugan-se-x4"});
    EXPECT_EQ(chosen("real-cugan-se", 4), "real-cugan-se-x4");
}

TEST_F(ModelChoice, WhatIsNotThereSaysHowToGetIt) {
    EXPECT_EQ(chosen("real-cugan-se", 3), "real-cugan-se-x3");
    try {
        (void)find_model_file(chosen("real-cugan-se", 3));
        ADD_FAILURE() << "found";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
        EXPECT_NE(std::string(error.what()).find("kizuna models pull real-cugan-se-x3"), std::string::npos);
    }
}

TEST_F(ModelChoice, ALevelAloneTakesAFamilyThatHasIt) {
    install_usual();
    install({"waifu2x-anime-x2-denoise1", "real-cugan-se-x4-denoise3", "waifu2x-cunet-x1-denoise2"});
    EXPECT_EQ(chosen("", 0, "1"), "waifu2x-anime-x2-denoise1");
    EXPECT_EQ(chosen("", 2, "3"), "real-cugan-se-x4-denoise3");
    EXPECT_EQ(chosen("", 1, "2"), "waifu2x-cunet-x1-denoise2");
    install({"real-cugan-se-x2-denoise1"});
    EXPECT_EQ(chosen("", 0, "1"), "real-cugan-se-x2-denoise1");
    EXPECT_EQ(refusal("", 2, "2").code(), ErrorCode::not_found) << "one that keeps the size does not enlarge";
}

TEST_F(ModelChoice, ALevelThatNobodyHasHereSaysWhatToGet) {
    install_usual();
    const Error error = refusal("", 3, "conservative");
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(
        std::string(error.what()).find("kizuna models pull real-cugan-se-x3-conservative"), std::string::npos)
        << error.what();
}

TEST_F(ModelChoice, ANamePicksItselfOrAnotherLevelOfItsKind) {
    EXPECT_EQ(chosen("real-cugan-se-x3", 0), "real-cugan-se-x3");
    EXPECT_EQ(chosen("REALCUGAN_SE_UP3X", 7), "real-cugan-se-x3");
    EXPECT_EQ(chosen("real-cugan-se-x3", 0, "3"), "real-cugan-se-x3-denoise3");
    EXPECT_EQ(chosen("real-cugan-se-x3-denoise3", 0, "none"), "real-cugan-se-x3");
    EXPECT_EQ(chosen("waifu2x-cunet-x2-denoise1", 0, "1"), "waifu2x-cunet-x2-denoise1");
}

TEST_F(ModelChoice, ASeriesPicksByScaleAndLevel) {
    EXPECT_EQ(chosen("real-cugan-se", 0), "real-cugan-se-x2");
    EXPECT_EQ(chosen("real-cugan-se", 4), "real-cugan-se-x4");
    EXPECT_EQ(chosen("real-cugan-se", 3, "conservative"), "real-cugan-se-x3-conservative");
    EXPECT_EQ(chosen("real-cugan-pro", 3, "3"), "real-cugan-pro-x3-denoise3");
    EXPECT_EQ(chosen("waifu2x-cunet", 0), "waifu2x-cunet-x2");
    EXPECT_EQ(chosen("waifu2x-cunet", 1, "2"), "waifu2x-cunet-x1-denoise2");
    EXPECT_EQ(chosen("waifu2x-cunet", 0, "2"), "waifu2x-cunet-x2-denoise2");
    EXPECT_EQ(chosen("waifu2x-upconv7", 0, "0"), "waifu2x-anime-x2-denoise0");
}

TEST_F(ModelChoice, WhereNoMoreIsSaidASeriesMeansItsUsualNetwork) {
    install({"real-cugan-se-x2", "real-cugan-se-x2-denoise3", "waifu2x-cunet-x2-denoise3"});
    EXPECT_EQ(find_model_file("real-cugan-se"), root_ / "a/real-cugan-se-x2.param");
    EXPECT_EQ(find_model_file("real-cugan"), root_ / "a/real-cugan-se-x2.param");
}

TEST_F(ModelChoice, CombinationsThatDoNotExistAreRefusedWithThoseThatDo) {
    for (const auto& [model, scale, denoise] :
         {std::tuple("real-cugan-se", 3.0, "1"),
          {"real-cugan-se-x3", 0.0, "1"},
          {"real-cugan-se", 0.0, "0"},
          {"real-cugan", 4.0, "2"}}) {
        const Error error = refusal(model, scale, denoise);
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_NE(std::string(error.what()).find("x3: 3, conservative, none"), std::string::npos)
            << error.what();
    }
    const Error error = refusal("realesr-animevideov3", 2, "1");
    EXPECT_NE(std::string(error.what()).find("x2: no levels"), std::string::npos) << error.what();
}

TEST_F(ModelChoice, NonsenseIsNoLevel) {
    EXPECT_EQ(refusal("", 2, "4").code(), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("", 2, "-1").code(), ErrorCode::invalid_argument);
}

TEST_F(ModelChoice, OnesOwnHasTheLevelThatItsSidecarSays) {
    add("a/mine.onnx");
    EXPECT_EQ(chosen("mine", 3), "mine");
    EXPECT_EQ(refusal("mine", 0, "1").code(), ErrorCode::invalid_argument);
    add("a/mine.json", R"({"denoise": "1"})");
    EXPECT_EQ(chosen("mine", 0, "1"), "mine");
    EXPECT_EQ(refusal("mine", 0, "2").code(), ErrorCode::invalid_argument);
}

TEST_F(ModelChoice, OfAFolderWithOneNetworkItIsThat) {
    const auto param = add_nearest("folder/some");
    EXPECT_EQ(chosen((root_ / "folder").string(), 3), param.string());
    EXPECT_EQ(find_model_file((root_ / "folder").string()), param);
}

TEST_F(ModelChoice, ANetworksNameComesBeforeAFolders) {
    add("a/mine.onnx");
    const fs::path here = fs::current_path();
    fs::create_directories(root_ / "work/mine");
    fs::current_path(root_ / "work");
    const std::string name = chosen("mine", 0);
    const fs::path file = find_model_file("mine");
    fs::current_path(here);
    EXPECT_EQ(name, "mine");
    EXPECT_EQ(file, root_ / "a/mine.onnx");
}

TEST_F(ModelChoice, OfAFolderWithSeveralItIsTheOneThatSuits) {
    const auto twice = add_nearest("folder/two");
    const auto thrice = add_nearest("folder/three", 3);
    const std::string folder = (root_ / "folder").string();
    EXPECT_NE(std::string(refusal(folder, 3, "").what()).find("three.param, two.param"), std::string::npos);
    add("folder/two.json", R"({"scale": 2, "denoise": "none"})");
    add("folder/three.json", R"({"scale": 3, "denoise": "1"})");
    EXPECT_EQ(chosen(folder, 0), twice.string());
    EXPECT_EQ(chosen(folder, 3, "1"), thrice.string());
    EXPECT_EQ(refusal(folder, 2, "1").code(), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal((root_ / "b").string(), 2, "").code(), ErrorCode::not_found);
}

} // namespace
} // namespace kizuna
