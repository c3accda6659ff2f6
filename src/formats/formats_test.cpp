#include "base/byte_stream.hpp"
#include "base/test_folder.hpp"
#include "formats/formats.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/torch/test_files.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A folder of its own for each test.
class LoadNetwork : public testing::Test {
  protected:
    ~LoadNetwork() override { fs::remove_all(folder_); }

    fs::path write(const std::string& name, std::string_view content) const {
        std::ofstream(folder_ / name, std::ios::binary) << content;
        return folder_ / name;
    }

    fs::path write_onnx_file(const std::string& name) const {
        const auto bytes = write_onnx(
            test::chain(3, {PixelUnshuffle{}, test::conv(12, 48, 1, 0), PixelShuffle{.factor = 4}}));
        return write(name, as_text(bytes));
    }

    fs::path write_ncnn_pair(const std::string& stem) const {
        write(stem + ".param", "7767517\n2 2\nInput i 0 1 x 2=3\nInterp r 1 1 x y 0=1 1=2.0 2=2.0\n");
        return write(stem + ".bin", "");
    }

    static std::string refusal(const fs::path& path, ErrorCode code) {
        try {
            (void)load_network(path);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code) << error.what();
            EXPECT_THAT(error.what(), HasSubstr(path.string()));
            return error.what();
        }
        ADD_FAILURE() << path << " was read";
        return {};
    }

    fs::path folder_ = test::make_test_folder();
};

TEST_F(LoadNetwork, ReadsAnOnnxFile) {
    const fs::path path = write_onnx_file("double.onnx");
    const Network network = load_network(path);
    EXPECT_EQ(network.spec.name, "double");
    EXPECT_EQ(network.spec.origin, path.string());
    EXPECT_EQ(network.spec.scale, 2);
    EXPECT_EQ(network.spec.channels, 3);
    EXPECT_EQ(network.spec.alignment_px, 2);
    EXPECT_EQ(network.spec.receptive_field_px, 1);
    EXPECT_TRUE(network.graph);
    EXPECT_EQ(network.onnx.size(), fs::file_size(path));
}

// As ncnn's tools name them; a text beside them comes first.
TEST_F(LoadNetwork, ReadsAnNcnnPairWithABinaryParamByEitherName) {
    const std::string param(
        "\xDD\x85\x76\0" // the magic number, 2 layers, 2 blobs
        "\2\0\0\0\2\0\0\0"
        "\x10\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"         // Input: no input, 1 output, blob 0
        "\2\0\0\0\3\0\0\0\x17\xFF\xFF\xFF"           // 2=3
        "\x45\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0" // PixelShuffle
        "\x17\xFF\xFF\xFF",
        64);
    const fs::path binary = write("pair.param.bin", param);
    const fs::path weights = write("pair.bin", "");
    for (const fs::path& path : {binary, weights}) {
        const Network network = load_network(path);
        EXPECT_EQ(network.spec.name, "pair");
        EXPECT_EQ(network.spec.scale, 1);
    }
    write_ncnn_pair("pair");
    EXPECT_EQ(load_network(weights).spec.scale, 2);
    fs::remove(weights);
    EXPECT_THAT(refusal(binary, ErrorCode::not_found), HasSubstr("pair.bin is not beside it"));
    EXPECT_THAT(
        refusal(write("other.param.bin", "7767518\n"), ErrorCode::corrupt), HasSubstr("not an ncnn .param"));
}

TEST_F(LoadNetwork, ReadsAnNcnnPairByEitherName) {
    write_ncnn_pair("pair");
    for (const char* name : {"pair.param", "pair.bin"}) {
        const Network network = load_network(folder_ / name);
        EXPECT_EQ(network.spec.name, "pair");
        EXPECT_EQ(network.spec.scale, 2);
        EXPECT_TRUE(network.graph);
        EXPECT_TRUE(network.onnx.empty());
    }
}

TEST_F(LoadNetwork, GoesByContentWhereTheNameIsOfNoHelp) {
    EXPECT_EQ(load_network(write_onnx_file("network.dat")).spec.scale, 2);
}

TEST_F(LoadNetwork, SaysWhichFileIsMissing) {
    fs::remove(write_ncnn_pair("half"));
    EXPECT_THAT(
        refusal(folder_ / "half.param", ErrorCode::not_found), HasSubstr("half.bin is not beside it"));
    fs::remove(folder_ / "half.param");
    write("half.bin", "");
    EXPECT_THAT(
        refusal(folder_ / "half.bin", ErrorCode::not_found), HasSubstr("half.param is not beside it"));
    refusal(folder_ / "absent.onnx", ErrorCode::not_found);
}

TEST_F(LoadNetwork, SaysWhichFormatsItReads) {
    for (const char* name : {"a.engine", "a.tflite", "a.GGUF"}) {
        EXPECT_THAT(refusal(write(name, "x"), ErrorCode::unsupported), HasSubstr("ONNX (.onnx), ncnn"));
    }
}

TEST_F(LoadNetwork, RefusesWhatIsNoNetwork) {
    EXPECT_THAT(
        refusal(write("text.onnx", "This is a text."), ErrorCode::corrupt), HasSubstr("not an ONNX file"));
    EXPECT_THAT(refusal(write("empty.onnx", ""), ErrorCode::corrupt), HasSubstr("not an ONNX file"));
    EXPECT_THAT(refusal(write("text.param", "This is a text."), ErrorCode::corrupt), HasSubstr("7767517"));
}

TEST_F(LoadNetwork, RefusesANetworkThatDoesNotUpscale) {
    write("mean.param", "7767517\n2 2\nInput i 0 1 x 2=3\nPooling p 1 1 x y 0=1 4=1\n");
    write("mean.bin", "");
    refusal(folder_ / "mean.param", ErrorCode::bad_network);
}

TEST_F(LoadNetwork, ReadsWeightsByContent) {
    const auto state = test::compact_state(3, 4, 1, 2);
    for (const std::string& file : {test::pth_file(state), test::legacy_file(state)}) {
        for (const char* name : {"net.pth", "net.pt", "net.ckpt", "net.bytes"}) {
            const Network network = load_network(write(name, file));
            EXPECT_EQ(network.spec.name, "net");
            EXPECT_EQ(network.spec.scale, 2);
            EXPECT_EQ(network.spec.channels, 3);
            EXPECT_EQ(network.spec.receptive_field_px, 3);
            EXPECT_TRUE(network.graph);
            EXPECT_TRUE(network.onnx.empty());
        }
    }
}

TEST_F(LoadNetwork, ReadsSafetensors) {
    const std::string header = R"({"body.0.weight":{"dtype":"F32","shape":[1,1,1,1],"data_offsets":[0,4]},)"
                               R"("body.1.weight":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                               R"("body.2.weight":{"dtype":"F32","shape":[4,1,1,1],"data_offsets":[8,24]}})";
    const std::string file =
        test::little_endian(header.size(), 8) + header + test::floats({1, 2, 3, 4, 5, 6});
    EXPECT_EQ(load_network(write("net.safetensors", file)).spec.scale, 2);
    EXPECT_EQ(load_network(write("net.bytes", file)).spec.scale, 2);
    EXPECT_THAT(
        refusal(write("cut.safetensors", file.substr(0, 40)), ErrorCode::corrupt), HasSubstr("cut off"));
}

TEST_F(LoadNetwork, RunsNothingThatAFileOfWeightsAsksFor) {
    const fs::path trace = folder_ / "trace";
    test::PickleWriter pickle;
    pickle.global("posix", "system").raw("(").text("touch " + trace.string()).raw("tR");
    EXPECT_THAT(
        refusal(write("hostile.pth", pickle.done()), ErrorCode::unsupported), HasSubstr("posix.system"));
    EXPECT_FALSE(fs::exists(trace));
    EXPECT_THAT(refusal(write("text.pth", "This is a text."), ErrorCode::corrupt), HasSubstr("torch.save"));
}

TEST(IsNetworkFile, GoesByTheName) {
    for (const char* name : {"a.pth", "a.PT", "a.ckpt", "a.safetensors"}) {
        EXPECT_TRUE(is_network_file(name));
    }
    EXPECT_TRUE(is_network_file("a/b.onnx"));
    EXPECT_TRUE(is_network_file("b.ONNX"));
    EXPECT_TRUE(is_network_file("b.param"));
    EXPECT_TRUE(is_network_file("b.bin"));
    EXPECT_FALSE(is_network_file("b.png"));
    EXPECT_FALSE(is_network_file("onnx"));
}

struct Known {
    const char* name;
    int scale;
    int receptive_field_px;
    std::size_t nodes;
};

class KnownNetwork : public testing::TestWithParam<Known> {};

TEST_P(KnownNetwork, IsReadAsWhatItIs) {
    const fs::path path = fs::path(KIZUNA_TEST_MODELS_DIR) / (std::string(GetParam().name) + ".param");
    if (!fs::exists(path)) {
        GTEST_SKIP() << path << " is not there";
    }
    const Network network = load_network(path);
    EXPECT_EQ(network.spec.scale, GetParam().scale);
    EXPECT_EQ(network.spec.channels, 3);
    EXPECT_EQ(network.spec.alignment_px, 1);
    EXPECT_EQ(network.spec.receptive_field_px, GetParam().receptive_field_px);
    EXPECT_EQ(network.graph->nodes.size(), GetParam().nodes);
}

// 18 convolutions of 3 × 3; in the networks that shrink their result bicubically, its kernel adds a pixel.
INSTANTIATE_TEST_SUITE_P(
    RealEsrgan, KnownNetwork,
    testing::Values(
        Known{"realesr-animevideov3-x2", 2, 19, 40}, Known{"realesr-animevideov3-x3", 3, 19, 40},
        Known{"realesr-animevideov3-x4", 4, 18, 39}, Known{"realesrgan-x4plus-anime", 4, 94, 295}));

} // namespace
} // namespace kizuna
