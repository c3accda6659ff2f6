#pragma once

#include "base/thread_pool.hpp"
#include "engine/cpu/plan.hpp"
#include "engine/cpu/program.hpp"
#include "engine/cpu/scratch.hpp"

#include "kizuna/cancel.hpp"

#include <vector>

namespace kizuna::cpu {

/// What one worker has for itself while a picture is computed.
struct Worker {
    std::vector<View> views; ///< of all values; those that are not in memory, as they are in this band
    std::vector<Rows> rows;  ///< of values that are not in memory: those made for this band
    Scratch windows;         ///< memory of those rows
    Scratch kernel;
};

/// The memory of one run, kept for the next.
struct Arena {
    Scratch values;
    std::vector<Worker> workers;
};

/// What one picture is computed from and into: planar `picture` of the plan's input shape, the numbers of the
/// program's Given nodes in order, and planar `result` of the plan's output shape.
struct RunData {
    const float* picture = nullptr;
    std::vector<const float*> given;
    float* result = nullptr;
};

/// Computes one picture. Throws Error{cancelled} soon after `cancel` asks, {out_of_memory}, and
/// std::bad_alloc.
void run_plan(
    const Program& program, const Plan& plan, const RunData& data, Arena& arena, const Team& team,
    const CancelToken& cancel);

} // namespace kizuna::cpu
