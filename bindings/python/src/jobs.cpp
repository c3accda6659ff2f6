#include "bindings.hpp"
#include "errors.hpp"
#include "events.hpp"
#include "gil.hpp"
#include "pictures.hpp"

#include <kizuna/jobs.hpp>
#include <memory>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <utility>

namespace py = pybind11;

namespace kizuna_python {

namespace {

using kizuna::JobId;

std::string name_of(kizuna::JobState state) {
    using kizuna::JobState;
    switch (state) {
    case JobState::waiting:
        return "waiting";
    case JobState::running:
        return "running";
    case JobState::done:
        return "done";
    case JobState::failed:
        return "failed";
    case JobState::cancelled:
        return "cancelled";
    case JobState::timed_out:
        break;
    }
    return "timed_out";
}

std::optional<std::chrono::milliseconds> milliseconds(std::optional<double> seconds) {
    if (!seconds) {
        return {};
    }
    constexpr double longest = 1e9; // 30 years
    if (!(*seconds >= 0 && *seconds <= longest)) {
        throw kizuna::Error(
            kizuna::ErrorCode::invalid_argument, "a time limit is a number of seconds from 0 on");
    }
    constexpr double in_a_second = 1000;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * in_a_second));
}

/// Jobs, as Python calls them.
class PyJobs {
  public:
    explicit PyJobs(const kizuna::JobsOptions& options)
        : events_(std::make_shared<Events>())
        , jobs_(std::make_shared<kizuna::Jobs>(options)) {}

    PyJobs(const PyJobs&) = delete;
    PyJobs& operator=(const PyJobs&) = delete;

    ~PyJobs() { close(); }

    /// What is left is cancelled; returns when all has ended.
    void close() {
        std::shared_ptr<kizuna::Jobs> jobs = std::move(jobs_);
        if (!jobs) {
            return;
        }
        if (!owner_.is_this_process()) {
            new std::shared_ptr(std::move(jobs)); // the parent's: its threads cannot be waited for here
            return;
        }
        const ReleasedGil released;
        jobs->close(); // another thread, in prepare() or submit(), may have a reference as well
        jobs.reset();
        events_->close();
    }

    [[nodiscard]] std::shared_ptr<kizuna::Jobs> get() const {
        owner_.check("a queue of jobs");
        if (!jobs_) {
            throw std::runtime_error("this queue of jobs is closed");
        }
        return jobs_;
    }

    [[nodiscard]] const std::shared_ptr<Events>& events() const noexcept { return events_; }

  private:
    Owner owner_;
    std::shared_ptr<Events> events_;
    std::shared_ptr<kizuna::Jobs> jobs_;
};

std::shared_ptr<PyJobs> make_jobs(
    std::vector<kizuna::EngineOptions> devices, int running_per_device, std::size_t waiting,
    std::size_t open_networks, std::shared_ptr<kizuna::ResultCache> cache) {
    kizuna::JobsOptions options;
    options.devices = std::move(devices);
    options.running_per_device = running_per_device;
    options.waiting = waiting;
    options.open_networks = open_networks;
    options.cache = std::move(cache);
    return std::make_shared<PyJobs>(options);
}

/// Of `input`: a path, encoded bytes, or an array. Copied: the caller may change its own afterwards.
void set_input(kizuna::JobRequest& request, const py::object& input) {
    if (py::isinstance<py::array>(input)) {
        const ArrayPixels pixels = pixels_of(input);
        request.input = without_gil([&] { return pixels.view.copy(); });
    } else if (PyObject_CheckBuffer(input.ptr()) != 0) {
        request.input = bytes_of(py::reinterpret_borrow<py::buffer>(input));
    } else {
        request.input = input.cast<std::filesystem::path>();
    }
}

JobId submit(
    const PyJobs& self, Tag tag, const py::object& input, const std::optional<std::filesystem::path>& output,
    const std::optional<kizuna::EncodeSettings>& encode, bool overwrite, const kizuna::Model& model,
    const kizuna::UpscaleOptions& options, std::string key, int priority, std::optional<double> time_out,
    std::optional<double> deadline, bool with_progress) {
    const std::shared_ptr<kizuna::Jobs> jobs = self.get();
    kizuna::JobRequest request{{}, kizuna::ToImage{}, model, options, {}, {}, {}};
    set_input(request, input);
    if (output) {
        request.target = kizuna::ToFile{*output, {encode.value_or(kizuna::EncodeSettings()), overwrite}};
    } else if (encode) {
        request.target = kizuna::ToBytes{*encode};
    }
    request.terms = {priority, std::move(key), milliseconds(time_out), milliseconds(deadline)};
    if (with_progress) {
        request.progress = [tag, events = self.events()](JobId /*job*/, const kizuna::Progress& progress) {
            events->progressed(tag, progress);
        };
    }
    request.ended = [tag, events = self.events()](kizuna::JobResult result) {
        events->ended(tag, std::move(result));
    };
    return without_gil([&] { return jobs->submit(std::move(request)); });
}

py::object output_of(kizuna::JobResult& result) {
    if (auto* path = std::get_if<std::filesystem::path>(&result.output)) {
        return py::cast(*path);
    }
    if (auto* bytes = std::get_if<std::vector<std::byte>>(&result.output)) {
        return python_bytes(*bytes);
    }
    if (auto* image = std::get_if<kizuna::Image>(&result.output)) {
        return array_of(std::move(*image), false);
    }
    return py::none();
}

/// How a job ended, for Python.
struct Ended {
    kizuna::JobResult result;
    py::object output;
    py::object error;
};

/// ([(tag, Progress)], [(tag, Ended)], closed)
py::tuple take_news(const PyJobs& self) {
    Events::News news = self.events()->take();
    py::list progress;
    for (const auto& [tag, so_far] : news.progress) {
        progress.append(py::make_tuple(tag, so_far));
    }
    py::list ended;
    for (auto& [tag, result] : news.ended) {
        py::object output = output_of(result);
        result.output = std::monostate(); // the memory is Python's now
        py::object error = result.error ? exception_of(*result.error) : py::none();
        ended.append(py::make_tuple(tag, Ended{std::move(result), std::move(output), std::move(error)}));
    }
    return py::make_tuple(progress, ended, news.closed);
}

void bind_job_structures(py::module_& module) {
    using kizuna::JobStatus;
    py::class_<JobStatus>(module, "JobStatus", "A job that has not ended yet.")
        .def_readonly("id", &JobStatus::id)
        .def_property_readonly("state", [](const JobStatus& status) { return name_of(status.state); })
        .def_readonly("priority", &JobStatus::priority)
        .def_property_readonly("key", [](const JobStatus& status) { return text(status.key); })
        .def_readonly("seconds", &JobStatus::seconds, "since it was submitted");

    py::class_<Ended>(module, "JobReport", "How a job ended.")
        .def_property_readonly("state", [](const Ended& ended) { return name_of(ended.result.state); })
        .def_readonly("output", &Ended::output)
        .def_readonly("error", &Ended::error)
        .def_property_readonly("report", [](const Ended& ended) { return ended.result.report; })
        .def_property_readonly("provider", [](const Ended& ended) { return ended.result.provider; })
        .def_property_readonly("from_cache", [](const Ended& ended) { return ended.result.from_cache; })
        .def_property_readonly(
            "waited_seconds", [](const Ended& ended) { return ended.result.waited_seconds; })
        .def_property_readonly("ran_seconds", [](const Ended& ended) { return ended.result.ran_seconds; });
}

} // namespace

void bind_jobs(py::module_& module) {
    bind_job_structures(module);
    py::class_<PyJobs, std::shared_ptr<PyJobs>>(module, "Jobs")
        .def(py::init(&make_jobs))
        .def("submit", &submit)
        .def(
            "cancel",
            [](const PyJobs& self, JobId id) {
                return without_gil([jobs = self.get(), id] { return jobs->cancel(id); });
            })
        .def(
            "cancel_key",
            [](const PyJobs& self, const std::string& key) {
                return without_gil([jobs = self.get(), &key] { return jobs->cancel_key(key); });
            })
        .def(
            "cancel_all",
            [](const PyJobs& self) {
                return without_gil([jobs = self.get()] { return jobs->cancel_all(); });
            })
        .def(
            "set_priority",
            [](const PyJobs& self, JobId id, int priority) {
                return without_gil(
                    [jobs = self.get(), id, priority] { return jobs->set_priority(id, priority); });
            })
        .def(
            "list",
            [](const PyJobs& self) { return without_gil([jobs = self.get()] { return jobs->list(); }); })
        .def(
            "prepare",
            [](const PyJobs& self, const kizuna::Model& model) {
                const std::shared_ptr<kizuna::Jobs> jobs = self.get();
                const ReleasedGil released;
                jobs->prepare(model);
            })
        .def("take_news", &take_news)
        .def("close", [](PyJobs& self) { self.close(); })
        .def_property_readonly("news_file", [](const PyJobs& self) { return self.events()->file(); });
}

} // namespace kizuna_python
