#pragma once

#include "graph/graph.hpp"

#include <cstdint>
#include <optional>
#include <vector>

// Networks with global pools, cut so that a picture can be given to them in tiles: the means are those of the
// whole picture, which no tile knows alone. One stage for each pool computes what it takes the mean of, from
// the picture and the means of earlier pools.
namespace kizuna {

/// A GlobalAveragePool over all of the picture.
struct Pool {
    int node = 0;
    int channels = 0;
    Growth side; ///< of its input, along both axes
};

/// In order. Empty where there are none; nothing where one of them covers what does not grow evenly with the
/// picture and alike along both axes, or where they are more than any network has that can be cut at them.
/// Sides of inputs are multiples of `alignment`, for which the graph must have a result.
[[nodiscard]] std::optional<std::vector<Pool>> find_pools(const Graph& graph, int alignment);

/// What a Given node of a stage is: the mean that a pool takes, or what it takes the mean of.
struct StageInput {
    int pool = 0; ///< counted from 0
    bool is_mean = true;

    friend bool operator==(const StageInput&, const StageInput&) = default;
};

/// Part of a network, and what its Given nodes are.
struct Stage {
    Graph graph;
    std::vector<StageInput> given;
};

enum class StageStart : std::uint8_t {
    picture, ///< all is computed from the picture and means
    pooled,  ///< what earlier pools take the mean of is given, too: little is computed twice
};

/// What pool number `pool` takes the mean of, or, with a number one past the last, the network's result. It
/// needs nothing but of earlier pools.
[[nodiscard]] Stage
stage_before(const Graph& graph, const std::vector<Pool>& pools, std::size_t pool, StageStart start);

} // namespace kizuna
