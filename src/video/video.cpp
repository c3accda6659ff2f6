#include "video/video.hpp"

#include "base/cancel.hpp"
#include "base/start_thread.hpp"
#include "base/stopwatch.hpp"
#include "base/trace.hpp"
#include "video/hand_over.hpp"
#include "video/picture_source.hpp"
#include "video/plan.hpp"
#include "video/segment_sink.hpp"
#include "video/side_by_side.hpp"
#include "video/stream_sink.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

/// Frames that wait between two threads: enough that neither waits for a single slow one, few enough that
/// memory stays small.
constexpr std::size_t most_waiting = 3;

/// For tiles that may be the same in the next frame: all of a frame of 1080p at twice its size.
constexpr std::uint64_t tile_memory_bytes = std::uint64_t{400} << 20U;

/// The way of the frames: a thread decodes, this one upscales, a third encodes.
class Pipeline {
  public:
    Pipeline(
        FrameUpscaler& upscaler, const std::filesystem::path& input, const VideoPlan& plan,
        const VideoRun& run, FrameSink& sink)
        : upscaler_(upscaler)
        , plan_(plan)
        , run_(run)
        , sink_(sink)
        , kept_frames_(sink.kept_frames())
        , source_(
              input,
              {plan.decoder, static_cast<std::uint64_t>(run.options.segment_frames),
               run.options.still_tolerance, run.options.temporal},
              [&sink](std::uint64_t group) { return sink.has_group(group); }, run.cancel) {}

    void run(VideoReport& report) {
        std::exception_ptr failure;
        {
            std::jthread decoding;
            std::jthread encoding;
            try {
                decoding = start_thread<std::jthread>("decoding a video", [this] { decode(); });
                encoding = start_thread<std::jthread>("encoding a video", [this] { encode(); });
                while (auto frame = decoded_.take()) {
                    if (!upscaled_.give(upscale(std::move(*frame), report))) {
                        break; // the encoder has failed
                    }
                }
                upscaled_.end();
            } catch (...) {
                failure = std::current_exception();
                upscaled_.stop();
            }
            decoded_.stop();
        }
        if (failure || encoding_failure_) {
            std::rethrow_exception(encoding_failure_ && !failure ? encoding_failure_ : failure);
        }
        report.frames = source_.frames();
        report.frames_resumed = kept_frames_;
        report.tiles_reused = memory_.found();
        report.bytes = plan_.kind == VideoPlan::Kind::sequence ? 0 : sink_.bytes();
    }

  private:
    void decode() {
        try {
            while (auto frame = source_.next()) {
                if (!decoded_.give(std::move(*frame))) {
                    return;
                }
            }
            decoded_.end();
        } catch (...) {
            decoded_.end(std::current_exception());
        }
    }

    void encode() {
        try {
            std::uint64_t done = kept_frames_;
            tell(done);
            while (auto frame = upscaled_.take()) {
                const TraceScope scope("encode frame");
                sink_.write(*frame);
                tell(++done);
            }
            if (!upscaled_.is_stopped()) {
                sink_.finish(source_.frames());
            }
        } catch (...) {
            encoding_failure_ = std::current_exception();
            upscaled_.stop();
        }
    }

    ResultFrame upscale(SourceFrame frame, VideoReport& report) {
        throw_if_cancelled(run_.cancel);
        if (frame.picture == last_source_) {
            ++report.frames_reused;
        } else {
            FrameUpscaler::Work work;
            Image result = upscaler_.upscale(
                *frame.picture, plan_.upscale, plan_.tile_limits, memory_, work, run_.cancel);
            if (run_.options.compare) {
                result = side_by_side(resized(*frame.picture, result.width(), result.height()), result);
            }
            last_result_ = std::make_shared<const Image>(std::move(result));
            last_source_ = frame.picture;
            ++report.frames_upscaled;
            report.tiles += work.tiles;
            report.engine_seconds += work.engine_seconds;
        }
        return {frame.number, frame.pts, frame.duration, last_result_, std::move(frame.original)};
    }

    void tell(std::uint64_t done) const {
        if (run_.progress) {
            run_.progress(
                {done, plan_.frames > 0 ? std::max(plan_.frames, done) : 0, kept_frames_, sink_.bytes(),
                 watch_.seconds()});
        }
    }

    FrameUpscaler& upscaler_;
    const VideoPlan& plan_;
    const VideoRun& run_;
    FrameSink& sink_;
    std::uint64_t kept_frames_;
    PictureSource source_;
    TileMemory memory_{tile_memory_bytes};
    Stopwatch watch_;
    HandOver<SourceFrame> decoded_{most_waiting};
    HandOver<ResultFrame> upscaled_{most_waiting};
    std::exception_ptr encoding_failure_;
    std::shared_ptr<const Image> last_source_;
    std::shared_ptr<const Image> last_result_;
};

std::unique_ptr<FrameSink> open_sink(
    VideoPlan& plan, WorkFolder& folder, const std::filesystem::path& input,
    const std::filesystem::path& output, const VideoRun& run) {
    const VideoOptions& options = run.options;
    if (plan.kind == VideoPlan::Kind::sequence) {
        return std::make_unique<SequenceSink>(
            folder, *plan.sequence, options.segment_frames, options.overwrite);
    }
    plan.encoder.threads = folder.encoder_threads();
    return std::make_unique<SegmentSink>(
        folder, plan.result, plan.encoder, options.segment_frames,
        Assembly{input, output, plan.muxer, options.overwrite, run.cancel});
}

/// What cannot be looked at cannot be written either, which is said when that is tried.
bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

void check_output(const std::filesystem::path& output, const VideoOptions& options) {
    if (!options.overwrite && is_there(output)) {
        throw Error(
            ErrorCode::already_exists,
            fmt::format("{} exists already (overwrite replaces it)", output.string()));
    }
}

[[noreturn]] void say_how_to_go_on(const WorkFolder& folder) {
    throw Error(
        ErrorCode::cancelled,
        fmt::format(
            "interrupted; what is done is kept in {}, and the same command goes on from there",
            folder.path().string()));
}

void upscale_to_files(
    FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    VideoPlan& plan, const VideoRun& run, VideoReport& report) {
    const bool is_sequence = plan.kind == VideoPlan::Kind::sequence;
    const bool was_there = !is_sequence && is_there(output);
    const std::filesystem::path work = output.string() + ".kizuna";
    if (was_there && !is_there(work)) {
        check_output(output, run.options);
    }
    if (is_sequence && output.has_parent_path()) {
        make_folder(output.parent_path());
    }
    WorkFolder folder(
        output, describe_work(upscaler, input, plan, run.options), run.options.restart, plan.tile_limits);
    plan.tile_limits = folder.tile_limits();
    try {
        if (was_there && folder.is_continued() && folder.has_appeared()) {
            report.frames = report.frames_resumed = frames_in(folder.segments());
            std::error_code error;
            const std::uintmax_t bytes = std::filesystem::file_size(output, error);
            report.bytes = error ? 0 : bytes;
            folder.remove(); // which the process had no time for
            return;
        }
        if (was_there) {
            check_output(output, run.options);
        }
        const auto sink = open_sink(plan, folder, input, output, run);
        Pipeline(upscaler, input, plan, run, *sink).run(report);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) {
            say_how_to_go_on(folder);
        }
        throw;
    }
}

} // namespace

VideoReport upscale_video(
    FrameUpscaler& upscaler, const std::filesystem::path& input, const std::filesystem::path& output,
    const VideoRun& run) {
    const Stopwatch watch;
    VideoPlan plan = plan_video(upscaler, input, output, run.options);
    VideoReport report;
    report.input_width = plan.input.width;
    report.input_height = plan.input.height;
    report.output_width = plan.result.width;
    report.output_height = plan.result.height;
    report.encoder = plan.encoder.name;
    if (plan.kind == VideoPlan::Kind::stream) {
        StreamSink sink(input, plan.result, plan.encoder, plan.muxer);
        Pipeline(upscaler, input, plan, run, sink).run(report);
    } else {
        upscale_to_files(upscaler, input, output, plan, run, report);
    }
    report.seconds = watch.seconds();
    return report;
}

} // namespace kizuna::video
