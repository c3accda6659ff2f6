#include "service/model_library.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;

/// Two empty model folders, named by KIZUNA_MODELS.
class ModelLibrary : public testing::Test {
  protected:
    void SetUp() override {
        root_ =
            fs::path(testing::TempDir()) / (std::string("model_library_test_") +
                                            testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(root_);
        fs::create_directories(root_ / "a");
        fs::create_directories(root_ / "b");
        ::setenv("KIZUNA_MODELS", (root_ / "a").string().append(":").append(root_ / "b").c_str(), 1);
        ::setenv("XDG_DATA_HOME", (root_ / "data").c_str(), 1);
    }

    void TearDown() override {
        ::unsetenv("KIZUNA_MODELS");
        ::unsetenv("XDG_DATA_HOME");
        fs::remove_all(root_);
    }

    fs::path add(const std::string& file) {
        std::ofstream(root_ / file) << "x";
        return root_ / file;
    }

    static std::string message_of(std::string_view name) {
        try {
            (void)find_model_file(name);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::not_found);
            return error.what();
        }
        return "no error";
    }

    fs::path root_;
};

TEST_F(ModelLibrary, LooksIntoTheNamedFoldersThenTheUsersThenItsOwn) {
    const auto folders = model_folders();
    ASSERT_EQ(folders.size(), 4U);
    EXPECT_EQ(folders[0], root_ / "a");
    EXPECT_EQ(folders[1], root_ / "b");
    EXPECT_EQ(folders[2], root_ / "data" / "kizuna" / "models");
    EXPECT_EQ(folders[3].filename(), "models");
}

TEST_F(ModelLibrary, EmptyPartsOfTheListAreNoFolders) {
    ::setenv("KIZUNA_MODELS", "::/x::", 1);
    EXPECT_EQ(model_folders().front(), "/x");
    EXPECT_EQ(model_folders().size(), 3U);
}

TEST_F(ModelLibrary, TheFirstFolderWins) {
    add("b/mine.onnx");
    EXPECT_EQ(find_model_file("mine"), root_ / "b/mine.onnx");
    add("a/mine.param");
    EXPECT_EQ(find_model_file("mine"), root_ / "a/mine.param");
}

TEST_F(ModelLibrary, FilesOfWeightsHaveNamesToo) {
    for (const char* file : {"a/one.pth", "a/two.safetensors", "a/three.pt", "a/four.ckpt"}) {
        const fs::path path = add(file);
        EXPECT_EQ(find_model_file(path.stem().string()), path);
    }
    add("a/one.safetensors");
    EXPECT_EQ(find_model_file("one"), root_ / "a/one.safetensors");
}

TEST_F(ModelLibrary, APathIsTakenAsItIs) {
    const fs::path path = add("elsewhere.onnx");
    EXPECT_EQ(find_model_file(path.string()), path);
}

TEST_F(ModelLibrary, AnUnknownNameIsAnsweredWithTheKnownOnes) {
    add("a/one.onnx");
    add("b/two.param");
    const std::string message = message_of("three");
    EXPECT_NE(message.find("three"), std::string::npos) << message;
    EXPECT_NE(message.find("one"), std::string::npos) << message;
    EXPECT_NE(message.find("two"), std::string::npos) << message;
}

TEST_F(ModelLibrary, AMissingFileIsNotTakenForAName) {
    EXPECT_EQ(message_of("none/there.onnx"), "none/there.onnx: no such network file");
}

TEST_F(ModelLibrary, ListsTheKnownNetworksFirstAndEveryFileOnce) {
    add("a/one.onnx");
    add("b/one.onnx");
    add("b/realesrgan-x4plus-anime.param");
    add("b/notes.txt");
    const auto models = list_models();
    ASSERT_FALSE(models.empty());
    EXPECT_EQ(models.front().name, default_model_name());
    EXPECT_EQ(
        std::count_if(models.begin(), models.end(), [](const ModelEntry& m) { return m.name == "one"; }), 1);
    EXPECT_TRUE(
        std::none_of(models.begin(), models.end(), [](const ModelEntry& m) { return m.name == "notes"; }));
    const auto anime = std::find_if(models.begin(), models.end(), [](const ModelEntry& m) {
        return m.name == "realesrgan-x4plus-anime";
    });
    ASSERT_NE(anime, models.end());
    EXPECT_TRUE(anime->installed);
    EXPECT_EQ(anime->path, root_ / "b/realesrgan-x4plus-anime.param");
    EXPECT_EQ(anime->scale, 4);
}

TEST(KnownFacts, AreAddedToTheNetworksOfTheLibraryOnly) {
    ModelSpec known;
    add_known_facts(default_model_name(), known);
    EXPECT_EQ(known.licence, "BSD-3-Clause");
    EXPECT_TRUE(known.bf16_is_close);
    ModelSpec other;
    add_known_facts("my/own.onnx", other);
    EXPECT_EQ(other.licence, "");
    EXPECT_FALSE(other.bf16_is_close);
}

} // namespace
} // namespace kizuna
