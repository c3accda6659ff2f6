#include "graph/graph.hpp"
#include "graph/network.hpp"
#include "graph/pools.hpp"
#include "graph/reference.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

// Makes a network of arbitrary operators from bytes, as a hostile file might, and asks everything of it that
// can be computed without an engine.
namespace {

using namespace kizuna;

// Reads numbers; zeros after the end.
class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size)
        : data_(data)
        , size_(size) {}

    [[nodiscard]] bool empty() const { return size_ == 0; }

    std::uint8_t byte() {
        if (size_ == 0) {
            return 0;
        }
        --size_;
        return *data_++;
    }

    // Mostly small; 0xFF announces any 32 bits.
    int number() {
        const std::uint8_t first = byte();
        return first == 0xFF ? static_cast<int>(raw()) : first >= 0xF0 ? first - 0x100 : first;
    }

    float real() {
        const std::uint32_t bits = raw();
        float value = 0;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }

    // An enumerator, or one past the last.
    template <typename Enum>
    Enum choice(int count) {
        return static_cast<Enum>(byte() % (count + 1));
    }

  private:
    std::uint32_t raw() {
        std::uint32_t bits = 0;
        for (int i = 0; i < 4; ++i) {
            bits = (bits << 8U) | byte();
        }
        return bits;
    }

    const std::uint8_t* data_;
    std::size_t size_;
};

constexpr std::size_t most_weights = 4096;

std::vector<float> numbers(Bytes& in, std::int64_t count) {
    const auto bounded = static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, most_weights));
    return std::vector<float>(bounded, static_cast<float>(in.byte()) / 64);
}

// As many numbers as the shape says, unless that is much.
Tensor tensor(Bytes& in) {
    const Shape shape{in.number(), in.number(), in.number(), in.number()};
    std::int64_t count = 1;
    for (const std::int64_t side : {shape.n, shape.c, shape.h, shape.w}) {
        count *= std::clamp<std::int64_t>(side, 0, most_weights);
    }
    return {shape, numbers(in, count)};
}

Sides sides(Bytes& in) {
    return {in.number(), in.number(), in.number(), in.number()};
}

Conv2d convolution(Bytes& in) {
    Conv2d op;
    op.weight = tensor(in);
    op.bias = numbers(in, in.number());
    op.stride = {in.number(), in.number()};
    op.dilation = {in.number(), in.number()};
    op.padding = sides(in);
    op.groups = in.number();
    return op;
}

ConvTranspose2d transposed_convolution(Bytes& in) {
    Conv2d op = convolution(in);
    return {std::move(op.weight), std::move(op.bias),         op.stride, op.dilation,
            op.padding,           {in.number(), in.number()}, op.groups};
}

Resize resize(Bytes& in) {
    Resize op;
    op.mode = in.choice<Resize::Mode>(3);
    op.coordinates = in.choice<Resize::Coordinates>(3);
    op.rounding = in.choice<Resize::Rounding>(4);
    op.scale_h = in.byte() == 0 ? in.real() : in.number() / 4.0;
    op.scale_w = in.byte() == 0 ? in.real() : in.number() / 4.0;
    op.cubic_a = in.real();
    return op;
}

Operator make_operator(Bytes& in) {
    switch (in.byte() % 19) {
    case 0:
        return Input{in.number()};
    case 1:
        return Constant{tensor(in)};
    case 2:
        return convolution(in);
    case 3:
        return transposed_convolution(in);
    case 4:
        return PRelu{numbers(in, in.number())};
    case 5:
        return Sigmoid{};
    case 6:
        return Tanh{};
    case 7:
        return Clip{in.real(), in.real()};
    case 8:
        return Affine{numbers(in, in.number()), numbers(in, in.number())};
    case 9:
        return Binary{in.choice<Binary::Kind>(6)};
    case 10:
        return Concat{};
    case 11:
        return SliceChannels{in.number(), in.number()};
    case 12:
        return Crop{sides(in)};
    case 13:
        return Pad{in.choice<Pad::Mode>(3), sides(in), in.real()};
    case 14:
        return PixelShuffle{in.choice<PixelShuffle::Order>(2), in.number()};
    case 15:
        return PixelUnshuffle{in.choice<PixelShuffle::Order>(2), in.number()};
    case 16:
        return resize(in);
    case 17:
        return GlobalAveragePool{};
    default:
        return Sqrt{};
    }
}

std::vector<int> inputs(Bytes& in, const Operator& op, int index) {
    std::size_t count = std::holds_alternative<Binary>(op) || std::holds_alternative<Concat>(op) ? 2 : 1;
    if (std::holds_alternative<Constant>(op) || std::holds_alternative<Input>(op)) {
        count = 0;
    }
    std::vector<int> result;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t back = in.byte(); // 0 = the node before, 0xFF = nonsense
        result.push_back(back == 0xFF ? in.number() : index - 1 - (back % std::max(index, 1)));
    }
    return result;
}

Graph make_graph(Bytes& in) {
    constexpr std::size_t most_nodes = 24;
    Graph graph;
    graph.nodes.push_back({"input", Input{in.number()}, {}});
    while (!in.empty() && graph.nodes.size() < most_nodes) {
        const auto index = static_cast<int>(graph.nodes.size());
        Operator op = make_operator(in);
        std::vector<int> values = inputs(in, op, index);
        graph.nodes.push_back(
            {std::string(1, static_cast<char>(in.byte())), std::move(op), std::move(values)});
    }
    graph.output = static_cast<int>(graph.nodes.size()) - 1;
    return graph;
}

// Multiplications that running it takes, roughly.
double cost(const Graph& graph, const std::vector<Shape>& shapes) {
    double sum = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        double taps = 16;
        if (const auto* conv = std::get_if<Conv2d>(&graph.nodes[i].op)) {
            taps += static_cast<double>(conv->weight.data.size());
        } else if (const auto* transpose = std::get_if<ConvTranspose2d>(&graph.nodes[i].op)) {
            taps += static_cast<double>(transpose->weight.data.size());
        }
        sum += static_cast<double>(element_count(shapes[i])) * taps;
    }
    return sum;
}

// What the network is cut into at its global pools.
void try_stages(const Graph& graph, const Shape& input) {
    const auto pools = find_pools(graph, 1);
    for (std::size_t pool = 0; pools && pool <= pools->size(); ++pool) {
        for (const StageStart start : {StageStart::picture, StageStart::pooled}) {
            const Stage stage = stage_before(graph, *pools, pool, start);
            validate(stage.graph);
            (void)infer_shapes(stage.graph, input);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr double affordable = 1e6;
    Bytes in(data, size);
    try {
        const Graph graph = make_graph(in);
        validate(graph);
        const Shape input{1, std::get<Input>(graph.nodes[0].op).channels, 12, 10};
        const std::vector<Shape> shapes = infer_shapes(graph, input);
        (void)peak_activation_bytes(graph, input);
        (void)receptive_field(graph);
        try_stages(graph, input);
        if (cost(graph, shapes) < affordable) {
            const Tensor zeros{input, std::vector<float>(element_count(input))};
            (void)run_reference(graph, zeros);
        }
    } catch (const Error&) { // refusing is a fine answer
    }
    return 0;
}
