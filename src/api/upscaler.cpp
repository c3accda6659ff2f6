#include "kizuna/upscaler.hpp"

#include "api/model_info.hpp"
#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/system.hpp"
#include "image/background_sink.hpp"
#include "service/devices.hpp"
#include "service/model_probe.hpp"
#include "service/picture_file.hpp"
#include "upscale/upscale.hpp"

#include "kizuna/error.hpp"

#include <atomic>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

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
        const auto start = Clock::now();
        source_->read_row(row);
        seconds_ += seconds_since(start);
    }

  private:
    std::unique_ptr<RowSource> source_;
    double& seconds_;
    CancelToken cancel_;
};

} // namespace

struct Upscaler::Impl {
    std::shared_ptr<const Network> network;
    OpenedSession opened;
    ModelSpec spec;
    std::atomic<std::int64_t> tile_pixel_limit{std::numeric_limits<std::int64_t>::max()};
    std::unique_ptr<PooledNetwork> pooled; ///< for networks with global pools

    Impl(const Model& model, const EngineOptions& options)
        : network(model.network())
        , opened(open_session(*network, options))
        , spec(complete_spec(*network, *opened.session)) {
        if (spec.global_pools > 0) {
            EngineOptions same = options;
            same.provider = opened.provider;
            pooled = std::make_unique<PooledNetwork>(
                *network, [same](const Network& stage) { return open_session(stage, same).session; });
        }
    }

    [[nodiscard]] UpscalePlan
    plan(std::uint32_t width, std::uint32_t height, const UpscaleOptions& options) const {
        const Graph* graph = network->graph ? &*network->graph : nullptr;
        const TileLimits limits{opened.session->free_memory_bytes(), opened.session->best_tile_px()};
        return plan_upscale(spec, graph, limits, width, height, options);
    }

    /// A picture a few rows high and millions of pixels wide is held whole: better an error than a killed
    /// process.
    void check_memory(const UpscalePlan& upscale_plan) const {
        const std::uint64_t needed = working_bytes(upscale_plan, spec);
        const std::uint64_t available = available_memory_bytes();
        if (available > 0 && needed > available) {
            constexpr double gigabyte = 1e9;
            throw Error(
                ErrorCode::out_of_memory,
                fmt::format(
                    "rows of this width need {:.1f} GB of memory, and {:.1f} GB are free",
                    static_cast<double>(needed) / gigabyte, static_cast<double>(available) / gigabyte));
        }
    }

    /// Everything between an opened picture and its sink; `open_sink` is called with the result's rows, once
    /// their size is known to be within the limits, and with where to count the seconds that encoding takes.
    template <typename OpenSink>
    UpscaleReport
    run(std::unique_ptr<RowSource> source, const UpscaleOptions& options, const ProgressCallback& progress,
        const CancelToken& cancel, const OpenSink& open_sink);
};

template <typename OpenSink>
UpscaleReport Upscaler::Impl::run(
    std::unique_ptr<RowSource> source, const UpscaleOptions& options, const ProgressCallback& progress,
    const CancelToken& cancel, const OpenSink& open_sink) {
    const auto start = Clock::now();
    UpscaleReport report;
    const ImageInfo in = source->info();
    const UpscalePlan upscale_plan = plan(in.width, in.height, options);
    check_memory(upscale_plan);
    ProgressCounter counter(tile_count(upscale_plan, options.tta), progress);
    auto rows = upscale_rows(
        std::make_unique<WatchedRows>(std::move(source), report.decode_seconds, cancel),
        {spec, *opened.session, tile_pixel_limit, pooled.get()}, upscale_plan, options.tta, counter, cancel);
    const auto sink = open_sink(rows, report.encode_seconds);
    std::vector<std::byte> row(rows->info().row_bytes());
    for (std::uint32_t y = 0; y < rows->info().height; ++y) {
        throw_if_cancelled(cancel);
        rows->read_row(row);
        sink->write_row(row);
    }
    sink->finish();
    report.input_width = in.width;
    report.input_height = in.height;
    report.output_width = rows->info().width;
    report.output_height = rows->info().height;
    report.tiles = counter.progress().tiles_done;
    report.engine_seconds = counter.engine_seconds;
    report.seconds = seconds_since(start);
    return report;
}

Upscaler::Upscaler(const Model& model, const EngineOptions& options)
    : impl_(std::make_unique<Impl>(model, options)) {}

Upscaler::Upscaler(Upscaler&&) noexcept = default;
Upscaler& Upscaler::operator=(Upscaler&&) noexcept = default;
Upscaler::~Upscaler() = default;

ModelInfo Upscaler::model() const {
    return describe_model(*impl_->network, impl_->spec);
}

std::string Upscaler::provider() const {
    return impl_->opened.provider;
}

namespace {

/// A sink that is an Image.
class ImageSink final : public RowSink {
  public:
    explicit ImageSink(Image& image)
        : image_(image) {}

    void write_row(std::span<const std::byte> row) override {
        std::copy(row.begin(), row.end(), image_.row(next_++).begin());
    }

    void finish() override {}

  private:
    Image& image_;
    std::uint32_t next_ = 0;
};

/// A row of tiles gives hundreds of rows at once: so many may wait for the encoder while the network goes on.
constexpr std::size_t encoder_queue_bytes = std::size_t{32} << 20U;

/// Opens the encoder for rows that it first makes storable. It works beside the network, on a thread of its
/// own.
auto encoder_to(OutputStream& out, ImageFormat format, const EncodeOptions& options) {
    return [&out, format, options](std::unique_ptr<RowSource>& rows, double& seconds) {
        check_sides(format, rows->info().width, rows->info().height);
        rows = make_storable(std::move(rows), format);
        return background_sink(
            open_encoder(format, out, rows->info(), options), encoder_queue_bytes, seconds);
    };
}

} // namespace

Image Upscaler::upscale(
    const Image& image, const UpscaleOptions& options, const ProgressCallback& progress,
    const CancelToken& cancel) const {
    Image result;
    impl_->run(
        apply_orientation(rows_of_borrowed(image)), options, progress, cancel,
        [&](std::unique_ptr<RowSource>& rows, double& /*seconds*/) {
            result = Image(rows->info());
            return std::make_unique<ImageSink>(result);
        });
    return result;
}

UpscaleReport Upscaler::upscale_file(
    const std::filesystem::path& input, const std::filesystem::path& output, const UpscaleOptions& options,
    const FileOptions& file_options, const ProgressCallback& progress, const CancelToken& cancel) const {
    try {
        const auto start = Clock::now();
        auto picture = open_picture(open_file(input), options.max_pixels);
        const double opening = seconds_since(start);
        const ImageFormat format = output_format(file_options.encode, output, picture.format);
        EncodeOptions encode = encode_options(format, file_options.encode);
        encode.cancel = cancel;
        AtomicFile file(
            output, file_options.overwrite ? AtomicFile::IfExists::replace : AtomicFile::IfExists::fail);
        UpscaleReport report =
            impl_->run(std::move(picture.rows), options, progress, cancel, encoder_to(file, format, encode));
        throw_if_cancelled(cancel); // an encoder may have been at work for long
        file.commit();
        report.decode_seconds += opening;
        report.seconds = seconds_since(start);
        return report;
    } catch (const Error& error) {
        throw naming(error, input);
    }
}

std::vector<std::byte> Upscaler::upscale_bytes(
    std::span<const std::byte> encoded, const UpscaleOptions& options, const EncodeSettings& encode,
    const ProgressCallback& progress, const CancelToken& cancel) const {
    auto picture = open_picture(open_memory(encoded), options.max_pixels);
    const ImageFormat format = output_format(encode, {}, picture.format);
    EncodeOptions encoding = encode_options(format, encode);
    encoding.cancel = cancel;
    MemoryOutput out;
    impl_->run(std::move(picture.rows), options, progress, cancel, encoder_to(out, format, encoding));
    return std::move(out.bytes());
}

std::vector<TilePlacement>
Upscaler::plan_tiles(std::uint32_t width, std::uint32_t height, const UpscaleOptions& options) const {
    const UpscalePlan plan = impl_->plan(width, height, options);
    const int scale = impl_->spec.scale;
    std::vector<TilePlacement> placements;
    for (std::size_t pass = 0; pass < plan.passes.size(); ++pass) {
        for (const AxisTile& row : plan.passes[pass].rows) {
            for (const AxisTile& column : plan.passes[pass].columns) {
                placements.push_back(
                    {static_cast<int>(pass), column.read_begin, row.read_begin, column.read_length(),
                     row.read_length(), column.keep_begin * scale, row.keep_begin * scale,
                     column.keep_length() * scale, row.keep_length() * scale});
            }
        }
    }
    return placements;
}

} // namespace kizuna
