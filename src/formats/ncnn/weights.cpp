#include "formats/ncnn/weights.hpp"

#include "base/byte_order.hpp"
#include "base/checked.hpp"
#include "base/half.hpp"

#include <bit>
#include <cstdint>

#include <fmt/format.h>

namespace kizuna::ncnn {

namespace {

constexpr std::uint32_t tag_float32 = 0;
constexpr std::uint32_t tag_float32_scaled =
    0x0002C056; // written for int8 networks that kept this layer in float
constexpr std::uint32_t tag_float16 = 0x01306B47;
constexpr std::uint32_t tag_int8 = 0x000D4B38;

} // namespace

TaggedWeights WeightReader::tagged(std::size_t count, const Layer& layer) {
    switch (little_endian(take(sizeof(std::uint32_t), layer))) {
    case tag_float32:
    case tag_float32_scaled:
        return {raw(count, layer)};
    case tag_float16:
        return {halves(count, layer)};
    case tag_int8:
        return {bytes(count, layer), true};
    default:
        return {from_table(count, layer)};
    }
}

std::vector<float> WeightReader::raw(std::size_t count, const Layer& layer) {
    const auto bytes = take(checked_mul<std::size_t>(count, sizeof(float), "the weights of a layer"), layer);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = std::bit_cast<float>(
            static_cast<std::uint32_t>(little_endian(bytes.subspan(i * sizeof(float), sizeof(float)))));
    }
    return values;
}

std::vector<float> WeightReader::halves(std::size_t count, const Layer& layer) {
    const auto stored = take_aligned(count, sizeof(std::uint16_t), layer);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = from_half(static_cast<std::uint16_t>(little_endian(stored.subspan(i * 2, 2))));
    }
    return values;
}

std::vector<float> WeightReader::bytes(std::size_t count, const Layer& layer) {
    const auto stored = take_aligned(count, 1, layer);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = std::bit_cast<std::int8_t>(stored[i]);
    }
    return values;
}

std::vector<float> WeightReader::from_table(std::size_t count, const Layer& layer) {
    constexpr std::size_t entries = 256;
    const std::vector<float> table = raw(entries, layer);
    const auto stored = take_aligned(count, 1, layer);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = table[std::to_integer<std::size_t>(stored[i])];
    }
    return values;
}

/// `count` values of `each` bytes, and what fills the last four bytes up.
std::span<const std::byte>
WeightReader::take_aligned(std::size_t count, std::size_t each, const Layer& layer) {
    constexpr std::size_t alignment = 4;
    const auto size = checked_mul<std::size_t>(count, each, "the weights of a layer");
    return take(checked_add<std::size_t>(size, (alignment - size % alignment) % alignment), layer);
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
