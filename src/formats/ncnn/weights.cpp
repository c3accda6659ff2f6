#include "formats/ncnn/weights.hpp"

#include "base/checked.hpp"
#include "base/half.hpp"

#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace kizuna::ncnn {

namespace {

constexpr std::uint32_t tag_float32 = 0;
constexpr std::uint32_t tag_float32_scaled =
    0x0002C056; // written for int8 networks that kept this layer in float
constexpr std::uint32_t tag_float16 = 0x01306B47;
constexpr std::uint32_t tag_int8 = 0x000D4B38;
constexpr std::size_t alignment = 4;

std::uint32_t little_endian(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8U | std::to_integer<std::uint32_t>(bytes[i]);
    }
    return value;
}

} // namespace

std::vector<float> WeightReader::tagged(std::size_t count, const Layer& layer) {
    const std::uint32_t tag = little_endian(take(sizeof(std::uint32_t), layer));
    if (tag == tag_float32 || tag == tag_float32_scaled) {
        return raw(count, layer);
    }
    if (tag == tag_int8) {
        layer.fail(
            ErrorCode::unsupported, "its weights are quantised to int8; use the float16 or float32 network");
    }
    if (tag != tag_float16) {
        layer.fail(
            ErrorCode::unsupported,
            fmt::format(
                "its weights are quantised by a table, or damaged (tag {:#010x}); use the float16 or float32 "
                "network",
                tag));
    }
    const auto bytes = checked_mul<std::size_t>(count, sizeof(std::uint16_t), "the weights of a layer");
    const auto halves = take(checked_add<std::size_t>(bytes, bytes % alignment), layer);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = from_half(static_cast<std::uint16_t>(little_endian(halves.subspan(i * 2, 2))));
    }
    return values;
}

std::vector<float> WeightReader::raw(std::size_t count, const Layer& layer) {
    const auto bytes = take(checked_mul<std::size_t>(count, sizeof(float), "the weights of a layer"), layer);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = std::bit_cast<float>(little_endian(bytes.subspan(i * sizeof(float), sizeof(float))));
    }
    return values;
}

std::span<const std::byte> WeightReader::take(std::size_t bytes, const Layer& layer) {
    if (bytes > rest_.size()) {
        layer.fail(
            ErrorCode::corrupt, fmt::format(
                                    "its weights need {} bytes, and the .bin has {} left; the two files do "
                                    "not belong together, or "
                                    "the .bin is cut off",
                                    bytes, rest_.size()));
    }
    const auto taken = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return taken;
}

} // namespace kizuna::ncnn
