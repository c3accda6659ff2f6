#include "api/open_upscaler.hpp"

#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/stopwatch.hpp"
#include "base/system.hpp"
#include "base/trace.hpp"
#include "image/background_sink.hpp"
#include "service/memory_use.hpp"
#include "service/model_library.hpp"
#include "service/model_probe.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// Passes rows on, counting the time that its source takes and stopping when asked.
class WatchedRows final : public RowSource {
  public:
    WatchedRows(std::unique_ptr<RowSource> source, double& seconds, CancelToken cancel)
        : RowSource(source->info())
        , source_(std::move(source))
        , seconds_(seconds)
        , cancel_(std::move(cancel)) {}

    void read_row(std::span<std::byte> row) override {
        throw_if_cancelled(cancel_);
        const TraceScope scope("decode row");
        const Stopwatch watch;
        source_->read_row(row);
        seconds_ += watch.seconds();
    }

  private:
    std::unique_ptr<RowSource> source_;
    double& seconds_;
    CancelToken cancel_;
};

/// A row of tiles gives hundreds of rows at once: so many may wait for the encoder while the network goes on.
constexpr std::size_t encoder_queue_bytes = std::size_t{32} << 20U;

} // namespace

OpenUpscaler::Opened::Opened(std::shared_ptr<const Network> given, const EngineOptions& options)
    : network(std::move(given))
    , session(open_session(network, options))
    , spec(complete_spec(*network, *session.session)) {
    session.compare_with(spec);
    if (spec.global_pools > 0) {
        EngineOptions same = options;
        same.provider = session.provider;
        same.precision = session.precision;
        pooled = std::make_unique<PooledNetwork>(*network, [same, complete = spec](Network stage) {
            OpenedSession part = open_session(std::make_shared<const Network>(std::move(stage)), same);
            part.compare_with(complete);
            return std::move(part.session);
        });
    }
}

OpenUpscaler::OpenUpscaler(std::shared_ptr<const Network> network, const EngineOptions& options)
    : options_(options)
    , first_(std::move(network), options) {
    options_.provider = first_.session.provider;
    options_.precision = first_.session.precision;
}

OpenUpscaler::Opened* OpenUpscaler::later() {
    const std::lock_guard lock(mutex_);
    if (!looked_for_later_) {
        if (auto network = load_for_later_runs(first_.spec)) {
            auto opened =
                std::make_unique<Opened>(std::make_shared<const Network>(std::move(*network)), options_);
            const ModelSpec& a = first_.spec;
            const ModelSpec& b = opened->spec;
            // What was planned for the one has to do for the other.
            if (a.scale == b.scale && a.channels == b.channels && a.alignment_px == b.alignment_px &&
                a.border_px == b.border_px && a.global_pools == b.global_pools &&
                a.receptive_field_px == b.receptive_field_px) {
                later_ = std::move(opened);
            }
        }
        looked_for_later_ = true; // only now: what was thrown is thrown for the next picture, too
    }
    return later_.get();
}

UpscalePlan OpenUpscaler::plan(
    std::uint32_t width, std::uint32_t height, const UpscaleOptions& options,
    const TileLimits& limits) const {
    const Graph* graph = first_.network->graph ? &*first_.network->graph : nullptr;
    return plan_upscale(first_.spec, graph, limits, width, height, options);
}

/// A picture a few rows high and millions of pixels wide is held whole: better an error than a killed
/// process.
void OpenUpscaler::check_memory(const UpscalePlan& plan) const {
    const std::uint64_t needed = working_bytes(plan, first_.spec);
    const std::uint64_t available = available_memory_bytes();
    if (available > 0 && needed > available) {
        constexpr double gigabyte = 1e9;
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format(
                "what is kept of a picture of this size needs {:.1f} GB of memory, and {:.1f} GB are free",
                static_cast<double>(needed) / gigabyte, static_cast<double>(available) / gigabyte));
    }
}

UpscaleReport
OpenUpscaler::to_image(std::unique_ptr<RowSource> source, Image& result, const PictureRun& run) {
    return to_sink(
        std::move(source),
        [&result](std::unique_ptr<RowSource>& rows, double& /*encode_seconds*/) {
            return image_sink(result, rows->info());
        },
        run);
}

UpscaleReport OpenUpscaler::to_bytes(
    OpenedPicture source, const EncodeSettings& settings, std::vector<std::byte>& result,
    const PictureRun& run) {
    const ImageFormat format = output_format(settings, {}, source.format());
    MemoryOutput out;
    UpscaleReport report = to_stream(std::move(source), out, format, settings, run);
    result = std::move(out.bytes());
    return report;
}

UpscaleReport OpenUpscaler::to_file(
    OpenedPicture source, const std::filesystem::path& output, const FileOptions& options,
    const PictureRun& run) {
    const ImageFormat format = output_format(options.encode, output, source.format());
    AtomicFile file(output, options.overwrite ? AtomicFile::IfExists::replace : AtomicFile::IfExists::fail);
    UpscaleReport report = to_stream(std::move(source), file, format, options.encode, run);
    throw_if_cancelled(run.cancel); // an encoder may have been at work for long
    file.commit();
    return report;
}

UpscaleReport OpenUpscaler::to_stream(
    OpenedPicture source, OutputStream& out, ImageFormat format, const EncodeSettings& settings,
    const PictureRun& run) {
    EncodeOptions encode = encode_options(format, settings);
    encode.cancel = run.cancel;
    if (source.is_animation() && can_animate(format) && !settings.first_frame) {
        return to_animation(*source.take_frames(), out, format, encode, run);
    }
    return to_sink(source.take_rows(settings.first_frame), encoder_to(out, format, encode), run);
}

/// Opens the encoder for rows that it first makes storable. It works beside the network, on a thread of its
/// own.
OpenUpscaler::SinkOpener
OpenUpscaler::encoder_to(OutputStream& out, ImageFormat format, const EncodeOptions& options) {
    return [&out, format, options](std::unique_ptr<RowSource>& rows, double& encode_seconds) {
        check_sides(format, rows->info().width, rows->info().height);
        rows = make_storable(std::move(rows), format);
        return background_sink(
            open_encoder(format, out, rows->info(), options), encoder_queue_bytes, encode_seconds);
    };
}

/// Everything between an opened picture and its sink.
UpscaleReport
OpenUpscaler::to_sink(std::unique_ptr<RowSource> source, const SinkOpener& open_sink, const PictureRun& run) {
    const ImageInfo& in = source->info();
    const TileLimits limits = run.limits != nullptr ? *run.limits : tile_limits();
    return run_plan(plan(in.width, in.height, run.options, limits), std::move(source), open_sink, run);
}

UpscaleReport OpenUpscaler::run_plan(
    const UpscalePlan& upscale_plan, std::unique_ptr<RowSource> source, const SinkOpener& open_sink,
    const PictureRun& run) {
    const Stopwatch watch;
    const UpscaleOptions& options = run.options;
    UpscaleReport report;
    const ImageInfo in = source->info();
    const TraceScope scope("picture", fmt::format("{}×{}", in.width, in.height));
    check_memory(upscale_plan);
    ProgressCounter counter(tile_count(upscale_plan, options.tta), run.progress);
    Opened* const after_first = upscale_plan.passes.size() > 1 ? later() : nullptr;
    std::optional<OpenNetwork> later_network;
    if (after_first != nullptr) {
        later_network.emplace(after_first->shared(run.urgency));
    }
    auto rows = upscale_rows(
        std::make_unique<WatchedRows>(std::move(source), report.decode_seconds, run.cancel),
        first_.shared(run.urgency), upscale_plan, options.tta, counter, run.cancel,
        later_network ? &*later_network : nullptr, run.memory);
    const auto sink = open_sink(rows, report.encode_seconds);
    std::vector<std::byte> row(rows->info().row_bytes());
    for (std::uint32_t y = 0; y < rows->info().height; ++y) {
        throw_if_cancelled(run.cancel);
        rows->read_row(row);
        sink->write_row(row);
    }
    sink->finish();
    report.input_width = in.width;
    report.input_height = in.height;
    report.output_width = rows->info().width;
    report.output_height = rows->info().height;
    report.tiles = counter.progress().tiles_done;
    report.repeated_tiles = counter.notes.repeats;
    report.engine_seconds = counter.engine_seconds;
    note_memory_use();
    report.seconds = watch.seconds();
    return report;
}

} // namespace kizuna
