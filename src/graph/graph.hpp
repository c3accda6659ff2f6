#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// One network as data: its operators, weights, and how they are joined. Readers in formats/ make it, engines
// run it or write it as ONNX. Here live the operators, what can be computed from them (shapes, receptive
// field, memory), and a naive reference of each. No files, no devices, no pictures.
namespace kizuna {

/// Batch, channels, height, width: every value in a Graph has these four.
struct Shape {
    std::int64_t n = 1;
    std::int64_t c = 0;
    std::int64_t h = 0;
    std::int64_t w = 0;

    friend bool operator==(const Shape&, const Shape&) = default;
};

/// "1x3x64x48".
[[nodiscard]] std::string to_string(const Shape& shape);

/// n·c·h·w with overflow and negative sides checked. Throws Error{limit_exceeded}.
[[nodiscard]] std::size_t element_count(const Shape& shape);

/// Planar float32 (NCHW), row-major, packed.
struct Tensor {
    Shape shape;
    std::vector<float> data;
};

/// Pixels added (or, for Crop, removed) on each side.
struct Sides {
    int top = 0;
    int left = 0;
    int bottom = 0;
    int right = 0;

    friend bool operator==(const Sides&, const Sides&) = default;
};

// The operators. Each takes the values named in Node::inputs and gives one value.

/// The picture; node 0 of every Graph.
struct Input {
    int channels = 3;
};

/// How the side of a value follows from that of the picture: `positions` for each multiple of the alignment
/// that the picture's side is, less `lost`.
struct Growth {
    std::int64_t alignment = 1;
    std::int64_t positions = 1;
    std::int64_t lost = 0; ///< to convolutions that consume their border; below 0 where there is more

    /// `side` is a multiple of the alignment.
    [[nodiscard]] std::int64_t of(std::int64_t side) const { return side / alignment * positions - lost; }
};

/// Always one position.
inline constexpr Growth one_position{1, 0, -1};

/// A value that is given along with each picture, such as the means of a larger picture that this one is a
/// part of. A Graph may have any number of these; they are given in their order. No file has them:
/// stage_before makes them.
struct Given {
    int channels = 1;
    Growth growth = one_position; ///< of both sides
};

/// A value that does not depend on the input. Broadcasts like any value.
struct Constant {
    Tensor value;
};

/// Cross-correlation, zero padding.
struct Conv2d {
    Tensor weight;           ///< out × (in / groups) × kernel height × kernel width
    std::vector<float> bias; ///< out, or empty
    std::array<int, 2> stride{1, 1};
    std::array<int, 2> dilation{1, 1};
    Sides padding;
    int groups = 1;
};

/// Transposed convolution; `padding` is cut from the full result, `output_padding` {h, w} is added at bottom,
/// right.
struct ConvTranspose2d {
    Tensor weight; ///< in × (out / groups) × kernel height × kernel width
    std::vector<float> bias;
    std::array<int, 2> stride{1, 1};
    std::array<int, 2> dilation{1, 1};
    Sides padding;
    std::array<int, 2> output_padding{0, 0};
    int groups = 1;
};

/// x < 0 ? slope·x : x, slope per channel or one for all (size 1). Relu is slope 0, leaky ReLU a single
/// slope.
struct PRelu {
    std::vector<float> slope;
};

struct Sigmoid {};

struct Tanh {};

/// Not a number below zero.
struct Sqrt {};

struct Clip {
    float low = 0;
    float high = 1;
};

/// x·scale + offset, each per channel or one for all (size 1). Batch norm folds into it.
struct Affine {
    std::vector<float> scale{1};
    std::vector<float> offset{0};
};

/// Two inputs, sides of length 1 broadcast.
struct Binary {
    enum class Kind : std::uint8_t { add, sub, mul, div, max, min } kind = Kind::add;
};

/// Joins two or more inputs along the channels.
struct Concat {};

/// Channels [begin, end).
struct SliceChannels {
    int begin = 0;
    int end = 0;
};

struct Crop {
    Sides sides;
};

struct Pad {
    enum class Mode : std::uint8_t { constant, edge, reflect } mode = Mode::constant;
    Sides sides;
    float value = 0; ///< for Mode::constant
};

/// c·r² channels → c channels, r times the height and width.
/// Order crd: input channel = c·r² + dy·r + dx (PyTorch's pixel shuffle, ONNX's CRD); dcr: (dy·r + dx)·c_out
/// + c.
struct PixelShuffle {
    enum class Order : std::uint8_t { crd, dcr } order = Order::crd;
    int factor = 2;
};

/// The inverse: space to depth. Height and width must be multiples of `factor`.
struct PixelUnshuffle {
    PixelShuffle::Order order = PixelShuffle::Order::crd;
    int factor = 2;
};

/// Resampling without antialiasing, by fixed factors: output side = floor(side · factor).
/// Where an output pixel x lies in the input: half_pixel: (x + 0.5) / factor − 0.5; asymmetric: x / factor;
/// align_corners: x · (in − 1) / (out − 1). Outside pixels repeat the edge.
struct Resize {
    enum class Mode : std::uint8_t { nearest, bilinear, bicubic } mode = Mode::nearest;
    enum class Coordinates : std::uint8_t {
        half_pixel,
        asymmetric,
        align_corners
    } coordinates = Coordinates::half_pixel;
    /// For Mode::nearest: how the position becomes an index.
    enum class Rounding : std::uint8_t {
        floor,
        ceil,
        round_prefer_floor,
        round_prefer_ceil
    } rounding = Rounding::floor;
    double scale_h = 1;
    double scale_w = 1;
    float cubic_a =
        -0.75F; ///< the cubic convolution coefficient of Keys (1981); −0.75 as in PyTorch, ncnn and ONNX
};

/// The mean of each channel: height and width become 1. Makes every output depend on every input.
struct GlobalAveragePool {};

using Operator = std::variant<
    Input, Constant, Conv2d, ConvTranspose2d, PRelu, Sigmoid, Tanh, Clip, Affine, Binary, Concat,
    SliceChannels, Crop, Pad, PixelShuffle, PixelUnshuffle, Resize, GlobalAveragePool, Sqrt, Given>;

/// "Conv2d", "PRelu", … for messages.
[[nodiscard]] std::string_view operator_name(const Operator& op) noexcept;

/// A node gives one value, which is known by the node's index in Graph::nodes.
struct Node {
    std::string name;
    Operator op;
    std::vector<int> inputs;
};

/// Nodes in an order in which every input comes before its use. nodes[0] is the Input, and the only one.
struct Graph {
    std::vector<Node> nodes;
    int output = 0;
};

/// The nodes that are Given, in order.
[[nodiscard]] std::vector<int> given_nodes(const Graph& graph);

/// Checks order, indices, counts of inputs, and that weights have the sizes their fields say.
/// Throws Error{bad_network} naming the node. Readers call it on what they made; everything below relies on
/// it.
void validate(const Graph& graph);

/// The shape of every node's value for an input of this shape. Throws Error{bad_network} naming the node that
/// cannot take its input (also where a side would be empty or not a multiple it must be),
/// Error{limit_exceeded} on overflow.
[[nodiscard]] std::vector<Shape> infer_shapes(const Graph& graph, const Shape& input);

/// Throws Error{internal} unless `given` has a tensor of the right shape for each Given node. `shapes` is
/// what infer_shapes gave.
void check_given(const Graph& graph, const std::vector<Shape>& shapes, std::span<const Tensor> given);

/// Largest sum of bytes of float32 values alive at once when the graph runs in order. Weights not counted.
[[nodiscard]] std::uint64_t peak_activation_bytes(const Graph& graph, const Shape& input);

} // namespace kizuna
