#pragma once

#include <cstddef>
#include <cstdint>

// What a network may ask for at most. Far above anything that upscales pictures, and low enough that sums and
// products of a few of these numbers fit into 64 bits, so that code below validate() needs no further checks.
namespace kizuna {

inline constexpr std::size_t max_nodes = 100'000;     ///< the deepest RRDB in use has about 1100
inline constexpr std::size_t max_node_inputs = 1024;  ///< only Concat has more than two
inline constexpr std::int64_t max_side = 1 << 24;     ///< larger sides are not exact in a float
inline constexpr std::int64_t max_channels = 1 << 20; ///< the widest networks have some thousand
inline constexpr std::int64_t max_kernel = 512;       ///< kernels above 51 have not been seen
inline constexpr int max_stride = 256;
inline constexpr int max_dilation = 1024;
inline constexpr int max_padding = 1 << 16; ///< also of Crop, which undoes padding
inline constexpr int max_factor = 64;       ///< of pixel shuffles and Resize, up or down

} // namespace kizuna
