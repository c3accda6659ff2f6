#include "graph/network.hpp"
#include "graph/reference.hpp"
#include "service/sidecar.hpp"
#include "service/test_library.hpp"

#include "kizuna/error.hpp"

#include <gtest/gtest.h>

namespace kizuna {
namespace {

class Sidecars : public TestLibrary {
  protected:
    std::string problem_with(const std::string& json) {
        add("a/own.json", json);
        try {
            (void)read_sidecar(root_ / "a/own.onnx");
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::corrupt);
            return error.what();
        }
        return "none";
    }
};

/// A network that gives back what it is given, squared: so the range shows.
Network square() {
    Network network;
    network.spec.scale = 1;
    network.graph = Graph{{{"in", Input{3}, {}}, {"square", Binary{Binary::Kind::mul}, {0, 0}}}, 1};
    return network;
}

TEST_F(Sidecars, ComeBackAsTheyWereWritten) {
    Sidecar given{4,         "conservative",    "waifu2x-cunet",
                  "CC0-1.0", ValueRange{-1, 1}, {{"own.onnx", "", 9, "ab"}}};
    add("a/own.json", write_sidecar(given));
    const auto read = read_sidecar(root_ / "a/own.onnx");
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->scale, 4);
    EXPECT_EQ(read->denoise, "conservative");
    EXPECT_EQ(read->family, "waifu2x-cunet");
    EXPECT_EQ(read->licence, "CC0-1.0");
    ASSERT_TRUE(read->range.has_value());
    EXPECT_EQ(read->range->low, -1);
    EXPECT_EQ(read->range->high, 1);
    ASSERT_EQ(read->files.size(), 1U);
    EXPECT_EQ(read->files.front().bytes, 9U);
}

TEST_F(Sidecars, AreNotNeeded) {
    EXPECT_FALSE(read_sidecar(root_ / "a/own.onnx").has_value());
    add("a/own.json", "{}");
    EXPECT_TRUE(read_sidecar(root_ / "a/own.onnx").has_value());
}

TEST_F(Sidecars, WithNonsenseAreRefusedByNameAndField) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{", "own.json"},
        {"[]", "is not a JSON object"},
        {R"({"scale": 0})", "\"scale\""},
        {R"({"scale": 1.5})", "\"scale\""},
        {R"({"scale": 99})", "\"scale\""},
        {R"({"denoise": 3})", "\"denoise\""},
        {R"({"denoise": "4"})", "level of denoising"},
        {R"({"family": "other"})", "waifu2x-cunet"},
        {R"({"range": "0..255"})", "\"range\""},
        {R"({"range": [0]})", "\"range\""},
        {R"({"range": [255, 0]})", "lower one first"},
        {R"({"range": [0, 1e300]})", "lower one first"},
        {R"({"files": [{}]})", "\"name\""},
    };
    for (const auto& [json, problem] : cases) {
        const std::string said = problem_with(json);
        EXPECT_NE(said.find(problem), std::string::npos) << json << "\n" << said;
        EXPECT_NE(said.find("own.json"), std::string::npos) << said;
    }
}

TEST_F(Sidecars, HaveAsManyFieldsAsMayBeLookedThrough) {
    // Counted for each object: what stands beside or within others may have as many again.
    const auto object = [](int fields) {
        std::string json = "{";
        for (int i = 0; i < fields; ++i) {
            json += (i == 0 ? "\"" : ", \"") + std::to_string(i) + "\": {\"a\": 1}";
        }
        return json + "}";
    };
    EXPECT_EQ(problem_with(object(1024)), "none");
    EXPECT_NE(problem_with(object(1025)).find("more than 1024 fields"), std::string::npos);
}

TEST_F(Sidecars, GiveANetworkTheRangeThatItWasTrainedOn) {
    Network network = square();
    network.onnx.resize(1);
    Sidecar sidecar;
    sidecar.range = ValueRange{0, 255};
    apply_sidecar(sidecar, network);
    validate(*network.graph);
    EXPECT_TRUE(network.onnx.empty());
    const Tensor out = run_reference(*network.graph, {{1, 3, 1, 1}, {0.0F, 0.5F, 1.0F}});
    EXPECT_FLOAT_EQ(out.data[0], 0);
    EXPECT_FLOAT_EQ(out.data[1], 127.5F * 127.5F / 255);
    EXPECT_FLOAT_EQ(out.data[2], 255);
    network = square();
    sidecar.range = ValueRange{-1, 1};
    apply_sidecar(sidecar, network);
    EXPECT_FLOAT_EQ(run_reference(*network.graph, {{1, 3, 1, 1}, {0, 0.5F, 1}}).data[1], 0.5F); // 0 squared
    EXPECT_FLOAT_EQ(run_reference(*network.graph, {{1, 3, 1, 1}, {0, 0.5F, 1}}).data[0], 1.0F);
}

TEST_F(Sidecars, MustSuitTheirNetwork) {
    Network network = square();
    Sidecar sidecar;
    sidecar.scale = 2;
    EXPECT_THROW(apply_sidecar(sidecar, network), Error);
    Network unknown;
    unknown.graph_problem = "Sin is not known";
    Sidecar ranged;
    ranged.range = ValueRange{0, 255};
    EXPECT_THROW(apply_sidecar(ranged, unknown), Error);
    ranged.range = ValueRange{0, 1};
    EXPECT_NO_THROW(apply_sidecar(ranged, unknown));
}

TEST_F(Sidecars, BringConventionsAndLicence) {
    Network network = square();
    Sidecar sidecar;
    sidecar.family = "waifu2x-cunet";
    sidecar.licence = "MIT";
    apply_sidecar(sidecar, network);
    EXPECT_EQ(network.spec.border_fill, BorderFill::repeat);
    EXPECT_EQ(network.spec.licence, "MIT");
}

} // namespace
} // namespace kizuna
