#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <functional>
#include <span>

namespace kizuna {

/// Changes the value of a node, by its index, before others read it: so rounding can be tried out.
using ChangeValue = std::function<void(std::size_t node, Tensor& value)>;

/// Runs the graph by the plainest loops that can be written: the yardstick for every engine, and slow.
/// Accumulates in double, stores float. `input.shape.c` must be the graph's; `given` are the values of its
/// Given nodes. Throws as infer_shapes.
[[nodiscard]] Tensor run_reference(
    const Graph& graph, const Tensor& input, std::span<const Tensor> given = {},
    const ChangeValue& change = {});

} // namespace kizuna
