#include "engine/cpu/convolution.hpp"
#include "engine/cpu/onednn_convolution.hpp"
#include "engine/cpu/plain_convolution.hpp"

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

std::unique_ptr<Convolution> choose_convolution(const ConvolutionWork& work) {
    if (!pads_more_than_its_kernel(work.op)) {
        if (auto convolution = make_onednn_convolution(work)) {
            return convolution;
        }
    }
    return make_plain_convolution(work);
}

} // namespace kizuna::cpu
