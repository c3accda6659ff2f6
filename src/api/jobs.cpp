#include "kizuna/jobs.hpp"

#include "api/job_device.hpp"
#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "base/log.hpp"
#include "service/digest.hpp"
#include "service/job_queue.hpp"

#include "kizuna/version.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

template <typename... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>; // which clang 14 cannot deduce by itself

OpenedPicture open_input(const JobInput& input, std::uint64_t max_pixels) {
    return std::visit(
        Overloaded{
            [&](const std::filesystem::path& path) { return open_picture(open_file(path), max_pixels); },
            [&](const std::vector<std::byte>& bytes) { return open_picture(open_memory(bytes), max_pixels); },
            [&](const Image& image) { return OpenedPicture(rows_of_borrowed(image)); }},
        input);
}

/// By which results are known in a cache: the input's content, and everything that changes what becomes of
/// it. Empty where results are not kept: pictures in memory are the host's own, and large.
std::string cache_key(const JobRequest& request, const JobDevice::OpenNetwork& open) {
    const EncodeSettings* encode = nullptr;
    std::string extension;
    if (const auto* file = std::get_if<ToFile>(&request.target)) {
        encode = &file->options.encode;
        extension = file->path.extension().string();
    } else if (const auto* bytes = std::get_if<ToBytes>(&request.target)) {
        encode = &bytes->settings;
    }
    if (encode == nullptr || std::holds_alternative<Image>(request.input)) {
        return {};
    }
    const auto* path = std::get_if<std::filesystem::path>(&request.input);
    const std::string input =
        path != nullptr ? sha256_of_file(*path) : sha256_of(std::get<std::vector<std::byte>>(request.input));
    const UpscaleOptions& options = request.options;
    return fmt::format(
        "{} {} {} {} {} {} | {} {} {} {} {} | {} {} {} {} {} | {} {} {} {} {} {}", version(), input,
        open.digest, open.upscaler->provider(), static_cast<int>(open.upscaler->precision()),
        open.upscaler->best_tile_px(), options.scale, options.width_px, options.height_px, options.fit,
        options.max_pixels, options.tile_px, options.overlap_px, static_cast<int>(options.blend), options.tta,
        options.syncgap, encode->format, extension, encode->quality.value_or(-1), encode->effort.value_or(-1),
        encode->lossless, encode->first_frame);
}

/// What a job's work and its end share.
struct JobAtWork {
    JobRequest request;
    JobResult result;
};

/// Begins the target's file, where it is one. Throws where that cannot be written: to be called before
/// anything is computed for it.
void begin_file(const JobTarget& target, std::optional<AtomicFile>& file) {
    if (const auto* to_file = std::get_if<ToFile>(&target)) {
        file.emplace(
            to_file->path,
            to_file->options.overwrite ? AtomicFile::IfExists::replace : AtomicFile::IfExists::fail);
    }
}

/// Gives the bytes to the file, where there is one, else to the host.
void deliver_bytes(std::vector<std::byte> bytes, std::optional<AtomicFile>& file, JobAtWork& job) {
    if (file) {
        file->write(bytes);
        file->commit();
        job.result.output = std::get<ToFile>(job.request.target).path;
    } else {
        job.result.output = std::move(bytes);
    }
}

/// What is wrong with the cache costs no more than the work that it would have spared.
bool take_from_cache(JobAtWork& job, ResultCache& cache, const std::string& key) {
    std::optional<std::vector<std::byte>> found;
    try {
        found = cache.find(key);
    } catch (const Error& error) {
        log(LogLevel::warning, fmt::format("could not look for a kept result: {}", error.what()));
    }
    if (found) {
        std::optional<AtomicFile> file;
        begin_file(job.request.target, file);
        deliver_bytes(std::move(*found), file, job);
        job.result.from_cache = true;
    }
    return found.has_value();
}

/// Counts a job at a device.
class Busy {
  public:
    explicit Busy(JobDevice& device)
        : device_(device) {
        ++device_.busy;
    }

    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

    ~Busy() { --device_.busy; }

  private:
    JobDevice& device_;
};

JobQueue::Limits limits_of(const JobsOptions& options) {
    if (options.devices.empty() || options.open_networks < 1) {
        throw Error(
            ErrorCode::invalid_argument, "jobs need at least one device, with one network open on it");
    }
    const auto running = static_cast<std::int64_t>(options.devices.size()) * options.running_per_device;
    return {static_cast<int>(std::clamp<std::int64_t>(running, -1, std::int64_t{1} << 20)), options.waiting};
}

} // namespace

class Jobs::Impl {
  public:
    explicit Impl(const JobsOptions& options)
        : options_(options)
        , queue_(limits_of(options)) {
        for (const EngineOptions& device : options.devices) {
            devices_.push_back(std::make_unique<JobDevice>(device, options.open_networks));
        }
    }

    JobId submit(JobRequest request);
    std::optional<JobResult> take(std::chrono::milliseconds at_most);
    void prepare(const Model& model);
    void keep_results_in(std::shared_ptr<ResultCache> cache);
    void close();

    JobQueue& queue() noexcept { return queue_; }

    [[nodiscard]] const JobQueue& queue() const noexcept { return queue_; }

  private:
    JobDevice& idlest_device();
    void run(JobAtWork& job, JobControl& control);
    static void make(JobAtWork& job, OpenUpscaler& upscaler, const PictureRun& run);
    static void make_and_store(
        JobAtWork& job, OpenUpscaler& upscaler, const PictureRun& run, ResultCache& cache,
        const std::string& key);
    [[nodiscard]] std::shared_ptr<ResultCache> cache();
    void deliver(JobAtWork& job, JobId id, const JobEnd& end);

    JobsOptions options_;
    std::vector<std::unique_ptr<JobDevice>> devices_;
    std::mutex device_choice_;
    std::mutex mutex_;
    std::condition_variable result_came_;
    std::deque<JobResult> results_; ///< that wait to be taken
    bool is_closed_ = false;        ///< no more will come
    JobQueue queue_;                ///< last: its jobs use all of the above
};

JobId Jobs::Impl::submit(JobRequest request) {
    {
        const std::lock_guard lock(mutex_);
        if (results_.size() >= options_.waiting) {
            throw Error(
                ErrorCode::limit_exceeded,
                fmt::format("{} results wait to be taken; take some first", results_.size()));
        }
    }
    auto job = std::make_shared<JobAtWork>(JobAtWork{std::move(request), {}});
    job->result.key = job->request.terms.key;
    QueuedJob queued;
    queued.terms = job->request.terms;
    queued.work = [this, job](JobControl& control) { run(*job, control); };
    queued.ended = [this, job](JobId id, const JobEnd& end) { deliver(*job, id, end); };
    return queue_.submit(std::move(queued));
}

/// The one with the fewest jobs at work.
JobDevice& Jobs::Impl::idlest_device() {
    return **std::min_element(devices_.begin(), devices_.end(), [](const auto& a, const auto& b) {
        return a->busy.load() < b->busy.load();
    });
}

void Jobs::Impl::prepare(const Model& model) {
    (void)idlest_device().open(model.network(), cache() != nullptr);
}

void Jobs::Impl::keep_results_in(std::shared_ptr<ResultCache> cache) {
    const std::lock_guard lock(mutex_);
    options_.cache = std::move(cache);
}

void Jobs::Impl::close() {
    queue_.close();
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    result_came_.notify_all();
}

std::shared_ptr<ResultCache> Jobs::Impl::cache() {
    const std::lock_guard lock(mutex_);
    return options_.cache;
}

void Jobs::Impl::run(JobAtWork& job, JobControl& control) {
    std::unique_lock choice(device_choice_); // two jobs that begin at once are to see each other
    JobDevice& device = idlest_device();
    const Busy busy(device);
    choice.unlock();
    const std::shared_ptr<ResultCache> cache = this->cache();
    const JobDevice::OpenNetwork open = device.open(job.request.model.network(), cache != nullptr);
    throw_if_cancelled(control.cancel()); // opening may have taken long
    job.result.provider = open.upscaler->provider();
    const std::string key = cache ? cache_key(job.request, open) : std::string();
    if (!key.empty() && take_from_cache(job, *cache, key)) {
        return;
    }
    const ProgressCallback progress = [&](const Progress& so_far) {
        if (job.request.progress) {
            job.request.progress(control.id(), so_far);
        }
    };
    const Urgency urgency{device.turnstile(), control.priority()};
    const PictureRun run{job.request.options, progress, control.cancel(), &urgency};
    if (key.empty()) {
        make(job, *open.upscaler, run);
    } else {
        make_and_store(job, *open.upscaler, run, *cache, key);
    }
}

void Jobs::Impl::make(JobAtWork& job, OpenUpscaler& upscaler, const PictureRun& run) {
    OpenedPicture picture = open_input(job.request.input, job.request.options.max_pixels);
    job.result.report = std::visit(
        Overloaded{
            [&](const ToFile& file) {
                UpscaleReport report = upscaler.to_file(std::move(picture), file.path, file.options, run);
                job.result.output = file.path;
                return report;
            },
            [&](const ToBytes& bytes) {
                std::vector<std::byte> encoded;
                UpscaleReport report = upscaler.to_bytes(std::move(picture), bytes.settings, encoded, run);
                job.result.output = std::move(encoded);
                return report;
            },
            [&](const ToImage&) {
                Image image;
                UpscaleReport report = upscaler.to_image(picture.take_rows(), image, run);
                job.result.output = std::move(image);
                return report;
            }},
        job.request.target);
}

/// By way of memory, whatever the target: the cache wants it whole.
void Jobs::Impl::make_and_store(
    JobAtWork& job, OpenUpscaler& upscaler, const PictureRun& run, ResultCache& cache,
    const std::string& key) {
    OpenedPicture picture = open_input(job.request.input, job.request.options.max_pixels);
    std::optional<AtomicFile> file;
    begin_file(job.request.target, file);
    EncodeSettings settings;
    if (const auto* to_file = std::get_if<ToFile>(&job.request.target)) {
        settings = to_file->options.encode;
        settings.format = to_string(output_format(settings, to_file->path, picture.format()));
    } else {
        settings = std::get<ToBytes>(job.request.target).settings;
    }
    std::vector<std::byte> encoded;
    job.result.report = upscaler.to_bytes(std::move(picture), settings, encoded, run);
    try {
        cache.store(key, encoded);
    } catch (const Error& error) { // the result is there all the same
        log(LogLevel::warning, fmt::format("could not keep a result: {}", error.what()));
    }
    throw_if_cancelled(run.cancel);
    deliver_bytes(std::move(encoded), file, job);
}

void Jobs::Impl::deliver(JobAtWork& job, JobId id, const JobEnd& end) {
    JobResult result = std::move(job.result);
    result.id = id;
    result.state = end.state;
    result.waited_seconds = end.waited_seconds;
    result.ran_seconds = end.ran_seconds;
    if (end.error) {
        const auto* path = std::get_if<std::filesystem::path>(&job.request.input);
        result.error = path != nullptr ? naming(*end.error, *path) : *end.error;
        result.output = std::monostate();
    }
    if (job.request.ended) {
        job.request.ended(std::move(result));
        return;
    }
    const std::lock_guard lock(mutex_);
    results_.push_back(std::move(result));
    result_came_.notify_one();
}

std::optional<JobResult> Jobs::Impl::take(std::chrono::milliseconds at_most) {
    constexpr std::chrono::hours long_enough{24 * 365}; // clocks overflow beyond some centuries
    std::unique_lock lock(mutex_);
    if (!result_came_.wait_for(
            lock, std::min<std::chrono::milliseconds>(at_most, long_enough),
            [&] { return is_closed_ || !results_.empty(); }) ||
        results_.empty()) {
        return std::nullopt;
    }
    JobResult result = std::move(results_.front());
    results_.pop_front();
    return result;
}

Jobs::Jobs(const JobsOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

Jobs::Jobs(Jobs&&) noexcept = default;
Jobs& Jobs::operator=(Jobs&&) noexcept = default;
Jobs::~Jobs() = default;

JobId Jobs::submit(JobRequest request) {
    return impl_->submit(std::move(request));
}

bool Jobs::cancel(JobId id) {
    return impl_->queue().cancel(id);
}

std::size_t Jobs::cancel_key(std::string_view key) {
    return impl_->queue().cancel_if([key](const JobStatus& job) { return job.key == key; });
}

std::size_t Jobs::cancel_all() {
    return impl_->queue().cancel_if([](const JobStatus&) { return true; });
}

bool Jobs::set_priority(JobId id, int priority) {
    return impl_->queue().set_priority(id, priority);
}

std::vector<JobStatus> Jobs::list() const {
    return impl_->queue().jobs();
}

std::optional<JobResult> Jobs::take(std::chrono::milliseconds at_most) {
    return impl_->take(at_most);
}

void Jobs::wait_until_idle() {
    impl_->queue().wait_until_idle();
}

void Jobs::close() {
    impl_->close();
}

void Jobs::keep_results_in(std::shared_ptr<ResultCache> cache) {
    impl_->keep_results_in(std::move(cache));
}

void Jobs::prepare(const Model& model) {
    impl_->prepare(model);
}

} // namespace kizuna
