#include "api/open_upscaler.hpp"
#include "base/cancel.hpp"
#include "base/stopwatch.hpp"
#include "base/trace.hpp"
#include "image/convert.hpp"
#include "service/repeated_frames.hpp"

#include <optional>
#include <utility>

namespace kizuna {

namespace {

/// Of frames and their results, so that what repeats is computed once: three seconds of 640×360 to twice the
/// size at 12 drawings a second.
constexpr std::size_t repeated_bytes = std::size_t{128} << 20U;

/// Adds the time until its end.
class AddedTime {
  public:
    explicit AddedTime(double& seconds) noexcept
        : seconds_(seconds) {}

    AddedTime(const AddedTime&) = delete;
    AddedTime& operator=(const AddedTime&) = delete;

    ~AddedTime() { seconds_ += watch_.seconds(); }

  private:
    double& seconds_;
    Stopwatch watch_;
};

template <typename Work>
decltype(auto) timed(double& seconds, const Work& work) {
    const AddedTime added(seconds);
    return work();
}

/// What the caller hears of all frames, from what is heard of one.
class FrameProgress {
  public:
    FrameProgress(const ProgressCallback& callback, std::uint64_t frames)
        : callback_(callback) {
        all_.frames_total = frames;
    }

    void begin(std::uint64_t tiles_per_frame) {
        tiles_per_frame_ = tiles_per_frame;
        all_.tiles_total = tiles_per_frame * all_.frames_total;
    }

    void count_tile(const Progress& of_frame) {
        all_.tiles_done = all_.frames_done * tiles_per_frame_ + of_frame.tiles_done;
        tell();
    }

    void count_frame() {
        ++all_.frames_done;
        all_.tiles_done = all_.frames_done * tiles_per_frame_;
        tell();
    }

  private:
    void tell() {
        all_.seconds = watch_.seconds();
        if (callback_) {
            callback_(all_);
        }
    }

    const ProgressCallback& callback_;
    std::uint64_t tiles_per_frame_ = 0;
    Progress all_;
    Stopwatch watch_;
};

void add(UpscaleReport& sum, const UpscaleReport& frame) {
    sum.input_width = frame.input_width;
    sum.input_height = frame.input_height;
    sum.output_width = frame.output_width;
    sum.output_height = frame.output_height;
    sum.tiles += frame.tiles;
    sum.repeated_tiles += frame.repeated_tiles;
    sum.engine_seconds += frame.engine_seconds;
}

} // namespace

/// All frames have the plan of the first, so that tiles do not move.
UpscaleReport OpenUpscaler::to_animation(
    FrameSource& frames, OutputStream& out, ImageFormat format, const EncodeOptions& options,
    const PictureRun& run) {
    const TraceScope scope("animation");
    UpscaleReport report;
    report.frames = frames.animation().delays.size();
    const AddedTime added(report.seconds);
    FrameProgress progress(run.progress, report.frames);
    const ProgressCallback on_tile = [&](const Progress& of_frame) { progress.count_tile(of_frame); };
    const PictureRun frame_run{run.options, on_tile, run.cancel, run.urgency};
    std::optional<UpscalePlan> frame_plan;
    const auto upscaled = [&](const Image& frame) {
        auto rows = apply_orientation(rows_of_borrowed(frame));
        const bool first = !frame_plan;
        if (first) {
            frame_plan = plan(rows->info().width, rows->info().height, run.options, tile_limits());
            progress.begin(tile_count(*frame_plan, run.options.tta));
        }
        Image result;
        add(report, run_plan(*frame_plan, std::move(rows), into_image(result, format, first), frame_run));
        return result;
    };
    std::unique_ptr<FrameSink> sink;
    RepeatedFrames repeated(repeated_bytes);
    for (std::uint64_t i = 0; i < report.frames; ++i) {
        throw_if_cancelled(run.cancel);
        const Image& frame =
            timed(report.decode_seconds, [&]() -> const Image& { return frames.next_frame(); });
        const Image* result = repeated.find(frame);
        if (result != nullptr) {
            ++report.repeated_frames;
        } else {
            result = &repeated.keep(frame, upscaled(frame));
        }
        if (!sink) {
            sink = open_animation_encoder(format, out, result->info(), frames.animation(), options);
        }
        timed(report.encode_seconds, [&] { sink->write_frame(*result); });
        progress.count_frame();
    }
    timed(report.encode_seconds, [&] { sink->finish(); });
    return report;
}

/// Frames that the format can store. What is lost is said with the first.
OpenUpscaler::SinkOpener OpenUpscaler::into_image(Image& result, ImageFormat format, bool first) {
    return [&result, format, first](std::unique_ptr<RowSource>& rows, double& /*encode_seconds*/) {
        check_sides(format, rows->info().width, rows->info().height);
        const PixelFormat storable = storable_format(format, rows->info().format);
        rows = first ? make_storable(std::move(rows), format) : convert_format(std::move(rows), storable);
        return image_sink(result, rows->info());
    };
}

} // namespace kizuna
