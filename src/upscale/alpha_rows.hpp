#pragma once

#include "image/rows.hpp"

#include <memory>

// Alpha goes beside the network: split off, resized, joined again.
namespace kizuna {

struct ColourAndAlpha {
    std::unique_ptr<RowSource> colour;
    std::unique_ptr<RowSource> alpha;
};

/// A picture with alpha (f32) as two pictures, its colours filled where they are hidden, that may be pulled
/// at different speeds; what one has read and the other has not is kept in between.
[[nodiscard]] ColourAndAlpha split_alpha(std::unique_ptr<RowSource> source);

/// The opposite: two pictures of the same size as one.
[[nodiscard]] std::unique_ptr<RowSource>
join_alpha(std::unique_ptr<RowSource> colour, std::unique_ptr<RowSource> alpha);

} // namespace kizuna
