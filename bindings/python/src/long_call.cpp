#include "long_call.hpp"

#include "errors.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <utility>

namespace py = pybind11;

namespace kizuna_python {

namespace {

/// The calls that are under way in this process.
struct Running {
    std::mutex mutex;
    std::condition_variable fewer;
    std::set<kizuna::CancelSource*> sources;
    Owner owner;
};

Running& running() {
    static auto* const calls = new Running; // never deleted: threads may call while the process ends
    return *calls;
}

} // namespace

LongCall::LongCall(py::object progress, const kizuna::CancelSource* cancel)
    : progress_(std::move(progress)) {
    if (!progress_.is_none() && PyCallable_Check(progress_.ptr()) == 0) {
        throw py::type_error("progress is to be a function that takes a Progress");
    }
    if (cancel != nullptr) {
        linked_.emplace(cancel->get_token(), [this] { source_.request_stop(); });
    }
    const std::lock_guard lock(running().mutex);
    running().sources.insert(&source_);
}

LongCall::~LongCall() {
    linked_.reset();
    const std::lock_guard lock(running().mutex);
    running().sources.erase(&source_);
    running().fewer.notify_all();
}

void LongCall::tell(const std::function<py::object()>& news) noexcept {
    if (raised_) {
        return; // what follows until the work has noticed
    }
    try {
        if (PyErr_CheckSignals() != 0) {
            throw py::error_already_set();
        }
        if (!progress_.is_none()) {
            progress_(news());
        }
    } catch (...) {
        raised_ = std::current_exception();
        source_.request_stop();
    }
}

void LongCall::raise_what_python_raised() {
    if (raised_) {
        std::rethrow_exception(raised_);
    }
}

void end_long_calls() {
    if (!running().owner.is_this_process()) {
        return;
    }
    without_gil([] {
        std::unique_lock lock(running().mutex);
        for (kizuna::CancelSource* source : running().sources) {
            source->request_stop();
        }
        running().fewer.wait(lock, [] { return running().sources.empty(); });
    });
}

} // namespace kizuna_python
