#pragma once

#include "image/rows.hpp"
#include "upscale/tile_memory.hpp"
#include "upscale/tile_runner.hpp"
#include "upscale/upscale_plan.hpp"

#include <memory>

namespace kizuna {

/// The picture after one pass of the network: a RowSource that pulls its input (f32, 1 or 3 channels, of the
/// pass's size) a row of tiles at a time and keeps no more than one row of tiles of input and output in
/// memory. Where tiles share means of the whole picture, it first pulls all of its input and keeps it; as
/// samples of the type `precision`, from which the floats were made (but for colours that stand in for hidden
/// ones, which are rounded). Tiles that `memory` knows are not computed, unless they share means.
[[nodiscard]] std::unique_ptr<RowSource> network_rows(
    std::unique_ptr<RowSource> source, SampleType precision, const OpenNetwork& open, const PassPlan& pass,
    const TileRunner::Options& options, ProgressCounter& counter, const CancelToken& cancel,
    PassMemory memory = {});

} // namespace kizuna
