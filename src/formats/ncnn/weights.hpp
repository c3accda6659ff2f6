#pragma once

#include "formats/ncnn/param.hpp"

#include <cstddef>
#include <span>
#include <vector>

// ncnn's `.bin`: the weights of all layers one after the other, in the order of the `.param`.
namespace kizuna::ncnn {

/// Weights as numbers. Those of int8 are still to be divided by their scales, which come later in the file.
struct TaggedWeights {
    std::vector<float> values;
    bool is_int8 = false;
};

class WeightReader {
  public:
    explicit WeightReader(std::span<const std::byte> bytes)
        : rest_(bytes) {}

    /// `count` weights behind a tag that says how they are stored: float32, float16, int8, or as indices into
    /// a table of 256 numbers. Throws Error{corrupt}, naming the layer, where the file ends too early.
    [[nodiscard]] TaggedWeights tagged(std::size_t count, const Layer& layer);
    /// `count` float32 without a tag, as biases and slopes are.
    [[nodiscard]] std::vector<float> raw(std::size_t count, const Layer& layer);

    [[nodiscard]] std::size_t bytes_left() const { return rest_.size(); }

  private:
    std::vector<float> halves(std::size_t count, const Layer& layer);
    std::vector<float> bytes(std::size_t count, const Layer& layer);
    std::vector<float> from_table(std::size_t count, const Layer& layer);
    std::span<const std::byte> take(std::size_t bytes, const Layer& layer);
    std::span<const std::byte> take_aligned(std::size_t count, std::size_t each, const Layer& layer);

    std::span<const std::byte> rest_;
};

} // namespace kizuna::ncnn
