#include "upscale/upscale.hpp"

#include "image/convert.hpp"
#include "image/resample.hpp"
#include "upscale/alpha_rows.hpp"
#include "upscale/byte_rows.hpp"
#include "upscale/finite_rows.hpp"
#include "upscale/network_rows.hpp"

#include <utility>

namespace kizuna {

std::unique_ptr<RowSource> upscale_rows(
    std::unique_ptr<RowSource> source, const OpenNetwork& open, const UpscalePlan& plan, bool tta,
    ProgressCounter& counter, const CancelToken& cancel, const OpenNetwork* later, TileMemory* memory) {
    if (memory == nullptr && goes_as_bytes(source->info(), open, plan, tta)) {
        return byte_rows(std::move(source), open, plan, counter, cancel);
    }
    const PixelFormat format = source->info().format;
    if (format.sample == SampleType::f32) {
        source = finite_rows(std::move(source));
    }
    auto rows = convert_format(std::move(source), {format.channels, SampleType::f32});
    std::unique_ptr<RowSource> alpha;
    if (format.has_alpha()) {
        auto halves = split_alpha(std::move(rows));
        rows = std::move(halves.colour);
        alpha = resample(std::move(halves.alpha), plan.network_width, plan.network_height, Filter::bicubic);
    }
    const TileRunner::Options options{.blend = plan.blend, .overlap = plan.overlap, .tta = tta};
    SampleType precision = format.sample; // that the rows have, as floats
    const OpenNetwork* network = &open;
    std::size_t number = 0;
    for (const PassPlan& pass : plan.passes) {
        rows = network_rows(
            std::move(rows), precision, *network, pass, options, counter, cancel, {memory, number++});
        precision = SampleType::f32;
        network = later != nullptr ? later : &open;
    }
    if (alpha) {
        rows = join_alpha(std::move(rows), std::move(alpha));
    }
    rows = resample(std::move(rows), plan.target_width, plan.target_height, Filter::lanczos3);
    return convert_format(std::move(rows), format);
}

std::uint64_t tile_count(const UpscalePlan& plan, bool tta) {
    std::uint64_t tiles = 0;
    for (const PassPlan& pass : plan.passes) {
        tiles += pass.run_count();
    }
    return tta ? tiles * turns : tiles;
}

} // namespace kizuna
