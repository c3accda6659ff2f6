#include "engine/cpu/winograd.hpp"
#include "graph/reference.hpp"
#include "graph/test_distance.hpp"
#include "graph/test_graphs.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna::cpu {

namespace {

using test::Random;

/// A picture in memory that is wider and has more channels than what the View shows of it.
struct WinogradPicture {
    std::vector<float> data;
    View view;
};

WinogradPicture make_winograd_picture(const Shape& shape, std::int64_t more_channels) {
    WinogradPicture picture;
    const std::int64_t pixel = shape.c + more_channels;
    const std::int64_t row = (shape.w + 1) * pixel;
    picture.data.assign(static_cast<std::size_t>(shape.h * row), -77.0F);
    picture.view = {reinterpret_cast<std::byte*>(picture.data.data()),
                    Element::f32,
                    shape.h,
                    shape.w,
                    shape.c,
                    row,
                    pixel,
                    0};
    return picture;
}

float& at(const View& view, std::int64_t y, std::int64_t x, std::int64_t channel) {
    return view.row<float>(y)[(x * view.pixel_stride) + channel];
}

template <typename Visit>
void for_each_value(const Shape& shape, Visit&& visit) {
    std::size_t i = 0;
    for (std::int64_t c = 0; c < shape.c; ++c) {
        for (std::int64_t y = 0; y < shape.h; ++y) {
            for (std::int64_t x = 0; x < shape.w; ++x) {
                visit(y, x, c, i++);
            }
        }
    }
}

WinogradPicture picture_of(const Tensor& tensor, std::int64_t more_channels) {
    WinogradPicture picture = make_winograd_picture(tensor.shape, more_channels);
    for_each_value(tensor.shape, [&](std::int64_t y, std::int64_t x, std::int64_t c, std::size_t i) {
        at(picture.view, y, x, c) = tensor.data[i];
    });
    return picture;
}

std::vector<float> random_numbers(std::int64_t count, Random& random) {
    return random.tensor({1, count, 1, 1}, -1, 1).data;
}

ConvolutionWork random_work(std::int64_t in, std::int64_t out, Random& random) {
    ConvolutionWork work;
    work.op.weight = random.tensor({out, in, 3, 3}, -1, 1);
    work.op.bias = random.coin() ? random_numbers(out, random) : std::vector<float>{};
    work.op.padding = {
        random.between(0, 2), random.between(0, 2), random.between(0, 2), random.between(0, 2)};
    const std::int64_t slopes[] = {0, 1, out};
    work.slope = random_numbers(slopes[random.between(0, 2)], random);
    work.adds_residual = random.coin();
    return work;
}

Tensor expected_result(const ConvolutionWork& work, const Tensor& in, const Tensor& residual) {
    Graph graph;
    graph.nodes.push_back({"input", Input{static_cast<int>(in.shape.c)}, {}});
    graph.nodes.push_back({"convolution", work.op, {0}});
    if (!work.slope.empty()) {
        graph.nodes.push_back({"activation", PRelu{work.slope}, {1}});
    }
    graph.output = static_cast<int>(graph.nodes.size()) - 1;
    Tensor result = run_reference(graph, in);
    if (work.adds_residual) {
        std::transform(
            result.data.begin(), result.data.end(), residual.data.begin(), result.data.begin(),
            std::plus<>());
    }
    return result;
}

class Winograd : public testing::TestWithParam<const WinogradKernel*> {
  protected:
    void expect_equals_reference(const Shape& shape, std::int64_t out_channels, Random& random) {
        const ConvolutionWork work = random_work(shape.c, out_channels, random);
        ASSERT_TRUE(fits_winograd(work));
        const Sides& padding = work.op.padding;
        const Shape out_shape{
            1, out_channels, shape.h + padding.top + padding.bottom - 2,
            shape.w + padding.left + padding.right - 2};
        if (out_shape.h < 1 || out_shape.w < 1) {
            return;
        }
        const Tensor in = random.tensor(shape, -1, 1);
        const Tensor residual = random.tensor(out_shape, -1, 1);
        const Tensor expected = expected_result(work, in, residual);
        const WinogradPicture in_picture = picture_of(in, random.between(0, 20));
        const WinogradPicture residual_picture = picture_of(residual, random.between(0, 20));
        const WinogradPicture out = make_winograd_picture(out_shape, random.between(0, 20));
        const auto convolution = make_winograd(work, *GetParam());
        for (std::int64_t begin = 0; begin < out_shape.h; begin += band_step) {
            convolution->run_rows(
                in_picture.view, work.adds_residual ? &residual_picture.view : nullptr, out.view,
                {begin, std::min(begin + band_step, out_shape.h)}, scratch_);
        }
        expect_near(out, expected, in.shape.c);
    }

  private:
    // Sums of 9 · channels products of numbers up to 1, whose rounding the transforms enlarge: each number
    // goes through factors of up to 10 twice on its way in and 8 twice on its way out. Measured: up to 2.5e-5
    // for each square root of the channels; a wrong pixel or weight costs 0.1 and more.
    static void expect_near(const WinogradPicture& actual, const Tensor& expected, std::int64_t channels) {
        const double allowed = 1e-4 * std::sqrt(static_cast<double>(channels));
        double worst = 0;
        for_each_value(expected.shape, [&](std::int64_t y, std::int64_t x, std::int64_t c, std::size_t i) {
            worst =
                std::max(worst, test::distance(double{at(actual.view, y, x, c)}, double{expected.data[i]}));
        });
        EXPECT_LE(worst, allowed) << to_string(expected.shape);
        expect_untouched_beside(actual, expected.shape);
    }

    // What lies between the rows and beside the channels belongs to others.
    static void expect_untouched_beside(const WinogradPicture& picture, const Shape& shape) {
        const std::size_t still_untouched =
            static_cast<std::size_t>(std::count(picture.data.begin(), picture.data.end(), -77.0F));
        EXPECT_EQ(still_untouched, picture.data.size() - element_count(shape));
    }

    Scratch scratch_;
};

TEST_P(Winograd, EqualsTheReferenceForAnySizeAndPadding) {
    Random random(7);
    for (int round = 0; round < 12; ++round) {
        const Shape shape{1, 16 * random.between(1, 3), random.between(1, 30), random.between(1, 30)};
        expect_equals_reference(shape, 16 * random.between(1, 6), random);
    }
}

TEST_P(Winograd, EqualsTheReferenceForPicturesOfOnePixelOrLine) {
    Random random(11);
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 2}, {4, 5}, {13, 97}}) {
        expect_equals_reference({1, 16, height, width}, 32, random);
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Winograd, testing::ValuesIn(winograd_kernels()), [](const auto& kernel) {
    return std::to_string(kernel.param->vector * 32) + "Bits";
});

TEST(WinogradFits, Only3x3OfStrideOneInFloat) {
    Random random(3);
    ConvolutionWork work = random_work(16, 16, random);
    EXPECT_TRUE(fits_winograd(work));
    const auto with = [&](auto change) {
        ConvolutionWork changed = work;
        change(changed);
        return fits_winograd(changed);
    };
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.op.stride = {1, 2}; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.op.dilation = {2, 1}; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.op.groups = 2; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.op.weight.shape.w = 1; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.op.weight.shape.c = 3; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.op.weight.shape.n = 12; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.in = Element::bf16; }));
    EXPECT_FALSE(with([](ConvolutionWork& w) { w.out = Element::bf16; }));
}

} // namespace

} // namespace kizuna::cpu
