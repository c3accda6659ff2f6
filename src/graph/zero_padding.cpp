#include "graph/liveness.hpp"
#include "graph/network.hpp"

#include <algorithm>

namespace kizuna {

namespace {

bool sees_zeros(const Conv2d& op) {
    return op.padding != Sides{};
}

bool sees_zeros(const Pad& op) {
    return op.mode == Pad::Mode::constant && op.sides != Sides{};
}

// Along one axis an input pixel gives `kernel` output pixels, every `stride`-th from the next one's. Where
// more than is cut off would come from a pixel beyond the border, that pixel is missing, which is to say
// zero.
bool misses_neighbours(std::int64_t kernel, int dilation, int stride, int cut) {
    return (kernel - 1) * dilation - cut >= stride;
}

bool sees_zeros(const ConvTranspose2d& op) {
    const auto [height, width] = std::pair(op.weight.shape.h, op.weight.shape.w);
    return misses_neighbours(height, op.dilation[0], op.stride[0], op.padding.top) ||
           misses_neighbours(width, op.dilation[1], op.stride[1], op.padding.left) ||
           misses_neighbours(
               height, op.dilation[0], op.stride[0], op.padding.bottom - op.output_padding[0]) ||
           misses_neighbours(width, op.dilation[1], op.stride[1], op.padding.right - op.output_padding[1]);
}

template <typename Other>
bool sees_zeros(const Other& /*op*/) {
    return false;
}

} // namespace

bool has_zero_padding(const Graph& graph) {
    const auto needed = needed_operators(graph);
    return std::any_of(needed.begin(), needed.end(), [](const Operator* node) {
        return std::visit([](const auto& op) { return sees_zeros(op); }, *node);
    });
}

} // namespace kizuna
