#pragma once

#include "base/stopwatch.hpp"
#include "base/turnstile.hpp"
#include "engine/engine.hpp"
#include "graph/network.hpp"
#include "tiling/tile_plan.hpp"
#include "upscale/planes.hpp"
#include "upscale/pool_sums.hpp"
#include "upscale/pooled_network.hpp"

#include "kizuna/cancel.hpp"
#include "kizuna/error.hpp"
#include "kizuna/progress.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace kizuna {

/// Whose tile goes next where several pictures share a device.
struct Urgency {
    Turnstile& turnstile; ///< of the device
    const std::atomic<int>& priority;
};

/// A network open on a device, with what has been learnt of the device's memory. Shared by all pictures and
/// threads.
struct OpenNetwork {
    const ModelSpec& spec; ///< complete: scale and channels known
    Session& session;
    /// Pixels that a tile may have; falls when the device runs out of memory, and stays there.
    std::atomic<std::int64_t>& tile_pixel_limit;
    PooledNetwork* pooled = nullptr; ///< for networks with global pools, where tiles are to share their means
    const Urgency* urgency = nullptr; ///< where tiles wait for their turn at the device
};

/// Ways to flip and turn a tile for TTA.
inline constexpr int turns = 8;

/// Counts tiles for one picture and tells the caller.
class ProgressCounter {
  public:
    ProgressCounter(std::uint64_t total, const ProgressCallback& callback)
        : callback_(callback) {
        progress_.tiles_total = total;
    }

    void count_tile();

    /// What another has counted, on the caller's thread.
    void add(const ProgressCounter& other);

    [[nodiscard]] const Progress& progress() const noexcept { return progress_; }

    double engine_seconds = 0;
    RunNotes notes;

  private:
    const ProgressCallback& callback_;
    Progress progress_;
    Stopwatch watch_;
};

/// What each pool takes the mean of in a tile, for each way to turn it: later stages go on from there. Empty
/// where it was not kept.
using PooledTileValues = std::array<std::vector<Tensor>, turns>;

/// Runs tiles of one picture through a network: fits grey and colour to the network's channels, turns tiles
/// for TTA, cuts a tile into smaller ones when the device runs out of memory, and refuses results that cannot
/// be pictures. Where tiles share means of the whole picture, it takes these first. One thread at a time.
class TileRunner {
  public:
    struct Options {
        TileBlend blend = TileBlend::exact; ///< how a tile that had to be cut is put together
        std::int64_t overlap = 0;
        bool tta = false;
    };

    TileRunner(const OpenNetwork& open, const Options& options, ProgressCounter& counter, CancelToken cancel)
        : open_(open)
        , options_(options)
        , counter_(counter)
        , cancel_(std::move(cancel)) {}

    /// As it is, with the means that were taken so far, for another thread that counts for itself.
    TileRunner(const TileRunner& other, ProgressCounter& counter)
        : open_(other.open_)
        , options_(other.options_)
        , counter_(counter)
        , cancel_(other.cancel_)
        , means_(other.means_) {}

    /// `in` is one picture part of 1 (grey) or 3 (RGB) channels; `out` has the same channels and `scale`
    /// times the sides, less the network's border. Throws Error{cancelled}, {out_of_memory} when even the
    /// smallest tile does not fit, {bad_network}, {engine_failed}.
    void run(const Tensor& in, Tensor& out, PooledTileValues* values = nullptr);

    /// The network's next mean over the whole picture, which all tiles run from now on are given: first this,
    /// which says how large what it is the mean of is in a tile,
    [[nodiscard]] const Growth& begin_mean();
    /// then each tile, with the part of it that belongs to the mean, and whether progress counts it. Where
    /// there are `values`, it goes on from those of earlier means and adds its own,
    void
    add_to_mean(const Tensor& in, const PoolWindow& window, bool counts, PooledTileValues* values = nullptr);
    /// then this. Tiles can be run when no mean is taken yet, each with its own, or all of them.
    void end_mean();

    /// Memory of what all pools take the mean of in these tiles.
    [[nodiscard]] std::uint64_t
    pooled_bytes(const std::vector<AxisTile>& columns, const std::vector<AxisTile>& rows) const;

  private:
    using Means = std::vector<Tensor>;

    /// A tile as several smaller ones. It begins at `begin` of what they lie in.
    struct Cut {
        std::vector<AxisTile> columns;
        std::vector<AxisTile> rows;
        Position begin;
    };

    [[nodiscard]] Cut cut(const Shape& in) const;
    [[nodiscard]] const Tensor& fit_channels(const Tensor& in);

    /// From what a stage is computed beside the picture.
    struct Known {
        const Means& means;
        const std::vector<Tensor>* pooled = nullptr;
    };

    void run_turned(const Tensor& in, Tensor& out, PooledTileValues* values);
    void run_whole_or_cut(const Tensor& in, const Known& known, Tensor& out);
    void run_cut(const Tensor& in, const Means& means, Tensor& out);
    void sum_whole_or_cut(
        const Tensor& in, const Means& means, const PoolWindow& window, PoolSum& sum,
        std::vector<Tensor>* kept);
    void sum_cut(const Tensor& in, const Means& means, const PoolWindow& window, PoolSum& sum);
    [[nodiscard]] Means own_means(const Tensor& in);
    [[nodiscard]] bool fits(const Tensor& in, std::size_t stage, const Known& known, Tensor& out);

    /// The whole network or a stage of it, with what it is given beside the picture.
    struct StageToRun {
        Session& session;
        std::vector<Tensor> given;
    };

    [[nodiscard]] StageToRun stage_to_run(std::size_t stage, const Known& known) const;
    void run_session(const StageToRun& stage, const Tensor& in, Tensor& out);
    void make_room(Session& session, const Shape& shape, const Error& error);
    [[nodiscard]] std::optional<std::int64_t> half_of(const Shape& in) const;
    [[nodiscard]] std::int64_t overlap_of_parts(const Shape& in) const;
    [[nodiscard]] const PooledNetwork::OpenStage& stage_from(std::size_t stage, const Known& known) const;
    [[nodiscard]] static std::vector<Tensor>
    inputs_of(const PooledNetwork::OpenStage& stage, const Known& known);

    OpenNetwork open_;
    Options options_;
    ProgressCounter& counter_;
    CancelToken cancel_;
    std::array<Means, turns> means_; ///< of the picture turned each way; those that have been taken
    std::array<PoolSum, turns> sums_;
    Tensor network_in_;
    Tensor network_out_;
    Tensor turned_in_;
    Tensor turned_out_;
};

} // namespace kizuna
