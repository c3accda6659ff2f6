#pragma once

#include "formats/architectures/weights.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Weights for tests: of any architecture, small and the same on every machine.
namespace kizuna::test {

struct NamedTensor {
    std::string name;
    WeightTensor tensor;
};

/// Tensors in the order in which a program would save them.
using StateDict = std::vector<NamedTensor>;

/// Adds tensors of small numbers that differ from place to place.
class StateDictBuilder {
  public:
    void tensor(const std::string& name, std::vector<std::int64_t> shape) {
        WeightTensor tensor{std::move(shape), {}};
        tensor.data.resize(weight_count(tensor.shape));
        for (float& value : tensor.data) {
            state_ = (state_ * 1103515245U) + 12345U;
            value = (static_cast<float>((state_ >> 16U) & 0xFFU) / 255.0F - 0.5F) * 0.2F;
        }
        state_dict_.push_back({name, std::move(tensor)});
    }

    void conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
        tensor(name + ".weight", {out, in, kernel, kernel});
        tensor(name + ".bias", {out});
    }

    void transposed_conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
        tensor(name + ".weight", {in, out, kernel, kernel});
        tensor(name + ".bias", {out});
    }

    [[nodiscard]] const StateDict& state_dict() const { return state_dict_; }

  private:
    StateDict state_dict_;
    std::uint32_t state_ = 1;
};

inline Weights as_weights(const StateDict& state_dict) {
    Weights weights;
    for (const NamedTensor& entry : state_dict) {
        weights.add(entry.name, entry.tensor);
    }
    return weights;
}

/// SRVGGNetCompact: `convs` in the middle.
inline StateDict compact_state(int channels, int features, int convs, int scale) {
    StateDictBuilder builder;
    builder.conv("body.0", channels, features, 3);
    builder.tensor("body.1.weight", {features});
    for (int i = 0; i < convs; ++i) {
        builder.conv("body." + std::to_string((2 * i) + 2), features, features, 3);
        builder.tensor("body." + std::to_string((2 * i) + 3) + ".weight", {features});
    }
    builder.conv(
        "body." + std::to_string((2 * convs) + 2), features, std::int64_t{channels} * scale * scale, 3);
    return builder.state_dict();
}

} // namespace kizuna::test
