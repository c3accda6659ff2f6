#pragma once

#include "graph/graph.hpp"

// Graphs made simpler: the same results, to within rounding, from fewer and cheaper operators. Engines that
// run a Graph themselves ask for it.
namespace kizuna {

/// All of the following. The graph must be valid; the result is.
[[nodiscard]] Graph simplified(const Graph& graph);

/// Without operators that change nothing, as a Crop by 0 or a Resize by 1, and nodes that the output does not
/// need. Concats of Concats become one.
[[nodiscard]] Graph without_identities(const Graph& graph);

/// Arithmetic with one number for each channel becomes Affine, and Affine becomes part of the Affine or
/// convolution before it.
[[nodiscard]] Graph with_folded_scales(const Graph& graph);

/// Transposed convolutions that stride alike both ways, not much further than their kernel reaches, and have
/// no dilation and no groups, become convolutions and a PixelShuffle: each of the stride² places between two
/// input pixels has a kernel of its own.
[[nodiscard]] Graph without_transposed_convolutions(const Graph& graph);

/// PRelu and Affine come before a PixelShuffle or Crop instead of behind it, to join the convolution there;
/// and convolutions give channels to a PixelShuffle in the order in which it needs only copy runs of them
/// (dcr).
[[nodiscard]] Graph with_early_activations(const Graph& graph);

} // namespace kizuna
