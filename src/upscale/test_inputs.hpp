#pragma once

#include "graph/network.hpp"

#include "kizuna/image.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>

// What the tests of this folder upscale.
namespace kizuna::test {

/// The same from the same size on every machine.
inline Image noise(std::uint32_t width, std::uint32_t height, PixelFormat format = {3, SampleType::u8}) {
    Image image({width, height, format, {}});
    std::mt19937 random(width * 31 + height);
    std::generate(image.pixels().begin(), image.pixels().end(), [&] { return std::byte(random()); });
    return image;
}

/// Three channels of `side`×`side` values from `least` to `most`.
inline Tensor noise_tile(std::int64_t side, float least, float most) {
    Tensor tensor{{1, 3, side, side}, {}};
    std::mt19937 random(7);
    std::uniform_real_distribution<float> value(least, most);
    tensor.data.resize(element_count(tensor.shape));
    std::generate(tensor.data.begin(), tensor.data.end(), [&] { return value(random); });
    return tensor;
}

/// Of a network that repeats pixels.
inline ModelSpec nearest_spec(int scale = 2, int channels = 3) {
    ModelSpec spec;
    spec.name = "net";
    spec.scale = scale;
    spec.channels = channels;
    spec.receptive_field_px = 0;
    return spec;
}

} // namespace kizuna::test
