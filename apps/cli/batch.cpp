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
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

namespace fs = std::filesystem;

thread_local std::string current_picture;

constexpr int first_sideways_orientation = 5; // EXIF's 5 to 8 swap width and height

Error already_exists(const fs::path& output) {
    return {
        ErrorCode::already_exists,
        fmt::format("{} exists; use --overwrite or --skip-existing", output.string())};
}

class Batch {
  public:
    Batch(
        std::span<const Job> jobs, const Upscaler& upscaler, const UpscaleCommand& command,
        fs::path stdin_file, Reporter& reporter, Counters& counters, const CancelToken& cancel)
        : jobs_(jobs)
        , upscaler_(upscaler)
        , command_(command)
        , stdin_file_(std::move(stdin_file))
        , reporter_(reporter)
        , counters_(counters)
        , cancel_(cancel) {}

    void run() {
        const std::size_t threads = std::min(static_cast<std::size_t>(command_.jobs), jobs_.size());
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < threads; ++i) {
            others.emplace_back([this] { work(); });
        }
        work();
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
                ++counters_.skipped;
                reporter_.skipped(job);
                return;
            }
            const UpscaleReport report = upscale(job);
            ++counters_.done;
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
        ++counters_.failed;
        reporter_.failed({job.input.string(), code, in_words(message)});
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
        const fs::path input = job.input == standard_stream ? stdin_file_ : job.input;
        if (command_.print_tiles) {
            const auto [width, height] = size_of(input);
            reporter_.tiles(job, upscaler_.plan_tiles(width, height, command_.upscale));
        }
        if (job.output == standard_stream) {
            return upscale_to_stdout(job, input);
        }
        return upscaler_.upscale_file(
            input, job.output, command_.upscale, command_.file, progress_of(job), cancel_);
    }

    /// The times of the parts stay empty.
    UpscaleReport upscale_to_stdout(const Job& job, const fs::path& input) {
        const auto begun = std::chrono::steady_clock::now();
        UpscaleReport report;
        std::tie(report.input_width, report.input_height) = size_of(input);
        const auto show = [&](const Progress& progress) {
            report.tiles = progress.tiles_done;
            report.frames = progress.frames_total;
            reporter_.progress(job, progress);
        };
        const std::vector<std::byte> result =
            upscaler_.upscale_bytes(read_file(input), command_.upscale, command_.file.encode, show, cancel_);
        std::tie(report.output_width, report.output_height) = size_of(MemoryFile(result).path());
        write_stdout(result);
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        return report;
    }

    /// Width and height as they are seen.
    static std::pair<std::uint32_t, std::uint32_t> size_of(const fs::path& file) {
        const ImageFileInfo info = inspect_image(file);
        const std::pair size(info.image.width, info.image.height);
        return info.orientation >= first_sideways_orientation ? std::pair(size.second, size.first) : size;
    }

    /// Standard input is known to the user by no file's name.
    [[nodiscard]] std::string in_words(std::string message) const {
        const std::string name = stdin_file_.string();
        const std::size_t at = name.empty() ? std::string::npos : message.find(name);
        return at == std::string::npos ? message : message.replace(at, name.size(), "standard input");
    }

    ProgressCallback progress_of(const Job& job) {
        return [this, &job](const Progress& progress) { reporter_.progress(job, progress); };
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
    fs::path stdin_file_;
    Reporter& reporter_;
    Counters& counters_;
    const CancelToken& cancel_;
    std::atomic<std::size_t> next_ = 0;
};

} // namespace

std::string_view picture_in_work() {
    return current_picture;
}

void run_jobs(
    std::span<const Job> jobs, const Upscaler& upscaler, const UpscaleCommand& command,
    const std::filesystem::path& stdin_file, Reporter& reporter, Counters& counters,
    const CancelToken& cancel) {
    Batch(jobs, upscaler, command, stdin_file, reporter, counters, cancel).run();
}

} // namespace kizuna::cli
