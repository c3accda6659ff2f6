#pragma once

#include "engine/cpu/program.hpp"

#include <cstddef>
#include <vector>

// What a Program needs for pictures of one size: where each value lies in one block of memory, and how many
// rows are a band.
namespace kizuna::cpu {

struct StagePlan {
    std::int64_t height = 0; ///< of the result
    std::int64_t band = 0;   ///< rows that one worker computes at once

    [[nodiscard]] std::size_t bands() const { return static_cast<std::size_t>((height + band - 1) / band); }
};

struct Plan {
    Shape input;
    Shape output;
    /// Of each value. `data` is set for constants only.
    std::vector<View> views;
    /// Of each value in memory: bytes from the block's beginning to its View::data.
    std::vector<std::size_t> offsets;
    std::vector<StagePlan> stages;
    std::size_t bytes = 0; ///< of the block
};

/// The view of a value that lies in `whole`, which is the view of its source.
[[nodiscard]] View part_of(const View& whole, const Value& part, const View& sizes);

/// Throws Error{bad_network} where the network cannot take this input, {limit_exceeded} on overflow.
[[nodiscard]] Plan make_plan(const Program& program, const Shape& input);

} // namespace kizuna::cpu
