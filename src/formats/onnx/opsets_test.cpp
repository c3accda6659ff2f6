#include "engine/onnxruntime/engine.hpp"
#include "formats/onnx/proto_for_tests.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

// Networks as exporters write them in each version of ONNX's operators: what our reader makes of one,
// computed by the naive reference, against ONNX Runtime, which is given the file itself.
namespace kizuna {

namespace {

using test::FileMaker;

constexpr int first_opset = 9;
constexpr int newest_opset_known = 21; // to the oldest ONNX Runtime that is supported
constexpr int opsets_to_try = 40;

Engine& engine() {
    static const std::unique_ptr<Engine> instance = make_onnxruntime_engine();
    return *instance;
}

Tensor run_on_onnx_runtime(FileMaker file, const Tensor& in) {
    const std::string bytes = file.model().SerializeAsString();
    Network network;
    const auto view = std::as_bytes(std::span(bytes));
    network.onnx.assign(view.begin(), view.end());
    Tensor out;
    engine().open(network, "ort-cpu", {})->run(in, out, {});
    return out;
}

/// One input and output of three channels, and values chained from "x" on.
class Writer {
  public:
    Writer(int opset, const FileMaker::Dims& in = {1, 3, 0, 0}, const FileMaker::Dims& out = {1, 0, 0, 0})
        : opset_(opset)
        , file_(opset, in, out) {}

    [[nodiscard]] bool since(int opset) const { return opset_ >= opset; }

    FileMaker& file() { return file_; }

    /// Adds an operator behind the last value.
    onnx::NodeProto& then(const std::string& type) {
        auto& node = file_.node(type, {last_}, fresh());
        last_ = node.output(0);
        return node;
    }

    void list(onnx::NodeProto& node, const char* name, int input_since, const FileMaker::Dims& values) {
        if (since(input_since)) {
            const std::string constant = fresh();
            file_.integers(constant, values);
            node.add_input(constant);
        } else {
            FileMaker::integers(node, name, values);
        }
    }

    void number(onnx::NodeProto& node, const char* name, int input_since, float value) {
        if (since(input_since)) {
            node.add_input(scalar(value));
        } else {
            FileMaker::real(node, name, value);
        }
    }

    std::string scalar(float value) { return constant({}, {value}); }

    std::string constant(const FileMaker::Dims& dims, const std::vector<float>& values) {
        const std::string name = fresh();
        file_.constant(name, dims, values);
        return name;
    }

    [[nodiscard]] const std::string& last() const { return last_; }

    void set_last(const std::string& name) { last_ = name; }

    FileMaker finish() {
        file_.node("Identity", {last_}, "y");
        return file_;
    }

  private:
    std::string fresh() { return "v" + std::to_string(next_++); }

    int opset_;
    FileMaker file_;
    std::string last_ = "x";
    int next_ = 0;
};

/// An input that is not given, as it is written in that version.
std::string nothing(Writer& writer) {
    return writer.since(13) ? "" : writer.constant({0}, {});
}

void add_resize(Writer& writer, const char* mode, const char* coordinates) {
    const bool is_upsample = !writer.since(10);
    auto& resize = writer.then(is_upsample ? "Upsample" : "Resize");
    FileMaker::text(resize, "mode", mode);
    if (writer.since(11)) {
        resize.add_input(nothing(writer));
        FileMaker::text(resize, "coordinate_transformation_mode", coordinates);
        FileMaker::text(resize, "nearest_mode", "floor");
    }
    if (writer.since(18)) {
        FileMaker::integers(resize, "axes", {3, 2});
        resize.add_input(writer.constant({2}, {3, 2}));
    } else {
        resize.add_input(writer.constant({4}, {1, 1, 2, 3}));
    }
}

void add_pads_and_slices(Writer& writer) {
    auto& pad = writer.then("Pad");
    if (writer.since(18)) {
        writer.list(pad, "pads", 11, {2, 1, 0, 3});
        pad.add_input(writer.scalar(0.25F));
        writer.list(pad, "axes", 18, {-2, 3});
    } else {
        writer.list(pad, "pads", 11, {0, 0, 2, 1, 0, 0, 0, 3});
        writer.number(pad, "value", 11, 0.25F);
    }
    auto& reflected = writer.then("Pad");
    writer.list(reflected, "pads", 11, {0, 0, 1, 1, 0, 0, 1, 1});
    FileMaker::text(reflected, "mode", "reflect");
    auto& slice = writer.then("Slice");
    writer.list(slice, "starts", 10, {1, 0});
    writer.list(slice, "ends", 10, {2147483647, -2});
    writer.list(slice, "axes", 10, {2, 3});
}

void add_clip(Writer& writer) {
    auto& clip = writer.then("Clip");
    writer.number(clip, "min", 11, 0.125F);
    writer.number(clip, "max", 11, 0.75F);
}

/// x · the mean of x, whose dimensions are removed and brought back.
void add_gate(Writer& writer) {
    const std::string x = writer.last();
    auto& mean = writer.then("ReduceMean");
    writer.list(mean, "axes", 18, {2, 3});
    FileMaker::integer(mean, "keepdims", 1);
    writer.list(writer.then("Squeeze"), "axes", 13, {2, 3});
    writer.list(writer.then("Unsqueeze"), "axes", 13, {2, 3});
    writer.then("Mul").add_input(x);
}

/// The channels in another order.
void add_split(Writer& writer) {
    auto& split = writer.then("Split");
    FileMaker::integer(split, "axis", 1);
    writer.list(split, "split", 13, {1, 2});
    split.add_output("second");
    auto& joined = writer.file().node("Concat", {"second", split.output(0)}, "joined");
    FileMaker::integer(joined, "axis", 1);
    writer.set_last("joined");
}

FileMaker network(int opset) {
    Writer writer(opset);
    test::Random random(1);
    auto& conv = writer.then("Conv");
    conv.add_input(writer.constant({12, 3, 3, 3}, random.tensor({12, 3, 3, 3}, -0.3F, 0.3F).data));
    FileMaker::text(conv, "auto_pad", "SAME_UPPER");
    writer.then("PRelu").add_input(writer.constant({12, 1, 1}, random.tensor({1, 12, 1, 1}, 0, 1).data));
    auto& shuffle = writer.then("DepthToSpace");
    FileMaker::integer(shuffle, "blocksize", 2);
    if (writer.since(11)) {
        FileMaker::text(shuffle, "mode", "CRD");
    }
    add_gate(writer);
    add_split(writer);
    add_pads_and_slices(writer);
    writer.then("Dropout");
    add_resize(writer, "nearest", "asymmetric");
    add_resize(writer, "linear", "half_pixel");
    if (writer.since(11)) {
        add_resize(writer, "cubic", "pytorch_half_pixel");
    }
    add_clip(writer);
    return writer.finish();
}

void expect_equal(const Tensor& found, const Tensor& expected) {
    ASSERT_EQ(found.shape, expected.shape);
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
        ASSERT_NEAR(found.data[i], expected.data[i], 1e-5) << "at " << i;
    }
}

bool knows(int opset) {
    FileMaker file(opset);
    file.node("Identity", {"x"}, "y");
    try {
        (void)run_on_onnx_runtime(file, test::counting({1, 1, 2, 2}));
        return true;
    } catch (const Error&) {
        return false;
    }
}

class Opsets : public testing::Test {
  protected:
    void SetUp() override {
        if (const auto problem = engine().problem_of("ort-cpu"); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }
};

TEST_F(Opsets, AreReadAsOnnxRuntimeReadsThemFromNineToTheNewest) {
    const Tensor in = test::Random(2).tensor({1, 3, 7, 6}, 0, 1);
    int opset = first_opset;
    for (; opset < opsets_to_try && knows(opset); ++opset) {
        SCOPED_TRACE("opset " + std::to_string(opset));
        const FileMaker file = network(opset);
        expect_equal(file.run(in), run_on_onnx_runtime(file, in));
    }
    EXPECT_GT(opset, newest_opset_known);
    RecordProperty("newest", opset - 1);
}

TEST_F(Opsets, AllowASizeThatIsFixed) {
    const Tensor in = test::Random(3).tensor({1, 3, 4, 5}, 0, 1);
    for (int opset = 11; opset < opsets_to_try && knows(opset); ++opset) {
        SCOPED_TRACE("opset " + std::to_string(opset));
        Writer writer(opset, {1, 3, 4, 5}, {1, 3, 12, 10});
        auto& slice = writer.then("Slice");
        writer.list(slice, "starts", 10, {1});
        writer.list(slice, "ends", 10, {4});
        writer.list(slice, "axes", 10, {2});
        auto& resize = writer.then("Resize");
        resize.add_input(nothing(writer));
        resize.add_input(nothing(writer));
        writer.list(resize, "sizes", 11, {1, 3, 12, 10});
        FileMaker::text(resize, "mode", "linear");
        const FileMaker file = writer.finish();
        expect_equal(file.run(in), run_on_onnx_runtime(file, in));
    }
}

/// Numbers of each kind in each of the fields that may hold them.
TEST_F(Opsets, AllowWeightsOfEveryKind) {
    using onnx::TensorProto;
    for (const int type : {TensorProto::FLOAT, TensorProto::FLOAT16, TensorProto::DOUBLE}) {
        for (const bool raw : {false, true}) {
            SCOPED_TRACE(TensorProto::DataType_Name(type) + (raw ? " raw" : " in its field"));
            FileMaker file(17, {1, 3, 0, 0}, {1, 3, 0, 0});
            file.constant("w", {3, 1, 1}, {0.5F, -1.5F, 0x1p-20F}, type, raw);
            FileMaker::integer(file.node("Cast", {"w"}, "f"), "to", TensorProto::FLOAT);
            file.node("Mul", {"x", "f"}, "y");
            const Tensor in = test::counting({1, 3, 2, 2});
            expect_equal(file.run(in), run_on_onnx_runtime(file, in));
        }
    }
}

} // namespace

} // namespace kizuna
