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
