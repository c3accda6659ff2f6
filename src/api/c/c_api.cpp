#include "api/c/commands.hpp"
#include "api/c/conversions.hpp"
#include "api/c/handles.hpp"

#include "kizuna/kizuna.h"
#include "kizuna/kizuna.hpp"

#include <chrono>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

// The C interface: handles, and every exception made a status.
namespace {

using namespace kizuna;
using kizuna::c::Handles;

struct OpenModel {
    Model model;
    int scale;
};

struct OpenedUpscaler {
    Upscaler upscaler;
    std::string provider;
};

struct DoneJob {
    JobResult result;
    std::string path;
};

// Never destroyed: a host's threads may still call when its process ends.
template <typename Object, typename Handle>
Handles<Object, Handle>& handles_of(const char* kind) {
    static auto* const handles = new Handles<Object, Handle>(kind);
    return *handles;
}

Handles<const std::vector<std::byte>, kizuna_bytes>& all_bytes() {
    return handles_of<const std::vector<std::byte>, kizuna_bytes>("bytes");
}

Handles<const Image, kizuna_image>& images() {
    return handles_of<const Image, kizuna_image>("an image");
}

Handles<const OpenModel, kizuna_model>& models() {
    return handles_of<const OpenModel, kizuna_model>("a model");
}

Handles<const OpenedUpscaler, kizuna_upscaler>& upscalers() {
    return handles_of<const OpenedUpscaler, kizuna_upscaler>("an upscaler");
}

Handles<Jobs, kizuna_jobs>& queues() {
    return handles_of<Jobs, kizuna_jobs>("a queue of jobs");
}

Handles<const DoneJob, kizuna_job_result>& results() {
    return handles_of<const DoneJob, kizuna_job_result>("a job's result");
}

std::string& last_error() {
    thread_local std::string text;
    return text;
}

kizuna_status failed(kizuna_status status, const char* message) noexcept {
    try {
        last_error() = message;
    } catch (const std::bad_alloc&) {
        last_error().clear();
    }
    return status;
}

/// Does `work`; what it throws becomes a status and last_error().
template <typename Work>
kizuna_status guarded(const Work& work) noexcept {
    try {
        work();
        return KIZUNA_OK;
    } catch (const Error& error) {
        return failed(c::status_of(error.code()), error.what());
    } catch (const std::bad_alloc&) {
        return failed(KIZUNA_OUT_OF_MEMORY, "there is not enough memory");
    } catch (const std::exception& error) {
        return failed(KIZUNA_INTERNAL, error.what());
    } catch (...) {
        return failed(KIZUNA_INTERNAL, "something was thrown that is no exception of C++");
    }
}

/// Where a function puts its result: NULL until it has one.
template <typename Handle>
void begin_out(Handle** out) {
    if (out == nullptr) {
        throw Error(ErrorCode::invalid_argument, "NULL was given for where the result goes");
    }
    *out = nullptr;
}

/// A host's progress callback, which may cancel. What it throws, against its promise, cancels, too.
class Watcher {
  public:
    Watcher(kizuna_progress progress, void* user) {
        if (progress != nullptr) {
            callback_ = [this, progress, user](const Progress& so_far) {
                try {
                    if (progress(user, so_far.tiles_done, so_far.tiles_total) != 0) {
                        cancel_.request_stop();
                    }
                } catch (...) {
                    cancel_.request_stop();
                }
            };
        }
    }

    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    [[nodiscard]] const ProgressCallback& callback() const { return callback_; }

    [[nodiscard]] CancelToken token() const { return cancel_.get_token(); }

  private:
    CancelSource cancel_;
    ProgressCallback callback_;
};

std::span<const std::byte> encoded_picture(const void* data, std::size_t size) {
    if (data == nullptr || size == 0) {
        throw Error(ErrorCode::invalid_argument, "no encoded picture was given: NULL, or no bytes");
    }
    return {static_cast<const std::byte*>(data), size};
}

JobInput input_of(const kizuna_job& job) {
    const int given = (job.input_path != nullptr ? 1 : 0) + (job.input_data != nullptr ? 1 : 0) +
                      (job.input_pixels != nullptr ? 1 : 0);
    if (given != 1) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("a job has one of input_path, input_data and input_pixels; {} were given", given));
    }
    if (job.input_path != nullptr) {
        return c::path_of(job.input_path, "a job's input");
    }
    if (job.input_data != nullptr) {
        const auto bytes = encoded_picture(job.input_data, job.input_size);
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    }
    return c::view_of(job.input_pixels).copy();
}

JobTarget target_of(const kizuna_job& job) {
    if (job.output_path != nullptr) {
        return ToFile{c::path_of(job.output_path, "a job's output"), c::file_options(job.encoding)};
    }
    if (job.encoding != nullptr) {
        return ToBytes{c::encode_settings(job.encoding)};
    }
    return ToImage{};
}

std::optional<std::chrono::milliseconds> limit_of(std::int64_t milliseconds) {
    return milliseconds == 0 ? std::nullopt : std::optional(std::chrono::milliseconds(milliseconds));
}

/// `jobs` is where the job is cancelled when its progress callback asks for it; it outlives the job.
JobRequest request_of(const kizuna_job& job, Jobs& jobs) {
    JobRequest request{input_of(job),
                       target_of(job),
                       models().get(job.model)->model,
                       c::upscale_options(job.options),
                       {},
                       {},
                       {}};
    request.terms.priority = job.priority;
    request.terms.key = job.key != nullptr ? job.key : "";
    request.terms.time_out = limit_of(job.time_out_ms);
    request.terms.deadline = limit_of(job.deadline_ms);
    if (job.progress != nullptr) {
        request.progress = [&jobs, progress = job.progress,
                            user = job.user](JobId id, const Progress& so_far) {
            bool stop = true;
            try {
                stop = progress(user, so_far.tiles_done, so_far.tiles_total) != 0;
            } catch (...) { // against its promise: it is taken for a wish to stop
            }
            if (stop) {
                jobs.cancel(id);
            }
        };
    }
    return request;
}

kizuna_job_state state_of(JobState state) {
    switch (state) {
    case JobState::done:
        return KIZUNA_JOB_DONE;
    case JobState::cancelled:
        return KIZUNA_JOB_CANCELLED;
    case JobState::timed_out:
        return KIZUNA_JOB_TIMED_OUT;
    case JobState::waiting:
    case JobState::running:
    case JobState::failed:
        break;
    }
    return KIZUNA_JOB_FAILED;
}

kizuna_job_report report_of(const DoneJob& done) {
    const JobResult& result = done.result;
    kizuna_job_report report{};
    report.id = result.id;
    report.key = result.key.c_str();
    report.state = state_of(result.state);
    if (result.error) {
        report.status = c::status_of(result.error->code());
        report.error = result.error->what();
    }
    if (!done.path.empty()) {
        report.path = done.path.c_str();
    } else if (const auto* bytes = std::get_if<std::vector<std::byte>>(&result.output)) {
        report.data = bytes->data();
        report.data_size = bytes->size();
    } else if (const auto* image = std::get_if<Image>(&result.output)) {
        report.pixels = c::pixels_of(*image);
    }
    report.width = result.report.output_width;
    report.height = result.report.output_height;
    report.provider = result.provider.c_str();
    report.from_cache = result.from_cache ? 1 : 0;
    report.waited_seconds = result.waited_seconds;
    report.ran_seconds = result.ran_seconds;
    report.decode_seconds = result.report.decode_seconds;
    report.engine_seconds = result.report.engine_seconds;
    report.encode_seconds = result.report.encode_seconds;
    return report;
}

JobsOptions jobs_options(const kizuna_jobs_options* options) {
    const auto known = c::known_options<kizuna_jobs_options>(options, KIZUNA_JOBS_OPTIONS_INIT);
    JobsOptions result;
    if (known.devices != nullptr) {
        result.devices.clear();
        // A host that was compiled for an earlier version has shorter structures in its array.
        const auto* device = reinterpret_cast<const std::byte*>(known.devices);
        for (std::size_t i = 0; i < known.device_count; ++i) {
            const auto* engine = reinterpret_cast<const kizuna_engine_options*>(device);
            result.devices.push_back(c::engine_options(engine));
            device += engine->size;
        }
    }
    result.running_per_device = known.running_per_device;
    result.waiting = known.waiting;
    if (known.cache_folder != nullptr) {
        if (known.cache_age_s < 0) {
            throw Error(ErrorCode::invalid_argument, "results cannot be kept for a negative time");
        }
        CacheLimits limits{known.cache_bytes, std::nullopt};
        if (known.cache_age_s > 0) {
            limits.max_age = std::chrono::seconds(known.cache_age_s);
        }
        result.cache = std::make_shared<ResultCache>(c::path_of(known.cache_folder, "the cache"), limits);
    }
    return result;
}

} // namespace

extern "C" {

const char* kizuna_last_error(void) {
    return last_error().c_str();
}

const char* kizuna_status_name(kizuna_status status) {
    if (status == KIZUNA_OK) {
        return "ok";
    }
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        if (c::status_of(static_cast<ErrorCode>(code)) == status) {
            return to_string(static_cast<ErrorCode>(code)).data();
        }
    }
    return "unknown";
}

const char* kizuna_version(void) {
    static const std::string text(version());
    return text.c_str();
}

const void* kizuna_bytes_data(const kizuna_bytes* bytes) {
    const auto found = all_bytes().find(bytes);
    return found ? found->data() : nullptr;
}

size_t kizuna_bytes_size(const kizuna_bytes* bytes) {
    const auto found = all_bytes().find(bytes);
    return found ? found->size() : 0;
}

void kizuna_bytes_free(kizuna_bytes* bytes) {
    all_bytes().remove(bytes);
}

kizuna_status kizuna_image_pixels(const kizuna_image* image, kizuna_pixels* out) {
    return guarded([&] {
        if (out == nullptr) {
            throw Error(ErrorCode::invalid_argument, "NULL was given for where the result goes");
        }
        *out = c::pixels_of(*images().get(image));
    });
}

void kizuna_image_free(kizuna_image* image) {
    images().remove(image);
}

kizuna_status kizuna_model_load(const char* name_or_path, kizuna_model** out) {
    return guarded([&] {
        begin_out(out);
        Model model = Model::load(name_or_path != nullptr ? name_or_path : default_model_name());
        const int scale = model.info().scale;
        *out = models().add(std::make_shared<const OpenModel>(OpenModel{std::move(model), scale}));
    });
}

void kizuna_model_free(kizuna_model* model) {
    models().remove(model);
}

int kizuna_model_scale(const kizuna_model* model) {
    const auto found = models().find(model);
    return found ? found->scale : 0;
}

kizuna_status
kizuna_upscaler_open(const kizuna_model* model, const kizuna_engine_options* options, kizuna_upscaler** out) {
    return guarded([&] {
        begin_out(out);
        Upscaler upscaler(models().get(model)->model, c::engine_options(options));
        std::string provider = upscaler.provider();
        *out = upscalers().add(
            std::make_shared<const OpenedUpscaler>(OpenedUpscaler{std::move(upscaler), std::move(provider)}));
    });
}

void kizuna_upscaler_free(kizuna_upscaler* upscaler) {
    upscalers().remove(upscaler);
}

const char* kizuna_upscaler_provider(const kizuna_upscaler* upscaler) {
    const auto found = upscalers().find(upscaler);
    return found ? found->provider.c_str() : nullptr;
}

kizuna_status kizuna_upscale_file(
    const kizuna_upscaler* upscaler, const char* input, const char* output, const kizuna_options* options,
    const kizuna_encoding* encoding, kizuna_progress progress, void* user) {
    return guarded([&] {
        const Watcher watcher(progress, user);
        upscalers().get(upscaler)->upscaler.upscale_file(
            c::path_of(input, "the input"), c::path_of(output, "the output"), c::upscale_options(options),
            c::file_options(encoding), watcher.callback(), watcher.token());
    });
}

kizuna_status kizuna_upscale_bytes(
    const kizuna_upscaler* upscaler, const void* data, size_t size, const kizuna_options* options,
    const kizuna_encoding* encoding, kizuna_progress progress, void* user, kizuna_bytes** out) {
    return guarded([&] {
        begin_out(out);
        const Watcher watcher(progress, user);
        *out = all_bytes().add(
            std::make_shared<const std::vector<std::byte>>(upscalers().get(upscaler)->upscaler.upscale_bytes(
                encoded_picture(data, size), c::upscale_options(options), c::encode_settings(encoding),
                watcher.callback(), watcher.token())));
    });
}

kizuna_status kizuna_upscale_pixels(
    const kizuna_upscaler* upscaler, const kizuna_pixels* pixels, const kizuna_options* options,
    kizuna_progress progress, void* user, kizuna_image** out) {
    return guarded([&] {
        begin_out(out);
        const Watcher watcher(progress, user);
        const auto opened = upscalers().get(upscaler);
        *out = images().add(std::make_shared<const Image>(opened->upscaler.upscale(
            c::view_of(pixels), c::upscale_options(options), watcher.callback(), watcher.token())));
    });
}

kizuna_status kizuna_jobs_open(const kizuna_jobs_options* options, kizuna_jobs** out) {
    return guarded([&] {
        begin_out(out);
        *out = queues().add(std::make_shared<Jobs>(jobs_options(options)));
    });
}

void kizuna_jobs_free(kizuna_jobs* jobs) {
    // Another thread's call may still have it, kizuna_jobs_take() above all, and would keep its jobs going.
    if (const auto queue = queues().remove(jobs)) {
        queue->close();
    }
}

kizuna_status kizuna_jobs_submit(const kizuna_jobs* jobs, const kizuna_job* job, uint64_t* id) {
    return guarded([&] {
        const auto queue = queues().get(jobs);
        if (job == nullptr) {
            throw Error(ErrorCode::invalid_argument, "NULL was given for a job");
        }
        const JobId given =
            queue->submit(request_of(c::known_options<kizuna_job>(job, KIZUNA_JOB_INIT), *queue));
        if (id != nullptr) {
            *id = given;
        }
    });
}

kizuna_status kizuna_jobs_cancel(const kizuna_jobs* jobs, uint64_t id) {
    return guarded([&] {
        if (!queues().get(jobs)->cancel(id)) {
            throw Error(ErrorCode::not_found, fmt::format("there is no job {}, or it has ended", id));
        }
    });
}

kizuna_status kizuna_jobs_cancel_key(const kizuna_jobs* jobs, const char* key, size_t* count) {
    return guarded([&] {
        const auto queue = queues().get(jobs);
        const std::size_t cancelled = key != nullptr ? queue->cancel_key(key) : queue->cancel_all();
        if (count != nullptr) {
            *count = cancelled;
        }
    });
}

kizuna_status kizuna_jobs_set_priority(const kizuna_jobs* jobs, uint64_t id, int priority) {
    return guarded([&] {
        if (!queues().get(jobs)->set_priority(id, priority)) {
            throw Error(ErrorCode::not_found, fmt::format("there is no job {}, or it has ended", id));
        }
    });
}

kizuna_status kizuna_jobs_take(const kizuna_jobs* jobs, int64_t at_most_ms, kizuna_job_result** out) {
    return guarded([&] {
        begin_out(out);
        if (auto result = queues().get(jobs)->take(std::chrono::milliseconds(at_most_ms))) {
            const auto* path = std::get_if<std::filesystem::path>(&result->output);
            std::string path_text = path != nullptr ? path->string() : "";
            *out = results().add(
                std::make_shared<const DoneJob>(DoneJob{std::move(*result), std::move(path_text)}));
        }
    });
}

void kizuna_job_result_free(kizuna_job_result* result) {
    results().remove(result);
}

kizuna_status kizuna_job_result_read(const kizuna_job_result* result, kizuna_job_report* out) {
    return guarded([&] {
        if (out == nullptr) {
            throw Error(ErrorCode::invalid_argument, "NULL was given for where the result goes");
        }
        *out = report_of(*results().get(result));
    });
}

kizuna_status kizuna_command(const char* name, const char* request, kizuna_bytes** reply) {
    kizuna_status status = KIZUNA_OK;
    const kizuna_status given = guarded([&] {
        begin_out(reply);
        if (name == nullptr) {
            throw Error(ErrorCode::invalid_argument, "NULL was given for a command's name");
        }
        const c::CommandReply answer = c::run_command(name, request != nullptr ? request : "{}");
        if (answer.error) {
            status = failed(c::status_of(answer.error->code()), answer.error->what());
        }
        const auto bytes = std::as_bytes(std::span(answer.json));
        *reply = all_bytes().add(std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end()));
    });
    return given != KIZUNA_OK ? given : status;
}

} // extern "C"
