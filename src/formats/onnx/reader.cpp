#include "formats/onnx/external_data.hpp"
#include "formats/onnx/graph_reader.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/onnx/serialize.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

namespace kizuna {

namespace {

using onnx_format::PictureInput;

[[noreturn]] void fail_not_onnx() {
    throw Error(ErrorCode::corrupt, "this is not an ONNX file, or it is damaged or cut off");
}

onnx::ModelProto parse_model(std::span<const std::byte> bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw Error(ErrorCode::limit_exceeded, "an ONNX file of more than 2 GiB cannot be read");
    }
    const int size = static_cast<int>(bytes.size());
    google::protobuf::io::CodedInputStream stream(
        static_cast<const std::uint8_t*>(static_cast<const void*>(bytes.data())), size);
    stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
    onnx::ModelProto model;
    const bool parsed = model.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
    // Any bytes may look like a message without known fields: ask for what every network has.
    if (!parsed || !model.has_graph() || model.graph().output_size() == 0) {
        fail_not_onnx();
    }
    return model;
}

std::int64_t opset_of(const onnx::ModelProto& model) {
    for (const auto& opset : model.opset_import()) {
        if (opset.domain().empty() || opset.domain() == "ai.onnx") {
            return opset.version();
        }
    }
    return 1; // as the format says
}

/// Batch, channels, height, width as the file has them; 0 = free.
struct Dims {
    std::array<std::int64_t, 4> lengths{};

    [[nodiscard]] std::int64_t channels() const { return lengths[1]; }

    [[nodiscard]] std::int64_t height() const { return lengths[2]; }

    [[nodiscard]] std::int64_t width() const { return lengths[3]; }
};

Dims read_dims(const onnx::ValueInfoProto& info, std::string_view what) {
    const auto fail = [&](std::string_view problem) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the ONNX network's {} \"{}\" {}; a picture is batch × channels × height × width of floats",
                what, info.name(), problem));
    };
    if (!info.type().has_tensor_type()) {
        fail("is no tensor");
    }
    const auto& tensor = info.type().tensor_type();
    if (tensor.elem_type() != onnx::TensorProto::FLOAT && tensor.elem_type() != onnx::TensorProto::FLOAT16) {
        fail("does not hold floats");
    }
    Dims dims;
    if (!tensor.has_shape()) {
        return dims;
    }
    if (tensor.shape().dim_size() != static_cast<int>(dims.lengths.size())) {
        fail(fmt::format("has {} dimensions", tensor.shape().dim_size()));
    }
    for (int i = 0; i < tensor.shape().dim_size(); ++i) {
        const auto& dim = tensor.shape().dim(i);
        // Exporters write −1 or 0 for a free length too.
        dims.lengths[static_cast<std::size_t>(i)] =
            dim.has_dim_value() ? std::max<std::int64_t>(dim.dim_value(), 0) : 0;
    }
    if (dims.channels() != 0 && dims.channels() != 1 && dims.channels() != 3) {
        fail(fmt::format("has {} channels instead of 1 (grey) or 3 (RGB)", dims.channels()));
    }
    return dims;
}

/// The one input that is not a constant with a default.
const onnx::ValueInfoProto& find_input(const onnx::GraphProto& graph) {
    std::unordered_set<std::string> initialised;
    for (const auto& tensor : graph.initializer()) {
        initialised.insert(tensor.name());
    }
    const onnx::ValueInfoProto* found = nullptr;
    for (const auto& input : graph.input()) {
        if (initialised.contains(input.name())) {
            continue;
        }
        if (found != nullptr) {
            throw Error(
                ErrorCode::unsupported, fmt::format(
                                            "the ONNX network has several inputs (\"{}\", \"{}\"); one "
                                            "picture is what it can be given",
                                            found->name(), input.name()));
        }
        found = &input;
    }
    if (found == nullptr) {
        throw Error(ErrorCode::unsupported, "the ONNX network has no input that a picture could be given to");
    }
    return *found;
}

const onnx::ValueInfoProto& find_output(const onnx::GraphProto& graph) {
    if (graph.output_size() != 1) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the ONNX network has {} outputs; a network that upscales pictures has one",
                graph.output_size()));
    }
    return graph.output(0);
}

PictureInput describe_input(const std::string& name, const Dims& dims) {
    constexpr std::int64_t max_length = 1 << 20;
    if (dims.lengths[0] > 1) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the ONNX network takes {} pictures at once, and no other number", dims.lengths[0]));
    }
    if ((dims.height() == 0) != (dims.width() == 0)) {
        throw Error(
            ErrorCode::unsupported,
            "the ONNX network's input has one fixed side; both or none is what is supported");
    }
    if (dims.height() > max_length || dims.width() > max_length) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("the ONNX network's input is {} × {} pixels", dims.width(), dims.height()));
    }
    PictureInput input{name, static_cast<int>(dims.channels()), std::nullopt};
    if (dims.height() != 0) {
        input.fixed = {static_cast<int>(dims.width()), static_cast<int>(dims.height())};
    }
    return input;
}

/// The scale that the lengths in the file tell, where they are fixed; else 0.
int static_scale(const Dims& in, const Dims& out) {
    constexpr std::int64_t max_scale = 64;
    if (in.height() == 0 || out.height() == 0 || out.width() == 0) {
        return 0;
    }
    const std::int64_t scale = out.height() / in.height();
    const bool whole =
        scale <= max_scale && out.height() == scale * in.height() && out.width() == scale * in.width();
    return whole ? static_cast<int>(scale) : 0;
}

/// A graph that does not upscale pictures of every size may still be right for the one size that the file
/// allows.
bool fits_fixed_size(const Graph& graph, const ModelSpec& spec, const Dims& out) {
    if (!spec.fixed_input || spec.scale == 0) {
        return false;
    }
    const int channels = std::get<Input>(graph.nodes[0].op).channels;
    const Shape input{1, channels, spec.fixed_input->height, spec.fixed_input->width};
    const Shape found = infer_shapes(graph, input)[graph.output];
    return found == Shape{1, channels, out.height(), out.width()};
}

void describe_graph(const Graph& graph, ModelSpec& spec, const Dims& out) {
    try {
        describe(graph, spec);
    } catch (const Error&) {
        if (!fits_fixed_size(graph, spec, out)) {
            throw;
        }
        spec.channels = std::get<Input>(graph.nodes[0].op).channels;
    }
}

/// What keeps a network from being a Graph is no fault of the file: ONNX Runtime may still run it.
bool is_graph_problem(const Error& error) {
    return error.code() == ErrorCode::unsupported || error.code() == ErrorCode::bad_network ||
           error.code() == ErrorCode::limit_exceeded;
}

} // namespace

Network read_onnx(std::span<const std::byte> bytes, const std::filesystem::path& folder) {
    onnx::ModelProto model = parse_model(bytes);
    const bool has_other_files = onnx_format::embed_external_data(model, folder);
    onnx_format::check_structure(model.graph());
    const auto& input_info = find_input(model.graph());
    const Dims in = read_dims(input_info, "input");
    const Dims out = read_dims(find_output(model.graph()), "output");
    const PictureInput input = describe_input(input_info.name(), in);

    Network network;
    network.spec.channels = static_cast<int>(in.channels() != 0 ? in.channels() : out.channels());
    network.spec.fixed_input = input.fixed;
    network.spec.scale = static_scale(in, out);
    if (in.channels() != 0 && out.channels() != 0 && in.channels() != out.channels()) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the ONNX network makes {} channels of {}", out.channels(), in.channels()));
    }
    try {
        Graph graph = onnx_format::read_graph(model.graph(), input, opset_of(model));
        describe_graph(graph, network.spec, out);
        network.graph = std::move(graph);
    } catch (const Error& error) {
        if (!is_graph_problem(error)) {
            throw;
        }
        network.graph_problem = error.what();
    }
    if (has_other_files) {
        network.onnx = onnx_format::serialize(model);
    } else {
        network.onnx.assign(bytes.begin(), bytes.end());
    }
    return network;
}

} // namespace kizuna
