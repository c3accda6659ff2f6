#include "video/picture_compare.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace kizuna::video {

namespace {

/// 65535 / 255.
constexpr int deep_level = 257;

template <typename Sample>
bool row_is_within(std::span<const std::byte> a, std::span<const std::byte> b, int most) {
    const auto* first = reinterpret_cast<const Sample*>(a.data());
    const auto* second = reinterpret_cast<const Sample*>(b.data());
    int greatest = 0;
    for (std::size_t i = 0; i < a.size() / sizeof(Sample); ++i) {
        greatest = std::max(greatest, std::abs(static_cast<int>(first[i]) - static_cast<int>(second[i])));
    }
    return greatest <= most;
}

} // namespace

bool looks_the_same(const Image& a, const Image& b, int tolerance) {
    if (tolerance == 0) {
        return std::memcmp(a.pixels().data(), b.pixels().data(), a.pixels().size()) == 0;
    }
    const bool is_deep = a.format().sample == SampleType::u16;
    for (std::uint32_t y = 0; y < a.height(); ++y) {
        const bool is_within = is_deep
                                   ? row_is_within<std::uint16_t>(a.row(y), b.row(y), tolerance * deep_level)
                                   : row_is_within<std::uint8_t>(a.row(y), b.row(y), tolerance);
        if (!is_within) {
            return false;
        }
    }
    return true;
}

} // namespace kizuna::video
