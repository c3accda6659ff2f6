#pragma once

#include "engine/engine.hpp"
#include "graph/network.hpp"

#include <cstdint>

// Whether a network's result can be what a tile looks like. Drivers miscalculate without a word: black boxes,
// black pictures, values that are no numbers. Looking costs far less than the network does.
namespace kizuna {

/// What the network gives for a tile of this shape; `spec` is complete.
[[nodiscard]] Shape output_shape(const Shape& in, const ModelSpec& spec);

/// Looks at every value: neither NaN nor infinity.
[[nodiscard]] bool has_only_numbers(const Tensor& tensor);

/// What makes a result doubtful.
enum class Doubt : std::uint8_t {
    none,
    flat,    ///< some part has one colour where the tile's has not
    far_off, ///< some part's mean is far from the tile's
};

/// Compares samples of a tile and its result, part by part. Enlarging keeps what a part looks like from afar,
/// and so does everything that networks for it do besides; one that means to change it raises doubts that are
/// none. Where `out` is not output_shape() of the tile there is nothing to compare. `spec` is complete.
[[nodiscard]] Doubt doubt_of(const Tensor& in, const Tensor& out, const ModelSpec& spec);

/// The same of a tile in bytes, where what is black because the network says so is a doubt, too.
[[nodiscard]] Doubt doubt_of(const ByteTile& in, const ByteTile& out, const ModelSpec& spec);

/// Whether two devices' results for the same tile are the same but for what their precisions make of them.
[[nodiscard]] bool agree(const Tensor& a, const Tensor& b);

} // namespace kizuna
