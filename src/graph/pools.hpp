#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <optional>
#include <vector>

// Networks with global pools, cut so that a picture can be given to them in tiles: the means are those of the
// whole picture, which no tile knows alone. One stage for each pool computes what it takes the mean of, from
// the picture and the means of earlier pools.
namespace kizuna {

/// The side of what is pooled: `positions` for each multiple of the alignment that the input's side is, less
/// `lost`.
struct PooledSide {
    std::int64_t alignment = 1;
    std::int64_t positions = 1;
    std::int64_t lost = 0; ///< to convolutions that consume their border; below 0 where there is more

    /// `input` is a multiple of the alignment.
    [[nodiscard]] std::int64_t of(std::int64_t input) const { return input / alignment * positions - lost; }
};

/// A GlobalAveragePool over all of the picture.
struct Pool {
    int node = 0;
    int channels = 0;
    PooledSide side; ///< of its input, along both axes
};

/// In order. Empty where there are none; nothing where one of them covers what does not grow evenly with the
/// picture and alike along both axes, or where they are more than any network has that can be cut at them.
/// Sides of inputs are multiples of `alignment`, for which the graph must have a result.
[[nodiscard]] std::optional<std::vector<Pool>> find_pools(const Graph& graph, int alignment);

/// Part of a network: a Graph whose Given nodes are the means of these pools, counted from 0.
struct Stage {
    Graph graph;
    std::vector<int> means;
};

/// What pool number `pool` takes the mean of, or, with a number one past the last, the network's result. The
/// means that it needs are those of earlier pools.
[[nodiscard]] Stage stage_before(const Graph& graph, const std::vector<Pool>& pools, std::size_t pool);

} // namespace kizuna
