#include "base/test_errors.hpp"
#include "formats/architectures/architectures.hpp"
#include "formats/architectures/test_weights.hpp"
#include "formats/onnx/onnx.hpp"
#include "graph/reference.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Networks whose convolutions have one number each, in the middle of the kernel, compute every pixel for
// itself. What comes out is then a formula of one number, which the tests write down once more.
// (tests/reference has the whole networks in numpy.)
namespace kizuna {
namespace {

using test::NamedTensor;
using test::StateDict;
using test::StateDictBuilder;
using testing::HasSubstr;

constexpr float tolerance = 1e-5F;

/// Weights of networks with one channel everywhere.
class OneChannel {
  public:
    void conv(const std::string& name, float weight, float bias, int in = 1, int kernel = 3) {
        WeightTensor tensor{{1, in, kernel, kernel}, {}};
        tensor.data.assign(static_cast<std::size_t>(in) * kernel * kernel, 0);
        for (int i = 0; i < in; ++i) { // the inputs weigh 1, 2, 3, … times as much
            tensor.data[static_cast<std::size_t>((i * kernel * kernel) + (kernel * kernel / 2))] =
                weight * static_cast<float>(i + 1);
        }
        weights.add(name + ".weight", std::move(tensor));
        weights.add(name + ".bias", {{1}, {bias}});
    }

    Weights weights;
};

double lrelu(double x, double slope = 0.2) {
    return x < 0 ? slope * x : x;
}

Tensor run(const Network& network, const Tensor& input) {
    return run_reference(*network.graph, input);
}

double run_on_pixel(const Network& network, float value) {
    const Tensor out = run(network, {{1, 1, 4, 4}, std::vector<float>(16, value)});
    for (const float other : out.data) {
        EXPECT_NEAR(other, out.data[0], tolerance);
    }
    return out.data[0];
}

Shape output_shape(const Network& network, const Shape& input) {
    return infer_shapes(*network.graph, input)[static_cast<std::size_t>(network.graph->output)];
}

std::string refusal_of_weights(Weights weights, ErrorCode code) {
    return test::refusal_of([&] { (void)assemble(std::move(weights)); }, code);
}

TEST(Compact, ShufflesItsLastChannelsIntoPixelsAndAddsTheInput) {
    OneChannel net;
    net.conv("body.0", -2, 0.5F);
    net.weights.add("body.1.weight", {{1}, {0.25F}});
    WeightTensor last{{4, 1, 3, 3}, std::vector<float>(36, 0)};
    for (std::size_t i = 0; i < 4; ++i) {
        last.data[(i * 9) + 4] = static_cast<float>(i + 1);
    }
    net.weights.add("body.2.weight", std::move(last));
    net.weights.add("body.2.bias", {{4}, {0, 0, 0, 10}});
    const Tensor out = run(assemble(std::move(net.weights)), {{1, 1, 1, 2}, {1, -1}});
    // −2·1 + 0.5 = −1.5, of which a quarter; −2·−1 + 0.5 = 2.5
    const std::vector<float> wanted{1 - 0.375F, 1 - 0.75F,     -1 + 2.5F, -1 + 5,
                                    1 - 1.125F, 1 - 1.5F + 10, -1 + 7.5F, -1 + 10 + 10};
    EXPECT_EQ(out.shape, (Shape{1, 1, 2, 4}));
    EXPECT_THAT(out.data, testing::Pointwise(testing::FloatNear(tolerance), wanted));
}

TEST(Compact, TakesAnyDepthWidthAndScale) {
    for (const int scale : {1, 2, 3, 4}) {
        const Network network = assemble(test::as_weights(test::compact_state(3, 5, scale, scale)));
        EXPECT_EQ(output_shape(network, {1, 3, 8, 9}), (Shape{1, 3, 8 * scale, 9 * scale}));
    }
}

TEST(Compact, NamesTheWeightsThatDoNotFit) {
    StateDict state = test::compact_state(3, 4, 1, 2);
    state.back().tensor = {{11}, std::vector<float>(11)}; // the last bias
    EXPECT_THAT(refusal_of_weights(test::as_weights(state), ErrorCode::bad_network), HasSubstr("body.4"));
    state = test::compact_state(3, 4, 1, 2);
    state.erase(state.end() - 2, state.end());
    EXPECT_THAT(
        refusal_of_weights(test::as_weights(state), ErrorCode::bad_network),
        HasSubstr("read as SRVGGNetCompact"));
}

struct EsrganNames {
    const char* what;
    std::string first;
    std::function<std::string(int, int)> dense; // block, dense block from 1
    std::string suffix;
    std::string body;
    std::vector<std::string> ups;
    std::string detail;
    std::string last;
};

void PrintTo(const EsrganNames& names, std::ostream* out) {
    *out << names.what;
}

EsrganNames numbered(int ups) {
    EsrganNames names{"numbered", "model.0", {}, ".0", "model.1.sub.2", {}, "", ""};
    names.dense = [](int block, int dense) {
        return "model.1.sub." + std::to_string(block) + ".RDB" + std::to_string(dense);
    };
    for (int i = 1; i <= ups; ++i) {
        names.ups.push_back("model." + std::to_string(3 * i));
    }
    names.detail = "model." + std::to_string((3 * ups) + 2);
    names.last = "model." + std::to_string((3 * ups) + 4);
    return names;
}

EsrganNames trunk() {
    const auto dense = [](int block, int part) {
        return "RRDB_trunk." + std::to_string(block) + ".RDB" + std::to_string(part);
    };
    return {"trunk", "conv_first", dense, "", "trunk_conv", {"upconv1", "upconv2"}, "HRconv", "conv_last"};
}

EsrganNames body() {
    const auto dense = [](int block, int part) {
        return "body." + std::to_string(block) + ".rdb" + std::to_string(part);
    };
    return {"body", "conv_first", dense, "", "conv_body", {"conv_up1", "conv_up2"}, "conv_hr", "conv_last"};
}

constexpr int esrgan_blocks = 2;

Weights esrgan(const EsrganNames& names, bool plus) {
    OneChannel net;
    net.conv(names.first, 1.5F, -0.25F);
    for (int block = 0; block < esrgan_blocks; ++block) {
        for (int dense = 1; dense <= 3; ++dense) {
            const std::string name = names.dense(block, dense);
            for (int i = 1; i <= 5; ++i) {
                const float sign = i % 2 == 0 ? -1.0F : 1.0F;
                net.conv(name + ".conv" + std::to_string(i) + names.suffix, sign * 0.1F, 0.05F, i);
            }
            if (plus) {
                net.weights.add(name + ".conv1x1.weight", {{1, 1, 1, 1}, {0.75F}});
            }
        }
    }
    net.conv(names.body, -0.5F, 0.1F);
    for (const std::string& up : names.ups) {
        net.conv(up, -0.9F, 0.3F);
    }
    net.conv(names.detail, 0.8F, -0.2F);
    net.conv(names.last, 2, 0.5F);
    return std::move(net.weights);
}

double dense_formula(double x, bool plus) {
    std::vector<double> seen{x};
    for (int i = 1; i <= 5; ++i) {
        double sum = 0.05;
        for (std::size_t j = 0; j < seen.size(); ++j) {
            sum += (i % 2 == 0 ? -0.1 : 0.1) * static_cast<double>(j + 1) * seen[j];
        }
        if (i == 5) {
            return x + (0.2 * sum);
        }
        sum = lrelu(sum);
        if (plus && i == 2) {
            sum += 0.75 * x;
        }
        if (plus && i == 4) {
            sum += seen[2];
        }
        seen.push_back(sum);
    }
    return 0;
}

double esrgan_formula(double x, std::size_t ups, bool plus) {
    const double first = (1.5 * x) - 0.25;
    double y = first;
    for (int block = 0; block < esrgan_blocks; ++block) {
        double z = y;
        for (int dense = 0; dense < 3; ++dense) {
            z = dense_formula(z, plus);
        }
        y += 0.2 * z;
    }
    y = first + (-0.5 * y) + 0.1;
    for (std::size_t i = 0; i < ups; ++i) {
        y = lrelu((-0.9 * y) + 0.3);
    }
    y = lrelu((0.8 * y) - 0.2);
    return (2 * y) + 0.5;
}

class Esrgan : public testing::TestWithParam<EsrganNames> {};

TEST_P(Esrgan, ComputesWhatItsPaperSays) {
    const EsrganNames& names = GetParam();
    const auto scale = std::int64_t{1} << names.ups.size();
    for (const bool plus : {false, true}) {
        const Network network = assemble(esrgan(names, plus));
        EXPECT_EQ(output_shape(network, {1, 1, 4, 4}), (Shape{1, 1, 4 * scale, 4 * scale}));
        for (const float x : {-3.0F, -0.2F, 0.4F, 2.0F}) {
            EXPECT_NEAR(run_on_pixel(network, x), esrgan_formula(x, names.ups.size(), plus), tolerance)
                << x << (plus ? " plus" : "");
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, Esrgan, testing::Values(numbered(0), numbered(1), numbered(2), numbered(3), trunk(), body()));

TEST(EsrganOfFewerPixels, FoldsThePictureFirst) {
    for (const int factor : {2, 4}) {
        StateDictBuilder builder;
        const int folded = 3 * factor * factor;
        builder.conv("conv_first", folded, 2, 3);
        for (int dense = 1; dense <= 3; ++dense) {
            for (int i = 1; i <= 5; ++i) {
                const std::string name = "body.0.rdb" + std::to_string(dense) + ".conv" + std::to_string(i);
                builder.conv(name, 2 + i - 1, i == 5 ? 2 : 1, 3);
            }
        }
        for (const char* name : {"conv_body", "conv_up1", "conv_up2", "conv_hr"}) {
            builder.conv(name, 2, 2, 3);
        }
        builder.conv("conv_last", 2, 3, 3);
        const Network network = assemble(test::as_weights(builder.state_dict()));
        const std::int64_t scale = 4 / factor;
        EXPECT_EQ(output_shape(network, {1, 3, 16, 24}), (Shape{1, 3, 16 * scale, 24 * scale}));
    }
}

void add_span_conv(StateDictBuilder& builder, const std::string& name, int in, int out) {
    builder.conv(name + ".sk", in, out, 1);
    builder.conv(name + ".conv.0", in, 2 * in, 1);
    builder.conv(name + ".conv.1", 2 * in, 2 * out, 3);
    builder.conv(name + ".conv.2", 2 * out, out, 1);
    builder.conv(name + ".eval_conv", in, out, 3); // not what the parts amount to
}

StateDict span_state(int features, int scale) {
    StateDictBuilder builder;
    add_span_conv(builder, "conv_1", 3, features);
    for (int block = 1; block <= 6; ++block) {
        for (const char* part : {".c1_r", ".c2_r", ".c3_r"}) {
            add_span_conv(builder, "block_" + std::to_string(block) + part, features, features);
        }
    }
    builder.conv("conv_cat", std::int64_t{4} * features, features, 1);
    add_span_conv(builder, "conv_2", features, features);
    builder.conv("upsampler.0", features, std::int64_t{3} * scale * scale, 3);
    return builder.state_dict();
}

TEST(Span, TakesItsScaleFromItsWeights) {
    for (const int scale : {1, 2, 4}) {
        const Network network = assemble(test::as_weights(span_state(2, scale)));
        EXPECT_EQ(output_shape(network, {1, 3, 6, 7}), (Shape{1, 3, 6 * scale, 7 * scale}));
    }
}

TEST(Span, MergesTheConvolutionsItWasTrainedAs) {
    Weights weights = test::as_weights(span_state(1, 1));
    weights.add_flag("no_norm");
    const WeightTensor first = test::as_weights(span_state(1, 1)).take("conv_1.conv.0.weight");
    const Network network = assemble(std::move(weights));
    const auto& conv = std::get<Conv2d>(network.graph->nodes.at(1).op);
    Weights parts = test::as_weights(span_state(1, 1));
    const auto take = [&](const std::string& name) { return parts.take("conv_1." + name).data; };
    const auto w1 = take("conv.0.weight");
    const auto b1 = take("conv.0.bias");
    const auto w2 = take("conv.1.weight");
    const auto b2 = take("conv.1.bias");
    const auto w3 = take("conv.2.weight");
    const auto b3 = take("conv.2.bias");
    const auto bypass = take("sk.weight");
    double bias = b3[0] + take("sk.bias")[0];
    for (std::size_t i = 0; i < 3; ++i) { // of the picture's channels
        for (std::size_t place = 0; place < 9; ++place) {
            double sum = place == 4 ? bypass[i] : 0;
            for (std::size_t o = 0; o < 2; ++o) {
                for (std::size_t m = 0; m < 6; ++m) {
                    sum += double{w3[o]} * w2[(((o * 6) + m) * 9) + place] * w1[(m * 3) + i];
                }
            }
            EXPECT_NEAR(conv.weight.data[(i * 9) + place], sum, tolerance);
        }
    }
    for (std::size_t o = 0; o < 2; ++o) {
        double inner = b2[o];
        for (std::size_t m = 0; m < 6; ++m) {
            for (std::size_t place = 0; place < 9; ++place) {
                inner += double{w2[(((o * 6) + m) * 9) + place]} * b1[m];
            }
        }
        bias += w3[o] * inner;
    }
    EXPECT_NEAR(conv.bias.at(0), bias, tolerance);
}

TEST(Span, RefusesPartsThatDoNotFit) {
    StateDict state = span_state(2, 2);
    for (test::NamedTensor& entry : state) {
        if (entry.name == "conv_1.conv.1.weight") {
            entry.tensor = {{4, 5, 3, 3}, std::vector<float>(180)};
        }
    }
    EXPECT_THAT(refusal_of_weights(test::as_weights(state), ErrorCode::bad_network), HasSubstr("conv_1"));
}

StateDict plksr_state(int channels, int scale, bool layer_norm) {
    StateDictBuilder builder;
    builder.conv("feats.0", 3, channels, 3);
    for (const char* name : {"feats.1", "feats.2"}) {
        const std::string block = name;
        const std::string norm = block + (layer_norm ? ".layer_norm" : ".norm");
        builder.conv(block + ".channel_mixer.0", channels, std::int64_t{2} * channels, 3);
        builder.conv(block + ".channel_mixer.2", std::int64_t{2} * channels, channels, 3);
        builder.conv(block + ".lk.conv", channels / 4, channels / 4, 5);
        builder.conv(block + ".attn.f.0", channels, channels, 3);
        builder.conv(block + ".refine", channels, channels, 1);
        builder.tensor(norm + ".weight", {channels});
        builder.tensor(norm + ".bias", {channels});
    }
    builder.conv("feats.4", channels, std::int64_t{3} * scale * scale, 3);
    return builder.state_dict();
}

TEST(RealPlksr, TakesItsScaleFromItsWeights) {
    for (const bool layer_norm : {false, true}) {
        const Network network = assemble(test::as_weights(plksr_state(8, 2, layer_norm)));
        EXPECT_EQ(output_shape(network, {1, 3, 6, 7}), (Shape{1, 3, 12, 14}));
    }
}

/// With what DySample has beside the body: `groups` of features, and three channels in the end.
StateDict dysample_state(std::int64_t scale, std::int64_t groups) {
    StateDict state = plksr_state(8, static_cast<int>(scale), false);
    const std::int64_t features = 3 * scale * scale;
    const std::int64_t places = 2 * groups * scale * scale;
    StateDictBuilder ending;
    ending.conv("to_img.offset", features, places, 1);
    ending.tensor("to_img.scope.weight", {places, features, 1, 1});
    ending.tensor("to_img.init_pos", {1, places, 1, 1});
    ending.conv("to_img.end_conv", features, 3, 1);
    state.insert(state.end(), ending.state_dict().begin(), ending.state_dict().end());
    return state;
}

NamedTensor& find(StateDict& state, std::string_view name) {
    return *std::find_if(state.begin(), state.end(), [&](const NamedTensor& t) { return t.name == name; });
}

TEST(RealPlksr, EndsInDySampleAsOnnx) {
    for (const auto& [scale, groups] : {std::pair(2, 4), std::pair(3, 3), std::pair(4, 4)}) {
        const Network network = assemble(test::as_weights(dysample_state(scale, groups)));
        EXPECT_FALSE(network.graph);
        EXPECT_THAT(network.graph_problem, HasSubstr("DySample"));
        EXPECT_EQ(network.spec.scale, scale);
        EXPECT_EQ(network.spec.channels, 3);
        EXPECT_FALSE(network.spec.receptive_field_px);
        const Network again = read_onnx(network.onnx);
        EXPECT_THAT(again.graph_problem, HasSubstr("the operator Shape"))
            << "and nothing else is wrong with it";
    }
}

TEST(RealPlksr, RefusesADySampleThatDoesNotFit) {
    const auto refuse = [](const StateDict& state) {
        return refusal_of_weights(test::as_weights(state), ErrorCode::bad_network);
    };
    StateDict start = dysample_state(2, 4);
    find(start, "to_img.init_pos").tensor = {{1, 31, 1, 1}, std::vector<float>(31)};
    EXPECT_THAT(refuse(start), HasSubstr("31 numbers instead of 32"));
    StateDict scope = dysample_state(2, 4);
    find(scope, "to_img.scope.weight").tensor = {{31, 12, 1, 1}, std::vector<float>(372)};
    (void)refuse(scope);
    StateDict grey = dysample_state(2, 4);
    find(grey, "to_img.end_conv.weight").tensor = {{1, 12, 1, 1}, std::vector<float>(12)};
    find(grey, "to_img.end_conv.bias").tensor = {{1}, std::vector<float>(1)};
    EXPECT_THAT(refuse(grey), HasSubstr("1 channels of 3"));
    StateDict end = dysample_state(2, 4);
    find(end, "to_img.end_conv.weight").tensor = {{3, 11, 1, 1}, std::vector<float>(33)};
    EXPECT_THAT(refuse(end), HasSubstr("does not fit the pixels"));
    EXPECT_THAT(refuse(dysample_state(2, 5)), HasSubstr("does not fit the pixels"))
        << "12 features in 5 groups";
    StateDict no_end = dysample_state(2, 4);
    no_end.resize(no_end.size() - 2);
    EXPECT_THAT(refuse(no_end), HasSubstr("12 channels of 3"));
}

TEST(RealPlksr, RefusesNormsThatDoNotFit) {
    EXPECT_THAT(
        refusal_of_weights(test::as_weights(plksr_state(6, 2, false)), ErrorCode::bad_network),
        HasSubstr("4 groups"));
    StateDict state = plksr_state(8, 2, false);
    for (test::NamedTensor& entry : state) {
        if (entry.name == "feats.1.refine.weight") {
            entry.tensor = {{8, 4, 1, 1}, std::vector<float>(32)};
        }
    }
    EXPECT_THAT(
        refusal_of_weights(test::as_weights(state), ErrorCode::bad_network), HasSubstr("feats.1.refine"));
}

void add_unet_conv(
    StateDictBuilder& builder, const std::string& name, std::array<int, 3> widths, bool squeezes) {
    builder.conv(name + ".conv.0", widths[0], widths[1], 3);
    builder.conv(name + ".conv.2", widths[1], widths[2], 3);
    if (squeezes) {
        builder.conv(name + ".seblock.conv1", widths[2], 1, 1);
        builder.conv(name + ".seblock.conv2", 1, widths[2], 1);
    }
}

void add_bottom(StateDictBuilder& builder, const std::string& name, int in, int out, int kernel) {
    if (kernel == 3) {
        builder.conv(name, in, out, kernel);
    } else {
        builder.transposed_conv(name, in, out, kernel);
    }
}

/// Two channels everywhere. `out` of the networks' results, `kernel` of the first one's last convolution.
StateDictBuilder unets(int in, int out, int kernel) {
    StateDictBuilder builder;
    add_unet_conv(builder, "unet1.conv1", {in, 2, 2}, false);
    add_unet_conv(builder, "unet1.conv2", {2, 2, 2}, true);
    add_unet_conv(builder, "unet2.conv1", {out, 2, 2}, false);
    for (const char* name : {"unet2.conv2", "unet2.conv3", "unet2.conv4"}) {
        add_unet_conv(builder, name, {2, 2, 2}, true);
    }
    for (const char* name : {"unet1.conv1_down", "unet2.conv1_down", "unet2.conv2_down"}) {
        builder.conv(name, 2, 2, 2);
    }
    for (const char* name : {"unet1.conv2_up", "unet2.conv3_up", "unet2.conv4_up"}) {
        builder.transposed_conv(name, 2, 2, 2);
    }
    builder.conv("unet1.conv3", 2, 2, 3);
    builder.conv("unet2.conv5", 2, 2, 3);
    add_bottom(builder, "unet1.conv_bottom", 2, out, kernel);
    add_bottom(builder, "unet2.conv_bottom", 2, out, 3);
    return builder;
}

struct UpCunetCase {
    const char* what;
    int in;
    int out;
    int kernel;
    bool final_conv;
    int scale;
    int border;
};

void PrintTo(const UpCunetCase& network, std::ostream* out) {
    *out << network.what;
}

class UpCunet : public testing::TestWithParam<UpCunetCase> {};

TEST_P(UpCunet, ConsumesItsBorderAndEnlarges) {
    const UpCunetCase& kind = GetParam();
    StateDictBuilder builder = unets(kind.in, kind.out, kind.kernel);
    if (kind.final_conv) {
        builder.conv("conv_final", kind.out, 12, 3);
    }
    const Network network = assemble(test::as_weights(builder.state_dict()));
    const auto result = [&](std::int64_t side) {
        return (side - (std::int64_t{2} * kind.border)) * kind.scale;
    };
    EXPECT_EQ(network.spec.border_px, kind.border);
    EXPECT_EQ(network.spec.scale, kind.scale);
    EXPECT_EQ(network.spec.border_fill, kind.kernel == 3 ? BorderFill::repeat : BorderFill::mirror);
    EXPECT_EQ(output_shape(network, {1, 3, 112, 128}), (Shape{1, 3, result(112), result(128)}));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, UpCunet,
    testing::Values(
        UpCunetCase{"UpCunet2x", 3, 3, 4, false, 2, 18}, UpCunetCase{"UpCunet3x", 3, 3, 5, false, 3, 14},
        UpCunetCase{"UpCunet4x", 3, 4, 4, true, 4, 19}, UpCunetCase{"UpCunet2x_fast", 12, 4, 4, true, 2, 38},
        UpCunetCase{"CUNet", 3, 3, 3, false, 1, 28}));

int count_clips(const Network& network) {
    const auto& nodes = network.graph->nodes;
    return static_cast<int>(std::count_if(
        nodes.begin(), nodes.end(), [](const Node& node) { return std::holds_alternative<Clip>(node.op); }));
}

TEST(UpCunetKinds, ClipWhereWaifu2xDoes) {
    const auto clips = [](int kernel, const char* name, const char* no_clip) {
        Weights weights = test::as_weights(unets(3, 3, kernel).state_dict());
        weights.set_note("name", name);
        weights.set_note("no_clip", no_clip);
        return count_clips(assemble(std::move(weights)));
    };
    EXPECT_EQ(clips(4, "", ""), 0) << "Real-CUGAN";
    EXPECT_EQ(clips(3, "", ""), 2) << "CUNet";
    EXPECT_EQ(clips(4, "waifu2x.upcunet", "false"), 2);
    EXPECT_EQ(clips(4, "waifu2x.upcunet", "true"), 0);
}

TEST(UpCunetKinds, MoveTheRangeOfPro) {
    Weights weights = test::as_weights(unets(3, 3, 4).state_dict());
    weights.add_flag("pro");
    const Network network = assemble(std::move(weights));
    const auto& first = std::get<Affine>(network.graph->nodes.at(1).op);
    EXPECT_FLOAT_EQ(first.scale[0], 0.7F);
    EXPECT_FLOAT_EQ(first.offset[0], 0.15F);
    const auto& last = std::get<Affine>(network.graph->nodes.back().op);
    EXPECT_FLOAT_EQ(last.scale[0], 1 / 0.7F);
    EXPECT_FLOAT_EQ(last.offset[0], -0.15F / 0.7F);
}

TEST(UpConv7, ConsumesSevenPixels) {
    for (const char* prefix : {"net.", "Sequential."}) {
        for (const bool doubles : {true, false}) {
            StateDictBuilder builder;
            for (int i = 0; i < 12; i += 2) {
                builder.conv(prefix + std::to_string(i), i == 0 ? 3 : 2, 2, 3);
            }
            add_bottom(builder, prefix + std::to_string(12), 2, 3, doubles ? 4 : 3);
            const Network network = assemble(test::as_weights(builder.state_dict()));
            const std::int64_t scale = doubles ? 2 : 1;
            EXPECT_EQ(output_shape(network, {1, 3, 20, 30}), (Shape{1, 3, 6 * scale, 16 * scale}));
        }
    }
}

TEST(Architectures, SayWhatTheySawWhereTheyKnowNoNetwork) {
    Weights weights;
    for (const char* name : {"encoder.weight", "decoder.weight", "head\x1b[31m.bias"}) {
        weights.add(name, {{1}, {1}});
    }
    const std::string message = refusal_of_weights(std::move(weights), ErrorCode::unsupported);
    EXPECT_THAT(message, HasSubstr("ESRGAN"));
    EXPECT_THAT(message, HasSubstr("decoder.weight, encoder.weight, head?[31m.bias"));
    EXPECT_THAT(refusal_of_weights({}, ErrorCode::unsupported), HasSubstr("no weights"));
    const auto many = test::as_weights(test::compact_state(3, 2, 8, 2));
    EXPECT_THAT(many.some_names(2), HasSubstr("and 27 more"));
}

TEST(Architectures, TolerateWeightsThatTheyDoNotUse) {
    StateDict state = test::compact_state(3, 4, 1, 2);
    state.push_back({"discriminator.weight", {{2}, {1, 2}}});
    EXPECT_EQ(output_shape(assemble(test::as_weights(state)), {1, 3, 8, 8}), (Shape{1, 3, 16, 16}));
}

} // namespace
} // namespace kizuna
