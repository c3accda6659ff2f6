#include "codec/icc.hpp"
#include "codec/test_pictures.hpp"

#include <array>

#include <gtest/gtest.h>

namespace kizuna::codec {
namespace {

std::array<int, 3> naive(std::array<unsigned char, 4> ink) {
    std::array<std::byte, 3> rgb{};
    cmyk_to_srgb({}, SampleType::u8)->convert(std::as_bytes(std::span(ink)), rgb);
    return {std::to_integer<int>(rgb[0]), std::to_integer<int>(rgb[1]), std::to_integer<int>(rgb[2])};
}

TEST(Cmyk, WithoutAProfileInkTakesItsShareOfTheLight) {
    EXPECT_EQ(naive({0, 0, 0, 0}), (std::array{255, 255, 255}));
    EXPECT_EQ(naive({255, 0, 0, 0}), (std::array{0, 255, 255}));
    EXPECT_EQ(naive({0, 0, 0, 255}), (std::array{0, 0, 0}));
    EXPECT_EQ(naive({0, 51, 102, 127}), (std::array{128, 102, 77}));
}

TEST(Cmyk, AUselessProfileIsPassedOver) {
    const auto junk = bytes_of("this is no profile");
    const std::array<unsigned char, 4> ink{255, 0, 0, 0};
    std::array<std::byte, 3> rgb{};
    cmyk_to_srgb(junk, SampleType::u8)->convert(std::as_bytes(std::span(ink)), rgb);
    EXPECT_EQ(rgb[0], std::byte{0});
    EXPECT_EQ(rgb[1], std::byte{255});
}

TEST(Lab, BecomesSrgb) {
    // sRGB's white, black and pure red (53.2, 80.1, 67.2 under D65 adapts to 54.3, 80.8, 69.9 under D50).
    constexpr std::array lab{100.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 54.3F, 80.8F, 69.9F};
    std::array<std::byte, 9> rgb{};
    lab_to_srgb(SampleType::u8)->convert(std::as_bytes(std::span(lab)), rgb);
    constexpr std::array expected{255, 255, 255, 0, 0, 0, 255, 0, 0};
    for (std::size_t i = 0; i < rgb.size(); ++i) {
        EXPECT_NEAR(std::to_integer<int>(rgb[i]), expected[i], 2) << "sample " << i;
    }
}

} // namespace
} // namespace kizuna::codec
