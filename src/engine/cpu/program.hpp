#pragma once

#include "engine/cpu/convolution.hpp"
#include "engine/cpu/kernel.hpp"
#include "graph/graph.hpp"

#include "kizuna/precision.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

// A Graph made into steps: what is computed together, in which type, and which values share memory. Nothing
// here depends on the picture's size.
namespace kizuna::cpu {

/// A number of a node, value or step, as containers want it.
[[nodiscard]] constexpr std::size_t at(int index) {
    return static_cast<std::size_t>(index);
}

/// What steps read and write.
struct Value {
    int node = 0;              ///< has the shape of this node's value
    bool one_column = false;   ///< but for its width of 1
    std::int64_t channels = 0; ///< but for these channels, unless 0
    Element element = Element::f32;
    /// Where it is a part of another value's memory: that value, the first channel, and what is cut off.
    int source = -1;
    int channel = 0;
    Sides cut;
    int constant = -1;      ///< index into Program::constants
    bool in_memory = false; ///< a whole picture; else a few rows at a time, made where they are needed
};

/// Computes one value. Without a kernel it brings the network's input (no inputs) or gives its output (no
/// value).
struct Step {
    int value = -1;
    std::vector<int> inputs;
    std::unique_ptr<Kernel> kernel;
    bool is_light = true; ///< costs little more than the memory it touches: may be done twice for a few rows
    bool needs_all = false; ///< reads its whole input for each row
    int given = -1;         ///< of an input that is not the picture: which of the Given nodes it is
};

/// Steps that are run together, a band of rows at a time. The last of `steps` is what the stage is for; those
/// before it make rows for it. `copies` put rows of its result elsewhere, too.
struct Stage {
    std::vector<int> steps;
    std::vector<int> copies;
};

struct Program {
    Graph graph; ///< for shapes: without weights
    std::vector<Value> values;
    std::vector<Step> steps;
    std::vector<Stage> stages;
    std::vector<std::vector<float>> constants; ///< channels last
};

/// The value whose memory holds this one's.
[[nodiscard]] int memory_of(const Program& program, int value);

/// Throws Error{unsupported} naming an operator that it lacks.
[[nodiscard]] Program make_program(const Graph& graph, Precision precision);

} // namespace kizuna::cpu
