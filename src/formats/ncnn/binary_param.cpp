#include "formats/ncnn/param.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

// The binary `.param`: the numbers of the text as little-endian 32-bit integers, layers by their place in
// ncnn's list of types, blobs by number.
namespace kizuna::ncnn {

namespace {

constexpr std::int32_t magic_number = 7767517;
constexpr std::int32_t end_of_params = -233;
/// −23303 is parameter 3 as an array; from −23400 on they are texts, which no layer that is known has.
constexpr std::int32_t text_id_base = -23400;

/// ncnn's types of layers, by number.
constexpr std::array<std::string_view, 99> layer_types{
    "AbsVal",
    "ArgMax",
    "BatchNorm",
    "Bias",
    "BNLL",
    "Concat",
    "Convolution",
    "Crop",
    "Deconvolution",
    "Dropout",
    "Eltwise",
    "ELU",
    "Embed",
    "Exp",
    "Flatten",
    "InnerProduct",
    "Input",
    "Log",
    "LRN",
    "MemoryData",
    "MVN",
    "Pooling",
    "Power",
    "PReLU",
    "Proposal",
    "Reduction",
    "ReLU",
    "Reshape",
    "ROIPooling",
    "Scale",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "SPP",
    "TanH",
    "Threshold",
    "Tile",
    "RNN",
    "LSTM",
    "BinaryOp",
    "UnaryOp",
    "ConvolutionDepthWise",
    "Padding",
    "Squeeze",
    "ExpandDims",
    "Normalize",
    "Permute",
    "PriorBox",
    "DetectionOutput",
    "Interp",
    "DeconvolutionDepthWise",
    "ShuffleChannel",
    "InstanceNorm",
    "Clip",
    "Reorg",
    "YoloDetectionOutput",
    "Quantize",
    "Dequantize",
    "Yolov3DetectionOutput",
    "PSROIPooling",
    "ROIAlign",
    "Packing",
    "Requantize",
    "Cast",
    "HardSigmoid",
    "SELU",
    "HardSwish",
    "Noop",
    "PixelShuffle",
    "DeepCopy",
    "Mish",
    "StatisticsPooling",
    "Swish",
    "Gemm",
    "GroupNorm",
    "LayerNorm",
    "Softplus",
    "GRU",
    "MultiHeadAttention",
    "GELU",
    "Convolution1D",
    "Pooling1D",
    "ConvolutionDepthWise1D",
    "Convolution3D",
    "ConvolutionDepthWise3D",
    "Pooling3D",
    "MatMul",
    "Deconvolution1D",
    "DeconvolutionDepthWise1D",
    "Deconvolution3D",
    "DeconvolutionDepthWise3D",
    "Einsum",
    "DeformableConv2D",
    "GLU",
    "Fold",
    "Unfold",
    "GridSample",
    "CumulativeSum"};

class Numbers {
  public:
    explicit Numbers(std::string_view file)
        : rest_(file) {}

    std::int32_t next() {
        static_assert(std::endian::native == std::endian::little, "as the file");
        std::int32_t number = 0;
        if (rest_.size() < sizeof number) {
            throw Error(ErrorCode::corrupt, "the binary ncnn .param is cut off");
        }
        std::memcpy(&number, rest_.data(), sizeof number);
        rest_.remove_prefix(sizeof number);
        return number;
    }

    /// A count of things of at least `numbers` numbers each: more than the rest of the file has cannot be.
    std::size_t count(std::size_t numbers, std::string_view what) {
        const std::int32_t found = next();
        if (found < 0 || std::cmp_greater(found, rest_.size() / sizeof found / numbers)) {
            throw Error(
                ErrorCode::corrupt,
                fmt::format("the binary ncnn .param claims to have {} {}, and ends before", found, what));
        }
        return static_cast<std::size_t>(found);
    }

    [[nodiscard]] std::size_t bytes_left() const { return rest_.size(); }

  private:
    std::string_view rest_;
};

std::string type_name(std::int32_t number) {
    return number >= 0 && std::cmp_less(number, layer_types.size())
               ? std::string(layer_types[static_cast<std::size_t>(number)])
               : fmt::format("type {}", number);
}

std::vector<std::string> read_blobs(Numbers& numbers, std::size_t count) {
    std::vector<std::string> blobs(count);
    for (std::string& blob : blobs) {
        blob = std::to_string(numbers.next());
    }
    return blobs;
}

ParamValues read_array(Numbers& numbers) {
    ParamValues values(numbers.count(1, "elements of an array"));
    for (double& value : values) {
        value = numbers.next();
    }
    return values;
}

void read_params(Numbers& numbers, Layer& layer) {
    for (std::int32_t id = numbers.next(); id != end_of_params; id = numbers.next()) {
        if (id <= text_id_base) {
            layer.fail(ErrorCode::unsupported, "it has a text among its parameters");
        }
        if (id <= array_id_base) {
            layer.params[array_id_base - id] = read_array(numbers);
        } else {
            layer.params[id] = {static_cast<double>(numbers.next())};
        }
    }
}

Layer read_layer(Numbers& numbers, std::size_t index) {
    Layer layer;
    layer.params_are_bits = true;
    layer.type = type_name(numbers.next());
    layer.name = std::to_string(index);
    const std::size_t inputs = numbers.count(1, "inputs of a layer");
    const std::size_t outputs = numbers.count(1, "outputs of a layer");
    layer.inputs = read_blobs(numbers, inputs);
    layer.outputs = read_blobs(numbers, outputs);
    read_params(numbers, layer);
    return layer;
}

} // namespace

bool is_binary_param(std::string_view file) {
    return file.size() >= sizeof magic_number && Numbers(file).next() == magic_number;
}

std::vector<Layer> parse_binary_param(std::string_view file) {
    constexpr std::size_t least_numbers = 4; // type, two counts, the end of the parameters
    Numbers numbers(file);
    (void)numbers.next(); // magic_number
    const std::int32_t layer_count = numbers.next();
    (void)numbers.next(); // of blobs: each layer names its own
    if (layer_count > max_layers) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "the ncnn .param has {} layers; {} is the most that is read", layer_count, max_layers));
    }
    if (layer_count < 0 ||
        std::cmp_greater(layer_count, numbers.bytes_left() / sizeof magic_number / least_numbers)) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("the binary ncnn .param claims to have {} layers, and ends before", layer_count));
    }
    std::vector<Layer> layers;
    for (std::size_t index = 0; std::cmp_less(index, layer_count); ++index) {
        layers.push_back(read_layer(numbers, index));
    }
    if (numbers.bytes_left() != 0) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("there are {} bytes behind the last layer of the ncnn .param", numbers.bytes_left()));
    }
    return layers;
}

} // namespace kizuna::ncnn
