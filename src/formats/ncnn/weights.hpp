#pragma once

#include "formats/ncnn/param.hpp"

#include <cstddef>
#include <span>
#include <vector>

// ncnn's `.bin`: the weights of all layers one after the other, in the order of the `.param`.
namespace kizuna::ncnn {

class WeightReader {
  public:
    explicit WeightReader(std::span<const std::byte> bytes)
        : rest_(bytes) {}

    /// `count` weights behind a tag that says how they are stored: float32 or float16.
    /// Throws Error{unsupported} for quantised ones, {corrupt} where the file ends too early; both name the
    /// layer.
    [[nodiscard]] std::vector<float> tagged(std::size_t count, const Layer& layer);
    /// `count` float32 without a tag, as biases and slopes are.
    [[nodiscard]] std::vector<float> raw(std::size_t count, const Layer& layer);

    [[nodiscard]] std::size_t bytes_left() const { return rest_.size(); }

  private:
    std::span<const std::byte> take(std::size_t bytes, const Layer& layer);

    std::span<const std::byte> rest_;
};

} // namespace kizuna::ncnn
