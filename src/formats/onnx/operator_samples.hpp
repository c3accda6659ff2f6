#pragma once

#include "graph/graph.hpp"
#include "graph/test_graphs.hpp"

#include <string>
#include <utility>
#include <vector>

// For tests: every operator in every form that matters to whoever reads, writes or runs it, alone in a graph
// of four-channel values. All take a 1 × 4 × 6 × 8 input.
namespace kizuna::test {

struct OperatorSample {
    std::string name;
    Graph graph;
};

inline constexpr Shape sample_shape{1, 4, 6, 8};

namespace samples {

inline Operator
convolution(Random& random, int groups, std::array<int, 2> stride, std::array<int, 2> dilation) {
    return Conv2d{
        random.tensor({6, 4 / groups, 3, 2}, -1, 1),
        random.tensor({1, 6, 1, 1}, -1, 1).data,
        stride,
        dilation,
        {1, 2, 0, 1},
        groups};
}

inline Operator
transposed(Random& random, int groups, std::array<int, 2> stride, std::array<int, 2> output_padding) {
    return ConvTranspose2d{
        random.tensor({4, 3, 4, 3}, -1, 1),
        random.tensor({1, 3L * groups, 1, 1}, -1, 1).data,
        stride,
        {1, 2},
        {1, 0, 2, 1},
        output_padding,
        groups};
}

inline void add_resizes(std::vector<OperatorSample>& all) {
    using Coordinates = Resize::Coordinates;
    const std::vector<std::pair<double, double>> scales{{2, 3}, {0.5, 0.5}, {1.5, 0.75}, {4, 1}};
    for (const auto mode : {Resize::Mode::nearest, Resize::Mode::bilinear, Resize::Mode::bicubic}) {
        for (const auto coordinates :
             {Coordinates::half_pixel, Coordinates::asymmetric, Coordinates::align_corners}) {
            for (const auto& [h, w] : scales) {
                Resize op;
                op.mode = mode;
                op.coordinates = coordinates;
                op.scale_h = h;
                op.scale_w = w;
                op.cubic_a = -0.5F;
                const int roundings = mode == Resize::Mode::nearest ? 4 : 1;
                for (int rounding = 0; rounding < roundings; ++rounding) {
                    op.rounding = static_cast<Resize::Rounding>(rounding);
                    all.push_back(
                        {"Resize mode " + std::to_string(static_cast<int>(mode)) + " coordinates " +
                             std::to_string(static_cast<int>(coordinates)) + " rounding " +
                             std::to_string(rounding) + " by " + std::to_string(h) + ", " + std::to_string(w),
                         chain(4, {op})});
                }
            }
        }
    }
}

inline void add_binaries(std::vector<OperatorSample>& all, Random& random) {
    for (int kind = 0; kind < 6; ++kind) {
        const Binary op{static_cast<Binary::Kind>(kind)};
        const std::string name = "Binary " + std::to_string(kind);
        GraphBuilder two(4);
        two.add(Affine{{2}, {5}}, {0});
        two.add(op, {0, two.add(Affine{{0.5F}, {3}}, {0})});
        all.push_back({name, two.graph()});
        for (const Shape& shape :
             {Shape{1, 4, 1, 1}, Shape{1, 1, 6, 8}, Shape{1, 1, 1, 1}, Shape{1, 4, 6, 8}}) {
            for (const bool first : {false, true}) {
                GraphBuilder one(4);
                one.then(Affine{{1}, {4}}); // away from zero, for the division
                const int value = one.graph().output;
                const int constant = one.add(Constant{random.tensor(shape, 1, 2)}, {});
                one.add(op, first ? std::vector{constant, value} : std::vector{value, constant});
                all.push_back(
                    {name + (first ? " of constant " : " with constant ") + to_string(shape), one.graph()});
            }
        }
    }
}

inline void add_pads(std::vector<OperatorSample>& all) {
    for (const auto mode : {Pad::Mode::constant, Pad::Mode::edge, Pad::Mode::reflect}) {
        all.push_back(
            {"Pad " + std::to_string(static_cast<int>(mode)), chain(4, {Pad{mode, {1, 2, 3, 4}, 0.25F}})});
    }
}

inline void add_shuffles(std::vector<OperatorSample>& all) {
    for (const auto order : {PixelShuffle::Order::crd, PixelShuffle::Order::dcr}) {
        const std::string name = order == PixelShuffle::Order::crd ? " crd" : " dcr";
        all.push_back({"PixelShuffle" + name, chain(4, {PixelShuffle{order, 2}})});
        all.push_back({"PixelUnshuffle" + name, chain(4, {PixelUnshuffle{order, 2}})});
        all.push_back({"PixelUnshuffle of 1" + name, chain(4, {PixelUnshuffle{order, 1}})});
    }
}

} // namespace samples

inline std::vector<OperatorSample> operator_samples() {
    Random random(1);
    std::vector<OperatorSample> all{
        {"Input alone", chain(4, {})},
        {"Conv2d", chain(4, {samples::convolution(random, 1, {1, 1}, {1, 1})})},
        {"Conv2d strided", chain(4, {samples::convolution(random, 1, {2, 3}, {1, 1})})},
        {"Conv2d dilated in groups", chain(4, {samples::convolution(random, 2, {1, 1}, {2, 3})})},
        {"Conv2d without bias",
         chain(4, {Conv2d{random.tensor({2, 4, 1, 1}, -1, 1), {}, {1, 1}, {1, 1}, {}, 1}})},
        {"ConvTranspose2d", chain(4, {samples::transposed(random, 1, {2, 2}, {0, 0})})},
        {"ConvTranspose2d in groups", chain(4, {samples::transposed(random, 2, {2, 3}, {1, 2})})},
        {"PRelu for each channel", chain(4, {PRelu{{0.1F, -0.2F, 0.3F, 2}}})},
        {"PRelu for all", chain(4, {PRelu{{0.2F}}})},
        {"PRelu as Relu", chain(4, {PRelu{{0}}})},
        {"Sigmoid", chain(4, {Sigmoid{}})},
        {"Tanh", chain(4, {Tanh{}})},
        {"Sqrt", chain(4, {Sigmoid{}, Sqrt{}})},
        {"Clip", chain(4, {Clip{-0.25F, 0.5F}})},
        {"Affine for each channel", chain(4, {Affine{{1, 2, 3, 4}, {4, 3, 2, 1}}})},
        {"Affine for all", chain(4, {Affine{{0.5F}, {0.25F}}})},
        {"Affine that scales", chain(4, {Affine{{0.5F}, {0}}})},
        {"Affine that moves", chain(4, {Affine{{1}, {1, 2, 3, 4}}})},
        {"Affine that does nothing", chain(4, {Affine{{1, 1, 1, 1}, {0}}})},
        {"SliceChannels", chain(4, {SliceChannels{1, 3}})},
        {"Crop", chain(4, {Crop{{1, 2, 0, 3}}})},
        {"Crop of nothing", chain(4, {Crop{}})},
        {"GlobalAveragePool", chain(4, {GlobalAveragePool{}})},
    };
    GraphBuilder concat(4);
    const int scaled = concat.add(Affine{{2}, {0}}, {0});
    concat.add(Concat{}, {0, scaled, 0});
    all.push_back({"Concat", concat.graph()});
    samples::add_resizes(all);
    samples::add_binaries(all, random);
    samples::add_pads(all);
    samples::add_shuffles(all);
    return all;
}

} // namespace kizuna::test
