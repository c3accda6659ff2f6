#include "base/test_errors.hpp"
#include "formats/anime4k/anime4k.hpp"
#include "graph/network.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Networks of a few weights, whose results can be worked out by hand; tests/reference has whole ones in
// numpy.
namespace kizuna {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Names = std::vector<std::string>;

/// A layer's weights, all zero but those that are set.
class Layer {
  public:
    /// `mats` inputs of four channels, CReLU's halves counted apart, over 9 taps or 1.
    Layer(int mats, int taps)
        : taps_(taps)
        , weights_(static_cast<std::size_t>(mats) * taps * 16) {}

    /// Tap `dx`, `dy` from the middle.
    Layer& set(int mat, int in, int out, float value, int dx = 0, int dy = 0) {
        const int tap = taps_ == 1 ? 0 : ((dx + 1) * 3) + dy + 1;
        weights_.at(static_cast<std::size_t>(((((mat * taps_) + tap) * 4) + in) * 4 + out)) = value;
        return *this;
    }

    Layer& bias(std::vector<float> values) {
        bias_ = std::move(values);
        return *this;
    }

    [[nodiscard]] std::string json(const std::string& name, const Names& inputs) const {
        return fmt::format(
            R"("{}": {{"name": "{}", "type": "conv", "inputs": ["{}"], "output": "{}", "weights": [{}], )"
            R"("bias": [{}]}})",
            name, name, fmt::join(inputs, "\", \""), name, fmt::join(weights_, ", "), fmt::join(bias_, ", "));
    }

  private:
    int taps_;
    std::vector<float> weights_;
    std::vector<float> bias_{0, 0, 0, 0};
};

std::string network(const Names& layers) {
    return fmt::format(R"({{"name": "anime4k/test", "layers": {{{}}}}})", fmt::join(layers, ", "));
}

std::string shuffle(const Names& inputs) {
    return fmt::format(
        R"("pixel_shuffle": {{"name": "pixel_shuffle", "type": "pixel_shuffle", "inputs": ["{}"]}})",
        fmt::join(inputs, "\", \""));
}

Graph read(std::string_view json) {
    return read_anime4k(std::as_bytes(std::span(json)));
}

std::string refusal(std::string_view json, ErrorCode code) {
    return test::refusal_of([&] { (void)read(json); }, code);
}

Tensor pixel(float red, float green, float blue) {
    return {{1, 3, 1, 1}, {red, green, blue}};
}

/// The smallest network: one feature of one layer, and a last layer that is added to the picture.
std::string restoring(const Layer& first, const Layer& last) {
    return network(
        {first.json("conv2d_tf", {"input_image"}), last.json("conv2d_out_tf", {"input_image", "conv2d_tf"})});
}

TEST(Anime4K, KeepsWhatIsAboveZeroAndWhatIsBelowApart) {
    const Layer first = Layer(1, 9).set(0, 0, 0, 1).bias({-10, 0, 0, 0}); // red − 10
    const Layer last = Layer(2, 9).set(0, 0, 0, 2).set(1, 0, 1, 3);       // to red, and negated to green
    const Graph graph = read(restoring(first, last));
    EXPECT_THAT(run_reference(graph, pixel(14, 0, 0)).data, ElementsAre(14 + 8, 0, 0));
    EXPECT_THAT(run_reference(graph, pixel(9, 0, 0)).data, ElementsAre(9, 3, 0));
}

TEST(Anime4K, ReadsKernelsColumnByColumn) {
    const Layer first =
        Layer(1, 9).set(0, 0, 0, 1, -1, 0).set(0, 0, 1, 1, 1, 0).set(0, 0, 2, 1, 0, -1).set(0, 0, 3, 1, 0, 1);
    const Layer last = Layer(2, 9).set(0, 0, 0, 1).set(0, 1, 0, 10).set(0, 2, 0, 100).set(0, 3, 0, 1000);
    Tensor in{{1, 3, 3, 3}, std::vector<float>(27)};
    for (std::size_t i = 0; i < 9; ++i) {
        in.data[i] = static_cast<float>(i + 1); // red: 1 2 3, 4 5 6, 7 8 9
    }
    const Tensor out = run_reference(read(restoring(first, last)), in);
    EXPECT_EQ(out.data[4], 5 + 4 + 60 + 200 + 8000) << "left, right, above, below";
}

TEST(Anime4K, ShufflesOneResultIntoBrightness) {
    const Layer first = Layer(1, 9).set(0, 0, 0, 1);
    const Layer last = Layer(2, 9).set(0, 0, 0, 1).bias({0, 10, 20, 30});
    const Graph graph = read(network(
        {first.json("conv2d_tf", {"input_image"}), last.json("conv2d_last_tf", {"conv2d_tf"}),
         shuffle({"conv2d_last_tf"})}));
    const Tensor out = run_reference(graph, pixel(1, 2, 3));
    EXPECT_EQ(out.shape, (Shape{1, 3, 2, 2}));
    EXPECT_THAT(out.data, ElementsAre(2, 11, 21, 31, 3, 12, 22, 32, 4, 13, 23, 33));
}

TEST(Anime4K, ShufflesThreeResultsIntoColours) {
    const Layer first(1, 9);
    Names layers{first.json("conv2d_tf", {"input_image"})};
    for (const auto& [name, value] :
         {std::pair("conv2d_7_tf", 1.0F), std::pair("conv2d_7_tf1", 2.0F), std::pair("conv2d_7_tf2", 3.0F)}) {
        layers.push_back(Layer(2, 1).bias({value, value, value, value * 100}).json(name, {"conv2d_tf"}));
    }
    layers.push_back(shuffle({"conv2d_7_tf", "conv2d_7_tf1", "conv2d_7_tf2"}));
    const Tensor out = run_reference(read(network(layers)), pixel(0, 0, 0));
    EXPECT_THAT(out.data, ElementsAre(1, 1, 1, 100, 2, 2, 2, 200, 3, 3, 3, 300));
}

TEST(Anime4K, EnlargesThePictureBilinearly) {
    const Layer nothing(1, 9);
    const Graph graph = read(network(
        {nothing.json("conv2d_tf", {"input_image"}), Layer(2, 9).json("conv2d_last_tf", {"conv2d_tf"}),
         shuffle({"conv2d_last_tf"})}));
    const Tensor out = run_reference(graph, {{1, 3, 1, 2}, {0, 4, 0, 8, 0, 16}});
    EXPECT_THAT(std::vector(out.data.begin(), out.data.begin() + 4), ElementsAre(0, 1, 3, 4));
    ModelSpec spec;
    describe(graph, spec);
    EXPECT_EQ(spec.scale, 2);
}

// Both layers' positive halves, then both negated ones; and so feature by feature.
TEST(Anime4K, JoinsTheLayersOfAFeatureAndFeatures) {
    const auto value = [](float bias) { return Layer(1, 9).bias({bias, 0, 0, 0}); };
    Layer inner(4, 9); // of the first feature's four halves
    inner.set(0, 0, 0, 1).set(1, 0, 0, 10).set(2, 0, 0, 100).set(3, 0, 0, 1000);
    Layer negated(4, 9);
    negated.set(0, 0, 0, -1);
    Layer last(8, 1);
    for (int mat = 0; mat < 8; ++mat) {
        last.set(mat, 0, 0, static_cast<float>(mat + 1));
    }
    const Names first{"conv2d_tf", "conv2d_tf1"};
    const Graph graph = read(network(
        {value(2).json("conv2d_tf", {"input_image"}), value(-3).json("conv2d_tf1", {"input_image"}),
         inner.json("conv2d_1_tf", first), negated.json("conv2d_1_tf1", first),
         last.json(
             "conv2d_out_tf", {"input_image", "conv2d_tf", "conv2d_tf1", "conv2d_1_tf", "conv2d_1_tf1"})}));
    // First feature: 2, 0, 0, 3. Second: 2 + 3000 and −2, so 3002, 0, 0, 2.
    EXPECT_EQ(run_reference(graph, pixel(0, 0, 0)).data[0], 1 * 2 + 4 * 3 + 5 * 3002 + 8 * 2);
}

TEST(Anime4K, IsKnownByItsBeginning) {
    const auto known = [](std::string_view text) { return is_anime4k(std::as_bytes(std::span(text))); };
    EXPECT_TRUE(known(restoring(Layer(1, 9), Layer(2, 9))));
    EXPECT_TRUE(known("\n {\"name\": \"anime4k/cnn-2x-s\""));
    EXPECT_FALSE(known("{\"name\": \"mine\"}"));
    EXPECT_FALSE(known("[\"anime4k/\"]"));
    EXPECT_FALSE(known(""));
}

TEST(Anime4K, RefusesJsonThatIsCutOffAnywhere) {
    const std::string json = restoring(Layer(1, 9), Layer(2, 9));
    EXPECT_NO_THROW((void)read(json));
    for (std::size_t size = 0; size < json.size(); ++size) {
        (void)refusal(std::string_view(json).substr(0, size), ErrorCode::corrupt);
    }
}

TEST(Anime4K, RefusesJsonThatIsNoNetwork) {
    const auto corrupt = [](std::string_view json) { return refusal(json, ErrorCode::corrupt); };
    EXPECT_THAT(corrupt("[]"), HasSubstr("no JSON object"));
    EXPECT_THAT(corrupt("{}"), HasSubstr("no \"layers\""));
    EXPECT_THAT(corrupt(R"({"layers": []})"), HasSubstr("no \"layers\", or one of another kind"));
    EXPECT_THAT(corrupt(R"({"layers": {}})"), HasSubstr("has no layers"));
    EXPECT_THAT(corrupt(R"({"layers": {"a": 1}})"), HasSubstr("\"a\" is no object"));
    EXPECT_THAT(corrupt(R"({"layers": {"a": {"type": 1}}})"), HasSubstr("no \"type\""));
    EXPECT_THAT(
        corrupt(R"({"layers": {"a": {"type": "conv", "inputs": [1]}}})"),
        HasSubstr("input that is not a name"));
    EXPECT_THAT(corrupt(std::string(100'000, '[')), HasSubstr("nested too deeply"));
    std::string deep = R"({"layers": )";
    for (int i = 0; i < 100'000; ++i) {
        deep += R"({"a": )";
    }
    EXPECT_THAT(corrupt(deep), HasSubstr("nested too deeply"));
    EXPECT_THAT(
        refusal(R"({"layers": {"a": {"type": "transformer"}}})", ErrorCode::unsupported),
        HasSubstr("is a transformer"));
    EXPECT_THAT(
        refusal(std::string((4U << 20U) + 1, ' '), ErrorCode::limit_exceeded), HasSubstr("4194305 bytes"));
}

TEST(Anime4K, RefusesMoreKeysThanAnyNetworkHas) {
    std::string many = R"({"layers": {"a": {"type": "conv")";
    for (int i = 0; i < 20'000; ++i) {
        many += fmt::format(R"(, "{}": 0)", i);
    }
    // Cut off behind them: it is refused before the end is looked for.
    EXPECT_THAT(refusal(many, ErrorCode::limit_exceeded), HasSubstr("more than 16384 keys"));
}

TEST(Anime4K, RefusesWhatIsNoNumber) {
    for (const char* number : {"NaN", "Infinity", "1e999", "1e60", "-1e39", "\"1\"", "null", "[1]"}) {
        const std::string json = fmt::format(
            R"({{"layers": {{"a": {{"type": "conv", "inputs": [], "weights": [{}], "bias": [0, 0, 0, 0]}}}}}})",
            number);
        SCOPED_TRACE(json);
        (void)refusal(json, ErrorCode::corrupt);
    }
}

TEST(Anime4K, RefusesLayersThatDoNotFitTogether) {
    const Layer first(1, 9);
    const Layer last(2, 9);
    const auto out = [&](const Layer& layer, const Names& inputs) {
        return network({first.json("conv2d_tf", {"input_image"}), layer.json("conv2d_out_tf", inputs)});
    };
    EXPECT_THAT(
        refusal(out(Layer(3, 9), {"input_image", "conv2d_tf"}), ErrorCode::corrupt),
        HasSubstr("432 weights, which is no kernel over 8 channels"));
    EXPECT_THAT(
        refusal(out(last, {"input_image", "conv2d_3_tf"}), ErrorCode::corrupt),
        HasSubstr("no layer before it"));
    EXPECT_THAT(
        refusal(out(last, {"input_image", "conv2d_tf1"}), ErrorCode::unsupported),
        HasSubstr("part of a feature"));
    EXPECT_THAT(
        refusal(out(last, {"conv2d_tf"}), ErrorCode::unsupported), HasSubstr("not added to the picture"));
    EXPECT_THAT(refusal(out(last, {}), ErrorCode::unsupported), HasSubstr("not added to the picture"));
    EXPECT_THAT(
        refusal(out(last, {"input_image", "input_image"}), ErrorCode::corrupt), HasSubstr("has no input"));
    EXPECT_THAT(
        refusal(
            network({first.json("a", {"input_image"}), last.json("b", {"a"}), shuffle({"a"})}),
            ErrorCode::unsupported),
        HasSubstr("shuffled into pixels"));
    EXPECT_THAT(
        refusal(restoring(Layer(1, 9).set(0, 3, 0, 1), last), ErrorCode::unsupported),
        HasSubstr("transparency"));
}

} // namespace
} // namespace kizuna
