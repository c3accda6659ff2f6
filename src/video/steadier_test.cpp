#include "video/picture_compare.hpp"
#include "video/steadier.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace kizuna::video {
namespace {

constexpr std::uint32_t side = 64;
constexpr int frames = 12;

/// Shapes with edges, soft slopes and fine lines.
double scene(double x, double y) {
    const double disc = std::hypot(x - 30, y - 30) < 14 ? 60 : 0;
    const double lines = std::fmod(std::abs(x + 2 * y), 16) < 3 ? 25 : 0;
    return 70 + 0.4 * x + disc + lines;
}

/// The scene, moved to the left by `shift_px`, with grain.
Image shot(double shift_px, double grain, unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<double> noise(0, 1);
    Image picture(ImageInfo{side, side, {3, SampleType::u8}, {}});
    for (std::uint32_t y = 0; y < side; ++y) {
        for (std::uint32_t x = 0; x < side; ++x) {
            const double value = scene(x + shift_px, y);
            for (int c = 0; c < 3; ++c) {
                const double grainy = value + grain * noise(generator);
                picture.row(y)[x * 3 + c] = static_cast<std::byte>(std::clamp(std::lround(grainy), 0L, 255L));
            }
        }
    }
    return picture;
}

/// The mean square of the difference, in levels.
double difference(const Image& a, const Image& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.pixels().size(); ++i) {
        const double d = std::to_integer<int>(a.pixels()[i]) - std::to_integer<int>(b.pixels()[i]);
        sum += d * d;
    }
    return sum / static_cast<double>(a.pixels().size());
}

/// The last picture of a shot that pans by so many pixels a frame, steadied.
Image steadied_shot(double pan_px, double grain) {
    Steadier steadier;
    for (int i = 0; i < frames; ++i) {
        steadier.remember(std::make_shared<const Image>(shot(i * pan_px, grain, 100 + i)));
    }
    return steadier.steadied();
}

TEST(Steadier, TakesGrainOutOfAShotThatStandsStill) {
    const Image clean = shot(0, 0, 0);
    const double before = difference(shot(0, 4, 100 + frames - 1), clean);
    const double after = difference(steadied_shot(0, 4), clean);
    EXPECT_LT(after, before * 0.35); // a sixth would be the mean over six frames
}

TEST(Steadier, DoesNotSmearAPan) {
    for (const double pan_px : {1.0, 2.0, 5.0}) {
        const Image last = shot((frames - 1) * pan_px, 0, 0);
        EXPECT_LT(difference(steadied_shot(pan_px, 0), last), 0.5) << pan_px << " pixels a frame";
    }
}

TEST(Steadier, DoesNotMakeAPanWithGrainWorse) {
    for (const double pan_px : {1.0, 3.0}) {
        const Image clean = shot((frames - 1) * pan_px, 0, 0);
        const double before = difference(shot((frames - 1) * pan_px, 4, 100 + frames - 1), clean);
        EXPECT_LT(difference(steadied_shot(pan_px, 4), clean), before * 1.02) << pan_px << " pixels a frame";
    }
}

TEST(Steadier, LeavesAPictureThatIsAloneAsItIs) {
    Steadier steadier;
    const Image picture = shot(0, 4, 1);
    steadier.remember(std::make_shared<const Image>(picture));
    EXPECT_TRUE(looks_the_same(steadier.steadied(), picture, 0));
}

TEST(Steadier, DependsOnTheFramesBeforeAndNothingElse) {
    Steadier from_the_beginning;
    Steadier later;
    for (unsigned i = 0; i < frames; ++i) {
        from_the_beginning.remember(std::make_shared<const Image>(shot(0, 4, i)));
        if (i + Steadier::history + 1 >= frames) {
            later.remember(std::make_shared<const Image>(shot(0, 4, i)));
        }
    }
    EXPECT_TRUE(looks_the_same(from_the_beginning.steadied(), later.steadied(), 0));
}

TEST(LooksTheSame, CountsLevels) {
    Image a(ImageInfo{4, 2, {3, SampleType::u8}, {}});
    Image b = a;
    EXPECT_TRUE(looks_the_same(a, b, 0));
    b.pixels()[7] = std::byte{3};
    EXPECT_FALSE(looks_the_same(a, b, 0));
    EXPECT_FALSE(looks_the_same(a, b, 2));
    EXPECT_TRUE(looks_the_same(a, b, 3));
}

} // namespace
} // namespace kizuna::video
