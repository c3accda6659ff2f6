#pragma once

#include "image/rows.hpp"
#include "upscale/tile_memory.hpp"
#include "upscale/tile_runner.hpp"
#include "upscale/upscale_plan.hpp"

#include "kizuna/cancel.hpp"

#include <memory>

// The heart: what happens to a picture before and after the network. Plans (upscale_plan), tiles through the
// engine (tile_runner, network_rows), alpha beside it (alpha_rows). Names no concrete engine and reads no
// file.
namespace kizuna {

/// The whole way of one picture, as rows: source → float → network, once or several times → resampled to the
/// target size → the source's sample type. Alpha is resized beside the network; metadata passes through.
/// Where the network runs several times, `later` is what runs after the first, of the same scale, channels,
/// alignment and border; nullptr: the same. `memory`, if there is one, knows tiles of the picture before;
/// they are computed as floats, one by one, then. Nothing is computed until rows are pulled. `counter` and
/// what `open` refers to must outlive the result. Rows throw Error{cancelled}, {out_of_memory},
/// {bad_network}, {engine_failed} and whatever the source throws.
[[nodiscard]] std::unique_ptr<RowSource> upscale_rows(
    std::unique_ptr<RowSource> source, const OpenNetwork& open, const UpscalePlan& plan, bool tta,
    ProgressCounter& counter, const CancelToken& cancel, const OpenNetwork* later = nullptr,
    TileMemory* memory = nullptr);

/// Runs of the network that the plan needs.
[[nodiscard]] std::uint64_t tile_count(const UpscalePlan& plan, bool tta);

} // namespace kizuna
