#pragma once

#include "graph/network.hpp"
#include "image/rows.hpp"

#include <cstdint>
#include <memory>

// Networks are given more than the picture: what they would else make up beyond its border shows inside it.
namespace kizuna {

/// The position in [0, length) of the pixel that stands at `position` of a picture continued without end.
/// Mirroring goes to and fro where the picture is shorter than what lies beyond it.
[[nodiscard]] std::int64_t continued_position(std::int64_t position, std::int64_t length, BorderFill fill);

/// The picture with this much more on each side. Keeps as many rows in memory as lie beyond the picture, and
/// one.
[[nodiscard]] std::unique_ptr<RowSource>
continued(std::unique_ptr<RowSource> source, const Sides& beyond, BorderFill fill);

} // namespace kizuna
