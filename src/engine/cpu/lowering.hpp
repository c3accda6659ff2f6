#pragma once

#include "engine/cpu/program.hpp"

#include <vector>

// What make_program() decides before it makes steps.
namespace kizuna::cpu {

/// A convolution with the nodes that are computed with it.
struct Fusion {
    int activation = -1; ///< the PRelu behind it, or -1
    int residual = -1;   ///< the value that is added, or -1
    int last = -1;       ///< the node whose value comes out
};

struct Decisions {
    std::vector<bool> needed;     ///< by the graph's output
    std::vector<Fusion> fusions;  ///< of each Conv2d
    std::vector<int> fused_into;  ///< the Conv2d that computes this node too, or -1
    std::vector<bool> narrow;     ///< Conv2d that multiplies bf16
    std::vector<Element> element; ///< of each node's value
};

[[nodiscard]] Decisions decide(const Graph& graph, Precision precision);

/// Gives channel ranges of concatenated values to their parts, so that those are written where they are read.
/// Adds copies for parts that must lie elsewhere, too.
void place_concats(Program& program, const std::vector<int>& concats);

/// Groups steps into stages.
void make_stages(Program& program);

} // namespace kizuna::cpu
