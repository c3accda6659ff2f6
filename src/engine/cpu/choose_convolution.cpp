#include "engine/cpu/convolution.hpp"
#include "engine/cpu/onednn_convolution.hpp"
#include "engine/cpu/plain_convolution.hpp"
#include "engine/cpu/winograd.hpp"

#include <algorithm>

namespace kizuna::cpu {

namespace {

// Whole rows of zeros are nothing that oneDNN is made for.
bool pads_more_than_its_kernel(const Conv2d& op) {
    const auto extent = [](std::int64_t kernel, int dilation) { return ((kernel - 1) * dilation) + 1; };
    const std::int64_t height = extent(op.weight.shape.h, op.dilation[0]);
    const std::int64_t width = extent(op.weight.shape.w, op.dilation[1]);
    return std::max(op.padding.top, op.padding.bottom) >= height ||
           std::max(op.padding.left, op.padding.right) >= width;
}

} // namespace

// To three colours, say, and large pictures: Winograd kernels for 16 channels are faster than oneDNN's for 3,
// which compute 16, too. A residual would have to be as wide.
void widen_for_speed(ConvolutionWork& work) {
    constexpr std::int64_t step = 16;
    Tensor& weight = work.op.weight;
    const std::int64_t outputs = (weight.shape.n + step - 1) / step * step;
    ConvolutionWork wide;
    wide.op.weight.shape = {outputs, weight.shape.c, weight.shape.h, weight.shape.w};
    wide.op.stride = work.op.stride;
    wide.op.dilation = work.op.dilation;
    wide.op.groups = work.op.groups;
    wide.in = work.in;
    wide.out = work.out;
    if (outputs == weight.shape.n || work.adds_residual || !fits_winograd(wide)) {
        return;
    }
    weight.shape = wide.op.weight.shape;
    weight.data.resize(element_count(weight.shape));
    if (!work.op.bias.empty()) {
        work.op.bias.resize(static_cast<std::size_t>(outputs));
    }
    if (work.slope.size() > 1) {
        work.slope.resize(static_cast<std::size_t>(outputs));
    }
}

// A quarter of the products of a direct convolution: twice as fast as oneDNN's, which are near what the
// processor can do, and more than that without AVX-512.
std::unique_ptr<Convolution> choose_convolution(const ConvolutionWork& work) {
    if (fits_winograd(work)) {
        return make_winograd(work, *winograd_kernels().front());
    }
    if (!pads_more_than_its_kernel(work.op)) {
        if (auto convolution = make_onednn_convolution(work)) {
            return convolution;
        }
    }
    return make_plain_convolution(work);
}

} // namespace kizuna::cpu
