#include "base/test_folder.hpp"
#include "engine/onnxruntime/engine.hpp"
#include "formats/formats.hpp"
#include "formats/onnx/proto_for_tests.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

namespace fs = std::filesystem;
using test::FileMaker;
using testing::ElementsAre;
using testing::HasSubstr;

using Entries = std::vector<std::pair<std::string, std::string>>;

/// A network that adds "w", which is in another file, to a picture.
class ExternalData : public testing::Test {
  protected:
    ExternalData() { fs::create_directories(folder_ / "net"); }

    ~ExternalData() override { fs::remove_all(folder_); }

    void write(const fs::path& name, const std::string& content) const {
        std::ofstream(folder_ / name, std::ios::binary) << content;
    }

    static std::string floats(const std::vector<float>& values) {
        std::string bytes(values.size() * sizeof(float), '\0');
        std::memcpy(bytes.data(), values.data(), bytes.size());
        return bytes;
    }

    static void make_external(onnx::TensorProto& tensor, const Entries& entries) {
        tensor.clear_float_data();
        tensor.clear_raw_data();
        tensor.set_data_location(onnx::TensorProto::EXTERNAL);
        for (const auto& [key, value] : entries) {
            auto& entry = *tensor.add_external_data();
            entry.set_key(key);
            entry.set_value(value);
        }
    }

    static FileMaker adder(const Entries& entries, const FileMaker::Dims& dims = {1}) {
        FileMaker file;
        file.constant("w", dims, {0});
        make_external(*file.model().mutable_graph()->mutable_initializer(0), entries);
        file.node("Add", {"x", "w"}, "y");
        return file;
    }

    [[nodiscard]] fs::path save(FileMaker file) const {
        write("net/net.onnx", file.model().SerializeAsString());
        return folder_ / "net/net.onnx";
    }

    [[nodiscard]] std::vector<float> sums_of(const FileMaker& file) const {
        return run_reference(*load_network(save(file)).graph, test::counting({1, 1, 1, 2})).data;
    }

    [[nodiscard]] std::string
    refusal(const Entries& entries, ErrorCode code, const FileMaker::Dims& dims = {1}) const {
        try {
            (void)load_network(save(adder(entries, dims)));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "it was read";
        return {};
    }

    fs::path folder_ = test::make_test_folder();
};

TEST_F(ExternalData, IsReadFromAWholeFileOrAPartOfOne) {
    write("net/whole", floats({10}));
    EXPECT_THAT(sums_of(adder({{"location", "whole"}})), ElementsAre(11, 12));
    write("net/part", floats({1, 20, 3}));
    EXPECT_THAT(
        sums_of(adder({{"location", "part"}, {"offset", "4"}, {"length", "4"}})), ElementsAre(21, 22));
    EXPECT_THAT(sums_of(adder({{"location", "part"}, {"offset", "8"}})), ElementsAre(4, 5));
    fs::create_directories(folder_ / "net/deep/er");
    write("net/deep/er/w.bin", floats({30}));
    EXPECT_THAT(sums_of(adder({{"location", "./deep/er/w.bin"}, {"checksum", "x"}})), ElementsAre(31, 32));
}

TEST_F(ExternalData, IsPutIntoTheBytesThatEnginesGet) {
    write("net/w", floats({5, 6}));
    FileMaker file = adder({{"location", "w"}, {"offset", "4"}});
    const Network network = load_network(save(file));
    onnx::ModelProto embedded;
    ASSERT_TRUE(embedded.ParseFromArray(network.onnx.data(), static_cast<int>(network.onnx.size())));
    const auto& tensor = embedded.graph().initializer(0);
    EXPECT_EQ(tensor.data_location(), onnx::TensorProto::DEFAULT);
    EXPECT_EQ(tensor.external_data_size(), 0);
    EXPECT_EQ(tensor.raw_data(), floats({6}));
    EXPECT_TRUE(read_onnx(network.onnx).graph) << "they need no other file";
}

TEST_F(ExternalData, IsThereForOnnxRuntime) {
    const auto engine = make_onnxruntime_engine();
    if (const auto problem = engine->problem_of("ort-cpu"); !problem.empty()) {
        GTEST_SKIP() << problem;
    }
    write("net/w", floats({5, 6}));
    const Network network = load_network(save(adder({{"location", "w"}, {"offset", "4"}})));
    fs::remove(folder_ / "net/w");
    Tensor out;
    engine->open(network, "ort-cpu", {})->run(test::counting({1, 1, 1, 2}), out, {});
    EXPECT_THAT(out.data, ElementsAre(7, 8));
}

TEST_F(ExternalData, IsFoundInTheAttributesOfOperatorsAndInGraphsWithinThem) {
    write("net/w", floats({7}));
    FileMaker file;
    auto& attribute = *file.node("Constant", {}, "w").add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    attribute.mutable_t()->add_dims(1);
    attribute.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
    make_external(*attribute.mutable_t(), {{"location", "w"}});
    file.node("Add", {"x", "w"}, "y");
    EXPECT_THAT(sums_of(file), ElementsAre(8, 9));

    FileMaker nested;
    auto& branch = *nested.node("If", {"x"}, "y").add_attribute();
    branch.set_name("then_branch");
    branch.set_type(onnx::AttributeProto::GRAPH);
    auto& inner = *branch.mutable_g()->add_initializer();
    inner.add_dims(1);
    inner.set_data_type(onnx::TensorProto::FLOAT);
    make_external(inner, {{"location", "w"}});
    const Network network = load_network(save(nested));
    onnx::ModelProto embedded;
    ASSERT_TRUE(embedded.ParseFromArray(network.onnx.data(), static_cast<int>(network.onnx.size())));
    EXPECT_EQ(embedded.graph().node(0).attribute(0).g().initializer(0).raw_data(), floats({7}));
}

TEST_F(ExternalData, IsReadOnlyFromTheNetworksOwnFolder) {
    write("secret", floats({1}));
    const std::string absolute = (folder_ / "secret").string();
    for (const std::string& location :
         {std::string("../secret"), std::string("deep/../../secret"), std::string(".."), absolute,
          std::string("net\0", 4)}) {
        EXPECT_THAT(
            refusal({{"location", location}}, ErrorCode::unsupported),
            HasSubstr("not in the network's own folder"));
    }
}

TEST_F(ExternalData, IsNotReadThroughALinkThatLeadsOutOfTheFolder) {
    write("secret", floats({1}));
    fs::create_symlink(folder_ / "secret", folder_ / "net/link");
    EXPECT_THAT(
        refusal({{"location", "link"}}, ErrorCode::unsupported), HasSubstr("is a link to a file outside"));
    fs::create_directory_symlink(folder_, folder_ / "net/up");
    EXPECT_THAT(
        refusal({{"location", "up/secret"}}, ErrorCode::unsupported),
        HasSubstr("is a link to a file outside"));
    write("net/own", floats({2}));
    fs::create_symlink("own", folder_ / "net/alias");
    EXPECT_THAT(sums_of(adder({{"location", "alias"}})), ElementsAre(3, 4)) << "links within it are fine";
}

TEST_F(ExternalData, IsReadFromFilesOnly) {
    EXPECT_THAT(refusal({{"location", "missing"}}, ErrorCode::not_found), HasSubstr("is not there"));
    fs::create_directory(folder_ / "net/folder");
    EXPECT_THAT(refusal({{"location", "folder"}}, ErrorCode::unsupported), HasSubstr("not a plain file"));
    fs::create_symlink("loop", folder_ / "net/loop");
    EXPECT_THAT(refusal({{"location", "loop"}}, ErrorCode::not_found), HasSubstr("is not there"));
}

TEST_F(ExternalData, MustBeThereWhole) {
    write("net/w", floats({1, 2}));
    const auto corrupt = [this](const Entries& entries, const FileMaker::Dims& dims = {1}) {
        return refusal(entries, ErrorCode::corrupt, dims);
    };
    EXPECT_THAT(
        corrupt({{"location", "w"}, {"offset", "6"}}), HasSubstr("begin at byte 6 of \"w\", which has 8"));
    EXPECT_THAT(corrupt({{"location", "w"}, {"offset", "18446744073709551615"}}), HasSubstr("which has 8"));
    EXPECT_THAT(corrupt({{"location", "w"}, {"length", "8"}}), HasSubstr("need 4 bytes"));
    EXPECT_THAT(corrupt({{"location", "w"}, {"offset", "-4"}}), HasSubstr("instead of a number"));
    EXPECT_THAT(corrupt({{"location", "w"}, {"length", "99999999999999999999"}}), HasSubstr("instead of"));
    EXPECT_THAT(corrupt({{"offset", "0"}}), HasSubstr("name is missing"));
    EXPECT_THAT(corrupt({{"location", "w"}}, {1 << 29}), HasSubstr("2147483648 bytes"));
    EXPECT_THAT(corrupt({{"location", "w"}}, {-1}), HasSubstr("negative"));
    (void)refusal({{"location", "w"}}, ErrorCode::limit_exceeded, {1LL << 40, 1LL << 40});
}

TEST_F(ExternalData, MustFitIntoOneFileTogether) {
    write("net/w", {});
    fs::resize_file(folder_ / "net/w", (std::uintmax_t{1} << 31U) - 4); // with holes
    EXPECT_THAT(
        refusal({{"location", "w"}}, ErrorCode::limit_exceeded, {(1 << 29) - 1}),
        HasSubstr("more than 2 GiB"));
}

TEST_F(ExternalData, IsNotLookedForBesideBytesThatAreNoFile) {
    write("w", floats({1}));
    try {
        (void)adder({{"location", "w"}}).read();
        FAIL() << "it was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_THAT(error.what(), HasSubstr("none beside it"));
    }
}

} // namespace
} // namespace kizuna
