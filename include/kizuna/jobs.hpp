#pragma once

#include "kizuna/device.hpp"
#include "kizuna/error.hpp"
#include "kizuna/export.hpp"
#include "kizuna/image.hpp"
#include "kizuna/job.hpp"
#include "kizuna/model.hpp"
#include "kizuna/progress.hpp"
#include "kizuna/result_cache.hpp"
#include "kizuna/upscale_options.hpp"
#include "kizuna/upscaler.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kizuna {

/// What a job upscales: a file, an encoded picture, or a picture.
using JobInput = std::variant<std::filesystem::path, std::vector<std::byte>, Image>;

/// Where its result goes: into a file,
struct ToFile {
    std::filesystem::path path;
    FileOptions options;
};

/// into an encoded picture; without a format in `settings` that of the input (of an Image: "png"),
struct ToBytes {
    EncodeSettings settings;
};

/// or into a picture.
struct ToImage {};

using JobTarget = std::variant<ToFile, ToBytes, ToImage>;

/// How a job ended. Every job that was accepted has one result, and it is delivered once.
struct JobResult {
    JobId id = 0;
    std::string key;
    JobState state = JobState::done; ///< done, failed, cancelled, or timed_out
    std::optional<Error> error;      ///< but for done: why
    /// For done: the file that was written, the encoded picture, or the picture.
    std::variant<std::monostate, std::filesystem::path, std::vector<std::byte>, Image> output;
    UpscaleReport report; ///< for done; as it is constructed where `from_cache`
    std::string provider; ///< what it ran on, as far as it came
    bool from_cache = false;
    double waited_seconds = 0; ///< until it began, or ended without having begun
    double ran_seconds = 0;
};

/// A picture to be upscaled in its turn.
struct JobRequest {
    JobInput input;
    JobTarget target;
    Model model;
    UpscaleOptions options;
    JobTerms terms;
    /// After every tile, on the thread that runs the job. Must not throw.
    std::function<void(JobId, const Progress&)> progress;
    /// Called with the result on the thread that ran the job, or, if it never began, on the one that
    /// cancelled it or found its time to be up. Must not throw. If there is none, the result waits for
    /// Jobs::take().
    std::function<void(JobResult)> ended;
};

struct JobsOptions {
    /// Devices that share the queue: a job goes to the one with the least to do.
    std::vector<EngineOptions> devices{EngineOptions{}};
    /// Jobs at work at the same time on each device: while one is decoded or encoded, the network works on
    /// another. Its tiles are taken by priority, so that an urgent job waits for a tile, not for a picture.
    int running_per_device = 2;
    /// Jobs that may wait to begin, or for their result to be taken; more are refused.
    std::size_t waiting = 1000;
    /// Networks that stay open on each device; the least recently used is closed.
    std::size_t open_networks = 4;
    /// Where results of jobs with encoded input and output are kept and looked for; nowhere if empty.
    std::shared_ptr<ResultCache> cache;
};

/// A queue of pictures to upscale, for hosts that show some while others are wanted soon. All functions may
/// be called from any thread, and from callbacks; only wait_until_idle(), close(), take() and the destructor
/// not from callbacks. A process that forks keeps its queue; the child must not touch it.
class KIZUNA_API Jobs {
  public:
    /// Throws Error{invalid_argument}. Devices and networks are opened by the jobs that need them.
    explicit Jobs(const JobsOptions& options = {});
    Jobs(Jobs&&) noexcept;
    Jobs& operator=(Jobs&&) noexcept;

    /// As close(). Results that were not taken are lost.
    ~Jobs();

    /// Throws Error{limit_exceeded} when too many wait, {invalid_argument}, {cancelled} after close(). What
    /// is wrong with the picture or the network is the result's.
    JobId submit(JobRequest request);

    /// False where there is no such job or it has ended. What waits has ended on return; what runs ends
    /// within a tile.
    bool cancel(JobId id);

    /// Cancels all jobs of this key; returns how many. So do those of the next function, whatever their key.
    std::size_t cancel_key(std::string_view key);
    std::size_t cancel_all();

    /// False where there is no such job or it has ended.
    bool set_priority(JobId id, int priority);

    /// Jobs that have not ended: those that run, then those that wait, in the order in which they would
    /// begin.
    [[nodiscard]] std::vector<JobStatus> list() const;

    /// The next result of a job without `ended`, in the order in which they ended; empty where there was none
    /// within that time, or all have been taken after close(), which ends the waiting.
    [[nodiscard]] std::optional<JobResult>
    take(std::chrono::milliseconds at_most = std::chrono::milliseconds(0));

    /// Waits until every job has ended.
    void wait_until_idle();

    /// Takes no more jobs, cancels what is left, and waits until it has ended. Results can still be taken.
    void close();

    /// Jobs that begin from now on keep their results there, or nowhere.
    void keep_results_in(std::shared_ptr<ResultCache> cache);

    /// Opens the network on the device with the least to do, if it is not open there: so that the first job
    /// need not. Throws as Upscaler's constructor.
    void prepare(const Model& model);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace kizuna
