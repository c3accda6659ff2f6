#pragma once

#include "image/rows.hpp"
#include "upscale/tile_runner.hpp"
#include "upscale/upscale_plan.hpp"

#include <memory>

namespace kizuna {

/// Whether a picture can go through the network as bytes, with the result that it would have as floats, to
/// within the network's own rounding: it is of 8 bits, the session takes such, the network runs once, nothing
/// has to be done with floats before it or after, and no two tiles fade into each other.
[[nodiscard]] bool
goes_as_bytes(const ImageInfo& picture, const OpenNetwork& open, const UpscalePlan& plan, bool tta);

/// The picture after the network, for pictures that go as bytes: u8 in, u8 out. Keeps the input's row of
/// tiles and the result's. As many tiles are under way at once as keep the device busy: while one is computed
/// the next is cut and brought, and the rows of those before are handed out. A tile that fails so goes
/// through TileRunner. `counter` and what `open` refers to must outlive it.
[[nodiscard]] std::unique_ptr<RowSource> byte_rows(
    std::unique_ptr<RowSource> source, const OpenNetwork& open, const UpscalePlan& plan,
    ProgressCounter& counter, const CancelToken& cancel);

} // namespace kizuna
