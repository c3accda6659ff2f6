#pragma once

#include "image/rows.hpp"

#include <memory>

namespace kizuna {

/// So far from what is visible its colours are continued: beyond that a network's answer to what it sees
/// there is no longer to be seen.
inline constexpr int continued_colours_px = 16;

/// The colours of a picture with alpha (f32), for a network: what lies under pixels with an alpha of 0 is
/// somebody's brush, or black, and would show at the edges. A hidden pixel takes the mean of its eight
/// neighbours' colours, weighted by their alpha, and the mean of that alpha as its own, continued_colours_px
/// times over; what is farther off is grey. Keeps twice as many rows as that.
[[nodiscard]] std::unique_ptr<RowSource> with_hidden_colours_filled(std::unique_ptr<RowSource> source);

} // namespace kizuna
