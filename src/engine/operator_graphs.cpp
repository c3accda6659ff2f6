#include "engine/operator_graphs.hpp"

namespace kizuna::test {

namespace {

std::vector<float> values(Random& random, int count, float low, float high) {
    return random.tensor({1, count, 1, 1}, low, high).data;
}

Sides sides(Random& random, int most) {
    return {
        random.between(0, most), random.between(0, most), random.between(0, most), random.between(0, most)};
}

/// One value for all channels, or one for each.
int parameter_count(Random& random, int channels) {
    return random.coin() ? channels : 1;
}

Graph conv2d(Random& random) {
    Conv2d op;
    op.groups = random.between(1, 3);
    const int in = op.groups * random.between(1, 4);
    const int out = op.groups * random.between(1, 4);
    op.weight = random.tensor({out, in / op.groups, random.between(1, 5), random.between(1, 5)}, -1, 1);
    op.stride = {random.between(1, 2), random.between(1, 2)};
    op.dilation = {random.between(1, 2), random.between(1, 2)};
    op.padding = sides(random, 2);
    if (random.coin()) {
        op.bias = values(random, out, -1, 1);
    }
    return chain(in, {op});
}

Graph conv_transpose2d(Random& random) {
    ConvTranspose2d op;
    op.groups = random.between(1, 3);
    const int in = op.groups * random.between(1, 4);
    const int out = random.between(1, 4);
    op.weight = random.tensor({in, out, random.between(1, 5), random.between(1, 5)}, -1, 1);
    op.stride = {random.between(1, 3), random.between(1, 3)};
    op.dilation = {random.between(1, 2), random.between(1, 2)};
    op.padding = sides(random, 2);
    op.output_padding = {random.between(0, op.stride[0] - 1), random.between(0, op.stride[1] - 1)};
    if (random.coin()) {
        op.bias = values(random, out * op.groups, -1, 1);
    }
    return chain(in, {op});
}

Graph prelu(Random& random) {
    const int channels = random.between(1, 5);
    return chain(channels, {PRelu{values(random, parameter_count(random, channels), -0.5F, 0.5F)}});
}

Graph affine(Random& random) {
    const int channels = random.between(1, 5);
    return chain(
        channels, {Affine{
                      values(random, parameter_count(random, channels), -2, 2),
                      values(random, parameter_count(random, channels), -2, 2)}});
}

/// The second value is the input's mean by channel, a constant, or the input again; kept away from 0, for
/// division.
Graph binary(Random& random, Binary::Kind kind) {
    const int channels = random.between(1, 4);
    GraphBuilder builder(channels);
    int other = 0;
    switch (random.between(0, 2)) {
    case 0:
        other = builder.add(GlobalAveragePool{}, {0});
        break;
    case 1:
        other = builder.add(Constant{random.tensor({1, random.coin() ? channels : 1, 1, 1}, -1, 1)}, {});
        break;
    default:
        break;
    }
    other = builder.add(Affine{{0.5F}, {2}}, {other});
    builder.add(Binary{kind}, random.coin() ? std::vector{0, other} : std::vector{other, other});
    return builder.graph();
}

Graph concat(Random& random) {
    const int channels = random.between(1, 4);
    GraphBuilder builder(channels);
    const int twice = builder.add(Affine{{2}, {0}}, {0});
    const int part = builder.add(SliceChannels{0, 1}, {0});
    builder.add(Concat{}, {twice, 0, part});
    return builder.graph();
}

Graph slice_channels(Random& random) {
    const int channels = random.between(2, 6);
    const int begin = random.between(0, channels - 1);
    return chain(channels, {SliceChannels{begin, random.between(begin + 1, channels)}});
}

Graph pad(Random& random, Pad::Mode mode) {
    return chain(random.between(1, 3), {Pad{mode, sides(random, 5), random.real(-1, 1)}});
}

Graph pixel_shuffle(Random& random, PixelShuffle::Order order) {
    const int factor = random.between(1, 4);
    return chain(factor * factor * random.between(1, 3), {PixelShuffle{order, factor}});
}

Graph pixel_unshuffle(Random& random, PixelShuffle::Order order) {
    return chain(random.between(1, 3), {PixelUnshuffle{order, random.between(1, 3)}});
}

Graph resize(Random& random, Resize::Mode mode, Resize::Coordinates coordinates) {
    constexpr std::array factors{0.5, 1.0, 1.5, 2.0, 3.0, 4.0};
    Resize op;
    op.mode = mode;
    op.coordinates = coordinates;
    op.rounding = static_cast<Resize::Rounding>(random.between(0, 3));
    op.scale_h = factors[static_cast<std::size_t>(random.between(0, 5))];
    op.scale_w = factors[static_cast<std::size_t>(random.between(0, 5))];
    return chain(random.between(1, 3), {op});
}

void add_resizes(std::vector<OperatorCase>& cases) {
    constexpr std::array modes{"Nearest", "Bilinear", "Bicubic"};
    constexpr std::array coordinates{"HalfPixel", "Asymmetric", "AlignCorners"};
    for (std::size_t m = 0; m < modes.size(); ++m) {
        for (std::size_t c = 0; c < coordinates.size(); ++c) {
            cases.push_back(
                {std::string("Resize") + modes[m] + coordinates[c], [m, c](Random& random) {
                     return resize(random, static_cast<Resize::Mode>(m), static_cast<Resize::Coordinates>(c));
                 }});
        }
    }
}

void add_binaries(std::vector<OperatorCase>& cases) {
    constexpr std::array names{"Add", "Sub", "Mul", "Div", "Max", "Min"};
    for (std::size_t k = 0; k < names.size(); ++k) {
        cases.push_back(
            {names[k], [k](Random& random) { return binary(random, static_cast<Binary::Kind>(k)); }});
    }
}

std::vector<OperatorCase> make_cases() {
    using Order = PixelShuffle::Order;
    std::vector<OperatorCase> cases{
        {"Conv2d", conv2d},
        {"ConvTranspose2d", conv_transpose2d},
        {"PRelu", prelu},
        {"Relu", [](Random&) { return chain(3, {PRelu{{0}}}); }},
        {"Sigmoid",
         [](Random&) {
             return chain(3, {Affine{{8}, {0}}, Sigmoid{}});
         }},
        {"Tanh",
         [](Random&) {
             return chain(3, {Affine{{4}, {0}}, Tanh{}});
         }},
        {"Sqrt",
         [](Random&) {
             return chain(3, {Affine{{0.5F}, {0.6F}}, Sqrt{}}); // of positive numbers
         }},
        {"Clip",
         [](Random& random) {
             return chain(3, {Clip{random.real(-1, 0), random.real(0, 1)}});
         }},
        {"Affine", affine},
        {"Concat", concat},
        {"SliceChannels", slice_channels},
        {"Crop", [](Random& random) { return chain(2, {Crop{sides(random, 5)}}); }},
        {"PadConstant", [](Random& random) { return pad(random, Pad::Mode::constant); }},
        {"PadEdge", [](Random& random) { return pad(random, Pad::Mode::edge); }},
        {"PadReflect", [](Random& random) { return pad(random, Pad::Mode::reflect); }},
        {"PixelShuffleCrd", [](Random& random) { return pixel_shuffle(random, Order::crd); }},
        {"PixelShuffleDcr", [](Random& random) { return pixel_shuffle(random, Order::dcr); }},
        {"PixelUnshuffleCrd", [](Random& random) { return pixel_unshuffle(random, Order::crd); }},
        {"PixelUnshuffleDcr", [](Random& random) { return pixel_unshuffle(random, Order::dcr); }},
        {"GlobalAveragePool",
         [](Random& random) { return chain(random.between(1, 5), {GlobalAveragePool{}}); }},
    };
    add_resizes(cases);
    add_binaries(cases);
    return cases;
}

} // namespace

const std::vector<OperatorCase>& operator_cases() {
    static const std::vector<OperatorCase> cases = make_cases();
    return cases;
}

Tensor random_input(const Graph& graph, Random& random) {
    const int channels = std::get<Input>(graph.nodes.front().op).channels;
    return random.tensor(
        {random.between(1, 3), channels, std::int64_t{6} * random.between(2, 4),
         std::int64_t{6} * random.between(2, 4)},
        -1, 1);
}

} // namespace kizuna::test
