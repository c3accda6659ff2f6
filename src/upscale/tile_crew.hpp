#pragma once

#include "upscale/tile_runner.hpp"
#include "upscale/workers.hpp"

#include <cstddef>
#include <deque>
#include <future>
#include <memory>

namespace kizuna {

/// Runs several tiles of a picture at a time, for sessions that have several devices, and gives the results
/// in the order in which the tiles came. One thread at a time.
class TileCrew {
  public:
    /// So many at a time. Each has a runner like this one, with the means that it has taken.
    TileCrew(const TileRunner& runner, std::size_t count);

    /// One more waits than are at work: it is ready when one of them is.
    [[nodiscard]] bool has_room() const { return under_way_.size() <= workers_.count(); }

    /// A tile, with what of it was kept when means were taken.
    void start(Tensor in, PooledTileValues values);

    /// A tile whose result is known already, in its turn.
    void pass_through(Tensor in, Tensor out);

    struct Result {
        Tensor in;
        Tensor out;
        bool is_new = true; ///< it was computed
    };

    /// Of the oldest tile; there is one. What was counted meanwhile is added to `counter`. Throws as
    /// TileRunner::run.
    [[nodiscard]] Result next(ProgressCounter& counter);

  private:
    struct Computed {
        Result result;
        std::unique_ptr<ProgressCounter> counted; ///< nothing where the result was known
    };

    [[nodiscard]] Computed compute(Tensor in, PooledTileValues values);

    const TileRunner& runner_;
    std::deque<std::future<Computed>> under_way_;
    Workers workers_; ///< last: what they are at uses the others
};

} // namespace kizuna
