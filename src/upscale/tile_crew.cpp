#include "upscale/tile_crew.hpp"

#include <utility>

namespace kizuna {

namespace {

const ProgressCallback nobody;

} // namespace

TileCrew::TileCrew(const TileRunner& runner, std::size_t count)
    : runner_(runner)
    , workers_(count) {}

void TileCrew::start(Tensor in, PooledTileValues values) {
    const auto tile = std::make_shared<std::pair<Tensor, PooledTileValues>>(std::move(in), std::move(values));
    under_way_.push_back(workers_.start<Computed>(
        [this, tile] { return compute(std::move(tile->first), std::move(tile->second)); }));
}

void TileCrew::pass_through(Tensor in, Tensor out) {
    std::promise<Computed> known;
    known.set_value({{std::move(in), std::move(out), false}, nullptr});
    under_way_.push_back(known.get_future());
}

/// On a worker's thread.
TileCrew::Computed TileCrew::compute(Tensor in, PooledTileValues values) {
    auto counted = std::make_unique<ProgressCounter>(0, nobody);
    TileRunner runner(runner_, *counted);
    const bool has_values = !values.front().empty();
    Tensor out;
    runner.run(in, out, has_values ? &values : nullptr);
    return {{std::move(in), std::move(out)}, std::move(counted)};
}

TileCrew::Result TileCrew::next(ProgressCounter& counter) {
    std::future<Computed> oldest = std::move(under_way_.front());
    under_way_.pop_front();
    Computed computed = oldest.get();
    if (computed.counted) {
        counter.add(*computed.counted);
    }
    return std::move(computed.result);
}

} // namespace kizuna
