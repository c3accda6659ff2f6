#include "engine/cpu/onednn_convolution.hpp"
#include "engine/cpu/plain_convolution.hpp"
#include "engine/cpu/rows.hpp"
#include "graph/test_distance.hpp"
#include "graph/test_graphs.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna::cpu {

namespace {

using test::Random;

/// Memory of a View: pixels and rows may have room between them, which nobody may touch.
struct Picture {
    std::vector<float> data;
    View view;
};

constexpr float untouched = -77;

Picture make_picture(Random& random, std::int64_t height, std::int64_t width, std::int64_t channels) {
    Picture picture;
    picture.view.height = height;
    picture.view.width = width;
    picture.view.channels = channels;
    picture.view.pixel_stride = channels + (random.coin() ? random.between(1, 9) : 0);
    picture.view.row_stride =
        (width * picture.view.pixel_stride) + (random.coin() ? random.between(1, 40) : 0);
    picture.data.assign(static_cast<std::size_t>(height * picture.view.row_stride), untouched);
    picture.view.data = reinterpret_cast<std::byte*>(picture.data.data());
    return picture;
}

Picture random_picture(Random& random, std::int64_t height, std::int64_t width, std::int64_t channels) {
    Picture picture = make_picture(random, height, width, channels);
    std::vector<float> row(row_length(picture.view));
    for (std::int64_t y = 0; y < height; ++y) {
        std::generate(row.begin(), row.end(), [&] { return random.real(-1, 1); });
        finish_row(picture.view, y, row.data());
    }
    return picture;
}

ConvolutionWork random_work(Random& random) {
    ConvolutionWork work;
    Conv2d& op = work.op;
    op.groups = random.between(0, 3) == 0 ? random.between(2, 4) : 1;
    const int in = op.groups * random.between(1, 20);
    const int out = op.groups * random.between(1, 40);
    op.weight = random.tensor({out, in / op.groups, random.between(1, 4), random.between(1, 4)}, -0.3F, 0.3F);
    op.stride = {random.between(1, 2), random.between(1, 2)};
    op.dilation = {random.between(1, 2), random.between(1, 2)};
    const auto most = [](std::int64_t kernel, int dilation) {
        return static_cast<int>(kernel - 1) * dilation;
    };
    const int vertical = most(op.weight.shape.h, op.dilation[0]);
    const int horizontal = most(op.weight.shape.w, op.dilation[1]);
    op.padding = {
        random.between(0, vertical), random.between(0, horizontal), random.between(0, vertical),
        random.between(0, horizontal)};
    if (random.coin()) {
        op.bias = random.tensor({1, out, 1, 1}, -1, 1).data;
    }
    const std::array slopes{0, 1, out};
    work.slope.resize(static_cast<std::size_t>(slopes[static_cast<std::size_t>(random.between(0, 2))]));
    std::generate(work.slope.begin(), work.slope.end(), [&] { return random.real(-0.5F, 0.5F); });
    work.adds_residual = random.coin();
    return work;
}

std::int64_t output_side(std::int64_t side, std::int64_t kernel, int stride, int dilation, int padding) {
    return ((side + padding - ((kernel - 1) * dilation) - 1) / stride) + 1;
}

/// All rows, in the bands in which the engine asks for them.
void run_bands(const Convolution& convolution, const View& in, const View* residual, const View& out) {
    Scratch scratch;
    for (std::int64_t y = 0; y < out.height; y += band_step) {
        convolution.run_rows(in, residual, out, {y, std::min(y + band_step, out.height)}, scratch);
    }
}

/// Of what both give for a picture of this size, the numbers between pixels and rows among it. Nothing where
/// oneDNN has but its slow reference, which is not used.
std::optional<float>
difference_from_plain(const ConvolutionWork& work, Random& random, std::int64_t height, std::int64_t width) {
    const auto convolution = make_onednn_convolution(work);
    if (!convolution) {
        return std::nullopt;
    }
    const Shape& weight = work.op.weight.shape;
    const Sides& padding = work.op.padding;
    const Picture in = random_picture(random, height, width, weight.c * work.op.groups);
    Picture out = make_picture(
        random,
        output_side(height, weight.h, work.op.stride[0], work.op.dilation[0], padding.top + padding.bottom),
        output_side(width, weight.w, work.op.stride[1], work.op.dilation[1], padding.left + padding.right),
        weight.n);
    Picture expected = out;
    expected.view.data = reinterpret_cast<std::byte*>(expected.data.data());
    const Picture residual = random_picture(random, out.view.height, out.view.width, weight.n);
    const View* const added = work.adds_residual ? &residual.view : nullptr;
    run_bands(*convolution, in.view, added, out.view);
    run_bands(*make_plain_convolution(work), in.view, added, expected.view);
    float greatest = 0;
    for (std::size_t i = 0; i < out.data.size(); ++i) {
        greatest = std::max(greatest, test::distance(out.data[i], expected.data[i]));
    }
    return greatest;
}

TEST(OnednnConvolution, GivesWhatPlainLoopsGive) {
    constexpr float tolerance = 2e-5F;
    int compared = 0;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        const ConvolutionWork work = random_work(random);
        // Large enough for the kernel, and for more than one band now and then.
        const int height = random.between(8, 40);
        const int width = random.between(8, 40);
        const auto difference = difference_from_plain(work, random, height, width);
        compared += difference ? 1 : 0;
        EXPECT_LT(difference.value_or(0), tolerance)
            << "seed " << seed << ": " << to_string(work.op.weight.shape) << ", " << height << "×" << width;
    }
    EXPECT_GE(compared, 100) << "the others have nothing but the slow reference here";
}

TEST(OnednnConvolution, TakesPicturesSmallerThanItsKernel) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        Random random(seed);
        ConvolutionWork work;
        work.op = test::conv(random.between(1, 20), random.between(1, 20), 5, 2);
        work.op.weight = random.tensor(work.op.weight.shape, -0.3F, 0.3F);
        const int height = random.between(1, 3);
        const auto difference = difference_from_plain(work, random, height, random.between(1, 3));
        ASSERT_TRUE(difference) << "seed " << seed;
        EXPECT_LT(*difference, 2e-5F) << "seed " << seed;
    }
}

// The slow reference would be a thousand times slower, and is chosen for reasons that are hard to see.
TEST(OnednnConvolution, IsFastForTheShapesOfCommonNetworks) {
    for (const auto [in, out, kernel] : std::vector<std::array<int, 3>>{
             {3, 64, 3},
             {1, 64, 3},
             {64, 64, 3},
             {64, 48, 3},
             {64, 12, 3},
             {64, 3, 3},
             {160, 32, 3},
             {4, 8, 3},
             {64, 8, 1},
             {128, 64, 2},
             {3, 16, 5}}) {
        for (const int slopes : {0, 1, out}) {
            ConvolutionWork work;
            work.op = test::conv(in, out, kernel, kernel / 2);
            work.slope.assign(static_cast<std::size_t>(slopes), 0.1F);
            work.adds_residual = true;
            const auto convolution = make_onednn_convolution(work);
            ASSERT_NE(convolution, nullptr) << in << " to " << out;
            EXPECT_THAT(convolution->name(), testing::Not(testing::HasSubstr("ref")));
        }
    }
}

} // namespace

} // namespace kizuna::cpu
