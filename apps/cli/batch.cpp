#include "batch.hpp"

#include "stream.hpp"

#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

namespace fs = std::filesystem;

thread_local std::string current_picture;

constexpr int first_sideways_orientation = 5; // EXIF's 5 to 8 swap width and height

class Stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    }

  private:
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

Error already_exists(const fs::path& output) {
    return {
        ErrorCode::already_exists,
        fmt::format("{} exists; use --overwrite or --skip-existing", output.string())};
}

class Batch {
  public:
    Batch(
        std::span<const Job> jobs, const Upscaler& upscaler, const UpscaleCommand& command,
        std::span<const std::byte> stdin_bytes, Reporter& reporter, const CancelToken& cancel)
        : jobs_(jobs)
        , upscaler_(upscaler)
        , command_(command)
        , stdin_bytes_(stdin_bytes)
        , reporter_(reporter)
        , cancel_(cancel) {}

    Tally run() {
        const std::size_t threads = std::min(static_cast<std::size_t>(command_.jobs), jobs_.size());
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < threads; ++i) {
            others.emplace_back([this] { work(); });
        }
        work();
        others.clear(); // joins
        Tally tally;
        tally.done = done_;
        tally.skipped = skipped_;
        tally.failed = failed_;
        return tally;
    }

  private:
    void work() {
        while (!cancel_.stop_requested()) {
            const std::size_t index = next_++;
            if (index >= jobs_.size()) {
                return;
            }
            const Job& job = jobs_[index];
            current_picture = job.input.string();
            run_job(job);
            current_picture.clear();
        }
    }

    void run_job(const Job& job) {
        try {
            if (command_.skip_existing && output_exists(job)) {
                ++skipped_;
                reporter_.skipped(job);
                return;
            }
            const UpscaleReport report = upscale(job);
            ++done_;
            reporter_.done(job, report);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::cancelled) {
                fail(job, error.code(), error.what());
            }
        } catch (const std::bad_alloc&) {
            fail(job, ErrorCode::out_of_memory, "there is not enough memory");
        } catch (const std::exception& error) {
            fail(job, ErrorCode::internal, error.what());
        }
    }

    void fail(const Job& job, ErrorCode code, const std::string& message) {
        ++failed_;
        reporter_.failed({job.input.string(), code, message});
    }

    static bool output_exists(const Job& job) {
        std::error_code ignored;
        return job.output != standard_stream && fs::exists(job.output, ignored);
    }

    UpscaleReport upscale(const Job& job) {
        if (output_exists(job) && !command_.file.overwrite) {
            throw already_exists(job.output);
        }
        if (job.make_folder) {
            make_folder(job.output.parent_path());
        }
        if (job.input == standard_stream || job.output == standard_stream) {
            return upscale_stream(job);
        }
        if (command_.print_tiles) {
            print_tiles_of_file(job);
        }
        return upscaler_.upscale_file(
            job.input, job.output, command_.upscale, command_.file, progress_of(job), cancel_);
    }

    /// Where an end is a stream, the picture is held in memory.
    UpscaleReport upscale_stream(const Job& job) {
        UpscaleReport report;
        const Stopwatch whole;
        const Image picture = job.input == standard_stream
                                  ? decode_image(stdin_bytes_, command_.upscale.max_pixels)
                                  : read_image(job.input, command_.upscale.max_pixels);
        report.decode_seconds = whole.seconds();
        report.input_width = picture.width();
        report.input_height = picture.height();
        if (command_.print_tiles) {
            print_tiles(job, picture.width(), picture.height());
        }
        const Stopwatch engine;
        const auto show = [&](const Progress& progress) {
            report.tiles = progress.tiles_done;
            reporter_.progress(job, progress);
        };
        const Image result = upscaler_.upscale(picture, command_.upscale, show, cancel_);
        report.engine_seconds = engine.seconds();
        report.output_width = result.width();
        report.output_height = result.height();
        const Stopwatch encode;
        write_result(job, result);
        report.encode_seconds = encode.seconds();
        report.seconds = whole.seconds();
        return report;
    }

    void write_result(const Job& job, const Image& result) const {
        if (job.output == standard_stream) {
            write_stdout(encode_image(result, command_.file.encode));
        } else {
            write_image(result, job.output, command_.file.encode);
        }
    }

    ProgressCallback progress_of(const Job& job) {
        return [this, &job](const Progress& progress) { reporter_.progress(job, progress); };
    }

    void print_tiles_of_file(const Job& job) {
        const ImageFileInfo info = inspect_image(job.input);
        std::uint32_t width = info.image.width;
        std::uint32_t height = info.image.height;
        if (info.orientation >= first_sideways_orientation) {
            std::swap(width, height);
        }
        print_tiles(job, width, height);
    }

    void print_tiles(const Job& job, std::uint32_t width, std::uint32_t height) {
        reporter_.tiles(job, upscaler_.plan_tiles(width, height, command_.upscale));
    }

    static void make_folder(const fs::path& folder) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) {
            throw Error(
                ErrorCode::io,
                fmt::format("the folder {} cannot be made: {}", folder.string(), error.message()));
        }
    }

    std::span<const Job> jobs_;
    const Upscaler& upscaler_;
    const UpscaleCommand& command_;
    std::span<const std::byte> stdin_bytes_;
    Reporter& reporter_;
    const CancelToken& cancel_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::size_t> done_ = 0;
    std::atomic<std::size_t> skipped_ = 0;
    std::atomic<std::size_t> failed_ = 0;
};

} // namespace

std::string_view picture_in_work() {
    return current_picture;
}

Tally run_jobs(
    std::span<const Job> jobs, const Upscaler& upscaler, const UpscaleCommand& command,
    std::span<const std::byte> stdin_bytes, Reporter& reporter, const CancelToken& cancel) {
    return Batch(jobs, upscaler, command, stdin_bytes, reporter, cancel).run();
}

} // namespace kizuna::cli
