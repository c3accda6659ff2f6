#include "upscale/result_check.hpp"
#include "upscale/test_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

constexpr int checked_side = 96;

ModelSpec spec_of(int scale, int border = 0) {
    ModelSpec spec;
    spec.scale = scale;
    spec.channels = 3;
    spec.border_px = border;
    return spec;
}

Tensor plain(float value, std::int64_t length = checked_side) {
    Tensor tensor{{1, 3, length, length}, {}};
    tensor.data.assign(element_count(tensor.shape), value);
    return tensor;
}

Tensor noise_between(float least, float most) {
    return test::noise_tile(checked_side, least, most);
}

/// A perfect network: pixels repeated, `border` of them consumed.
Tensor repeated(const Tensor& in, int scale, int border = 0) {
    Tensor out{output_shape(in.shape, spec_of(scale, border)), {}};
    for (std::int64_t c = 0; c < out.shape.c; ++c) {
        for (std::int64_t y = 0; y < out.shape.h; ++y) {
            for (std::int64_t x = 0; x < out.shape.w; ++x) {
                const std::int64_t row = (c * in.shape.h) + (y / scale) + border;
                out.data.push_back(
                    in.data[static_cast<std::size_t>((row * in.shape.w) + (x / scale) + border)]);
            }
        }
    }
    return out;
}

void fill_box(Tensor& tensor, std::int64_t begin, std::int64_t end, float value, std::int64_t channels = 3) {
    for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t y = begin; y < end; ++y) {
            float* const row = tensor.data.data() + (((c * tensor.shape.h) + y) * tensor.shape.w);
            std::fill(row + begin, row + end, value);
        }
    }
}

TEST(ResultCheck, SeesASingleValueThatIsNoNumberWhereverItIs) {
    Tensor tensor = plain(0.5F);
    EXPECT_TRUE(has_only_numbers(tensor));
    const std::size_t last = tensor.data.size() - 1;
    for (const std::size_t at : {std::size_t{0}, std::size_t{31}, last / 2, last}) {
        for (const float value :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
              -std::numeric_limits<float>::infinity()}) {
            Tensor spoilt = tensor;
            spoilt.data[at] = value;
            EXPECT_FALSE(has_only_numbers(spoilt)) << value << " at " << at;
        }
    }
    EXPECT_TRUE(has_only_numbers({{1, 1, 0, 0}, {}}));
    EXPECT_TRUE(has_only_numbers({{1, 1, 1, 2}, {std::numeric_limits<float>::max(), 1}}));
}

TEST(ResultCheck, HasNoDoubtsAboutAFaithfulResult) {
    for (const Tensor& in :
         {noise_between(0, 1), noise_between(0.45F, 0.55F), plain(0), plain(1), plain(0.5F)}) {
        for (const int border : {0, 7}) {
            for (const int scale : {1, 2, 3, 4}) {
                EXPECT_EQ(doubt_of(in, repeated(in, scale, border), spec_of(scale, border)), Doubt::none);
            }
        }
    }
}

TEST(ResultCheck, HasNoDoubtsAboutPicturesOfAPixelOrALine) {
    const Tensor dot{{1, 3, 1, 1}, {0, 0.5F, 1}};
    EXPECT_EQ(doubt_of(dot, repeated(dot, 2), spec_of(2)), Doubt::none);
    Tensor line{{1, 3, 1, 40}, {}};
    line.data.assign(120, 0.0F);
    line.data[7] = 1;
    EXPECT_EQ(doubt_of(line, repeated(line, 2), spec_of(2)), Doubt::none);
}

TEST(ResultCheck, ABlackResultIsDoubtfulUnlessThePictureIsBlack) {
    EXPECT_NE(doubt_of(noise_between(0, 1), repeated(plain(0), 2), spec_of(2)), Doubt::none);
    EXPECT_NE(doubt_of(plain(1), repeated(plain(0), 2), spec_of(2)), Doubt::none);
    EXPECT_EQ(doubt_of(noise_between(0, 0.2F), repeated(plain(0), 2), spec_of(2)), Doubt::flat);
    EXPECT_EQ(doubt_of(noise_between(0, 0.02F), repeated(plain(0), 2), spec_of(2)), Doubt::none);
}

TEST(ResultCheck, ABlackBoxInAnotherwiseGoodResultIsDoubtful) {
    const Tensor in = noise_between(0.3F, 0.9F);
    Tensor out = repeated(in, 2);
    fill_box(out, 40, 120, 0.0F);
    EXPECT_NE(doubt_of(in, out, spec_of(2)), Doubt::none);
}

TEST(ResultCheck, AColourThatIsMissingIsDoubtful) {
    const Tensor in = noise_between(0.3F, 0.9F);
    Tensor out = repeated(in, 2);
    fill_box(out, 0, out.shape.w, 0.0F, 1);
    EXPECT_NE(doubt_of(in, out, spec_of(2)), Doubt::none);
}

TEST(ResultCheck, WhatIsWrittenCountsNotWhatIsBeyondBlackAndWhite) {
    const Tensor in = plain(1);
    Tensor out = repeated(in, 2);
    std::fill(out.data.begin(), out.data.end(), 5.0F);
    EXPECT_EQ(doubt_of(in, out, spec_of(2)), Doubt::none);
}

TEST(ResultCheck, WhatBecomesBlackBecauseTheNetworkSaysSoIsNoBlackBox) {
    Tensor out = repeated(noise_between(0, 1), 2);
    for (float& value : out.data) {
        value = value * 0.01F - 0.02F;
    }
    EXPECT_EQ(doubt_of(noise_between(0, 0.3F), out, spec_of(2)), Doubt::none);
}

TEST(ResultCheck, TakingNoiseAwayIsNoFault) {
    const Tensor in = noise_between(0.5F - 0.07F, 0.5F + 0.07F); // deviates by 10 levels of 255
    EXPECT_EQ(doubt_of(in, repeated(plain(0.5F), 2), spec_of(2)), Doubt::none);
}

TEST(ResultCheck, ComparesNothingWithAResultOfAnotherShape) {
    EXPECT_EQ(doubt_of(plain(1), repeated(plain(0), 3), spec_of(2)), Doubt::none);
}

ByteTile as_bytes(const Tensor& tensor) {
    ByteTile tile{tensor.shape.w, tensor.shape.h, tensor.shape.c, {}};
    const auto plane = static_cast<std::size_t>(tensor.shape.h * tensor.shape.w);
    for (std::size_t pixel = 0; pixel < plane; ++pixel) {
        for (std::size_t c = 0; c < 3; ++c) {
            tile.data.push_back(static_cast<std::uint8_t>(tensor.data[(c * plane) + pixel] * 255));
        }
    }
    return tile;
}

TEST(ResultCheck, BytesAreJudgedAsFloatsAre) {
    const Tensor in = noise_between(0.3F, 0.9F);
    Tensor out = repeated(in, 2, 7);
    EXPECT_EQ(doubt_of(as_bytes(in), as_bytes(out), spec_of(2, 7)), Doubt::none);
    fill_box(out, 20, 140, 0.0F, 1);
    EXPECT_NE(doubt_of(as_bytes(in), as_bytes(out), spec_of(2, 7)), Doubt::none);
    EXPECT_EQ(doubt_of(as_bytes(plain(1)), as_bytes(repeated(plain(1), 2)), spec_of(2)), Doubt::none);
    EXPECT_NE(doubt_of(as_bytes(plain(1)), as_bytes(repeated(plain(0), 2)), spec_of(2)), Doubt::none);
}

TEST(ResultCheck, DevicesAgreeWithinWhatTheirPrecisionsDoAndNotBeyond) {
    const Tensor one = noise_between(0.2F, 0.8F);
    Tensor other = one;
    for (float& value : other.data) {
        value += 1.0F / 255;
    }
    EXPECT_TRUE(agree(one, other));
    fill_box(other, 10, 30, 0.0F);
    EXPECT_FALSE(agree(one, other));
    EXPECT_FALSE(agree(one, plain(0.5F, checked_side / 2)));
    EXPECT_TRUE(agree(one, one));
    other = one;
    other.data[other.data.size() / 2] = std::nanf("");
    EXPECT_FALSE(agree(one, other));
}

} // namespace
} // namespace kizuna
