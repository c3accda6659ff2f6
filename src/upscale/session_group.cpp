#include "upscale/session_group.hpp"

#include "base/log.hpp"
#include "base/start_thread.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

using Clock = std::chrono::steady_clock;

namespace {

/// The tile is cut then, and those that are left may have memory for its parts.
Error too_large() {
    return {ErrorCode::out_of_memory, "none of the devices has memory for a tile of this size"};
}

} // namespace

/// What is to be run: copies, for a device that was too slow may look at them when nobody waits any more.
struct SessionGroup::Work {
    bool as_bytes = false;
    Tensor in;
    std::vector<Tensor> given;
    ByteTile bytes;
    std::int64_t pixels = 0;
};

struct SessionGroup::Outcome {
    Tensor out;
    ByteTile bytes;
    bool is_right = true; ///< what Session::run_bytes says
    RunNotes notes;
};

struct SessionGroup::Device {
    std::string name;
    std::unique_ptr<Session> session;
    bool is_lost = false;
    std::int64_t most_pixels = std::numeric_limits<std::int64_t>::max();
    Clock::duration per_megapixel{0}; ///< as long as the last run took; 0 before the first

    [[nodiscard]] bool can_run(const Work& work) const { return !is_lost && work.pixels <= most_pixels; }

    [[nodiscard]] Clock::duration time_for(const Work& work) const {
        return per_megapixel * work.pixels / one_megapixel;
    }

    static constexpr std::int64_t one_megapixel = 1'000'000;
};

/// A device at work on a task.
struct SessionGroup::Attempt {
    const Device* device = nullptr;
    Clock::time_point begun;
    std::stop_source stop;
    Outcome outcome;
    std::exception_ptr problem;
};

struct SessionGroup::Task {
    Work work;
    std::vector<Attempt*> attempts; ///< those under way
    bool is_done = false;           ///< or nobody waits for it
    Outcome outcome;
    std::exception_ptr problem;

    /// Whether so much time has gone by that the device would have been as fast from the beginning.
    [[nodiscard]] bool is_slow_for(const Device& device, Clock::time_point now) const {
        return now >= attempts.front()->begun + device.time_for(work);
    }

    [[nodiscard]] bool is_only_elsewhere(const Device& device) const {
        return attempts.size() == 1 && attempts.front()->device != &device;
    }
};

SessionGroup::SessionGroup(std::vector<Member> members) {
    for (Member& member : members) {
        devices_.push_back(std::make_unique<Device>());
        devices_.back()->name = std::move(member.name);
        devices_.back()->session = std::move(member.session);
    }
    for (const auto& device : devices_) {
        for (int i = 0; i < device->session->parallel_runs(); ++i) {
            threads_.push_back(start_thread<std::jthread>(
                "each of several devices",
                [this, &device = *device](const std::stop_token& stop) { serve(device, stop); }));
        }
    }
}

SessionGroup::~SessionGroup() {
    const std::lock_guard lock(mutex_);
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    for (const TaskPtr& task : running_) {
        for (Attempt* attempt : task->attempts) {
            attempt->stop.request_stop();
        }
    }
}

/// A device's thread.
void SessionGroup::serve(Device& device, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (const TaskPtr task = next_task(device, lock, stop)) {
        Attempt attempt;
        attempt.device = &device;
        attempt.begun = Clock::now();
        task->attempts.push_back(&attempt);
        lock.unlock();
        try {
            const Work& work = task->work;
            Outcome& outcome = attempt.outcome;
            const CancelToken cancel = attempt.stop.get_token();
            if (work.as_bytes) {
                outcome.is_right = device.session->run_bytes(work.bytes, outcome.bytes, cancel);
            } else {
                device.session->run(work.in, work.given, outcome.out, cancel, outcome.notes);
            }
        } catch (...) {
            attempt.problem = std::current_exception();
        }
        lock.lock();
        settle(device, task, attempt);
    }
}

/// Waits for one; empty at the end.
SessionGroup::TaskPtr SessionGroup::next_task(
    const Device& device, std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (TaskPtr task = take_oldest(device)) {
            return task;
        }
        Clock::time_point wake = Clock::now() + std::chrono::hours(1);
        for (const TaskPtr& task : running_) {
            if (!task->is_only_elsewhere(device) || !device.can_run(task->work)) {
                continue;
            }
            if (task->is_slow_for(device, Clock::now())) {
                return task;
            }
            wake = std::min(wake, task->attempts.front()->begun + device.time_for(task->work));
        }
        changed_.wait_until(lock, stop, wake, [this, seen = changes_] { return changes_ != seen; });
    }
    return {};
}

SessionGroup::TaskPtr SessionGroup::take_oldest(const Device& device) {
    const auto found = std::find_if(
        waiting_.begin(), waiting_.end(), [&](const TaskPtr& task) { return device.can_run(task->work); });
    if (found == waiting_.end()) {
        return {};
    }
    running_.push_back(std::move(*found));
    waiting_.erase(found);
    return running_.back();
}

void SessionGroup::settle(Device& device, const TaskPtr& task, Attempt& attempt) {
    std::erase(task->attempts, &attempt);
    if (task->is_done) {
        return; // another device was faster
    }
    if (attempt.problem) {
        pass_on(device, task, attempt.problem);
        return;
    }
    device.per_megapixel =
        (Clock::now() - attempt.begun) / std::max<std::int64_t>(1, task->work.pixels) * Device::one_megapixel;
    task->problem = nullptr; // another device may have had one
    task->outcome = std::move(attempt.outcome);
    finish(*task);
}

/// What one device could not do, another may.
void SessionGroup::pass_on(Device& device, const TaskPtr& task, const std::exception_ptr& problem) {
    task->problem = problem; // if nobody has a result
    try {
        std::rethrow_exception(problem);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::out_of_memory) {
            device.most_pixels = std::min(device.most_pixels, task->work.pixels - 1);
        } else if (error.code() == ErrorCode::engine_failed) {
            device.is_lost = true;
            log(LogLevel::warning, fmt::format("going on without {}: {}", device.name, error.what()));
        } else {
            finish(*task);
            return;
        }
    } catch (...) { // NOLINT(bugprone-empty-catch): the caller gets it
        finish(*task);
        return;
    }
    if (task->attempts.empty()) {
        std::erase(running_, task);
        waiting_.push_front(task);
        tell_all();
    }
    give_up_hopeless(problem);
}

/// What waits and no device can run any more.
void SessionGroup::give_up_hopeless(const std::exception_ptr& problem) {
    std::vector<TaskPtr> hopeless;
    std::copy_if(waiting_.begin(), waiting_.end(), std::back_inserter(hopeless), [this](const TaskPtr& task) {
        return !anyone_can_run(task->work);
    });
    const bool all_are_lost =
        std::all_of(devices_.begin(), devices_.end(), [](const auto& other) { return other->is_lost; });
    for (const TaskPtr& task : hopeless) {
        task->problem = all_are_lost ? problem : std::make_exception_ptr(too_large());
        finish(*task);
    }
    if (all_are_lost) {
        for (const auto& device : devices_) {
            device->is_lost = false; // for the next picture they may be there again
        }
    }
}

bool SessionGroup::anyone_can_run(const Work& work) const {
    return std::any_of(
        devices_.begin(), devices_.end(), [&](const auto& device) { return device->can_run(work); });
}

void SessionGroup::finish(Task& task) {
    task.is_done = true;
    for (Attempt* attempt : task.attempts) {
        attempt->stop.request_stop();
    }
    const auto is_it = [&task](const TaskPtr& other) { return other.get() == &task; };
    std::erase_if(running_, is_it);
    std::erase_if(waiting_, is_it);
    tell_all();
}

void SessionGroup::tell_all() {
    ++changes_;
    changed_.notify_all();
}

SessionGroup::Outcome SessionGroup::run_somewhere(Work work, const CancelToken& cancel) {
    const auto task = std::make_shared<Task>();
    task->work = std::move(work);
    std::unique_lock lock(mutex_);
    if (!anyone_can_run(task->work)) {
        throw too_large();
    }
    waiting_.push_back(task);
    tell_all();
    changed_.wait(lock, cancel, [&] { return task->is_done; });
    if (!task->is_done) {
        finish(*task);
        throw Error(ErrorCode::cancelled, "cancelled while devices were at work");
    }
    if (task->problem) {
        std::rethrow_exception(task->problem);
    }
    return std::move(task->outcome);
}

void SessionGroup::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) {
    RunNotes nobody_asks;
    run(in, given, out, cancel, nobody_asks);
}

void SessionGroup::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel,
    RunNotes& notes) {
    Outcome outcome = run_somewhere(
        {.in = in, .given = {given.begin(), given.end()}, .pixels = in.shape.n * in.shape.h * in.shape.w},
        cancel);
    out = std::move(outcome.out);
    notes.repeats += outcome.notes.repeats;
}

bool SessionGroup::takes_bytes() const {
    return std::all_of(
        devices_.begin(), devices_.end(), [](const auto& device) { return device->session->takes_bytes(); });
}

bool SessionGroup::run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& cancel) {
    Outcome outcome = run_somewhere({.as_bytes = true, .bytes = in, .pixels = in.width * in.height}, cancel);
    out = std::move(outcome.bytes);
    return outcome.is_right;
}

Precision SessionGroup::precision() const {
    return devices_.front()->session->precision();
}

int SessionGroup::parallel_runs() const {
    int runs = 0;
    for (const auto& device : devices_) {
        runs += device->session->parallel_runs();
    }
    return runs;
}

std::uint64_t SessionGroup::free_memory_bytes() const {
    std::uint64_t least = 0; // not known
    for (const auto& device : devices_) {
        const std::uint64_t bytes = device->session->free_memory_bytes();
        least = bytes > 0 && (least == 0 || bytes < least) ? bytes : least;
    }
    return least;
}

double SessionGroup::bytes_per_pixel() const {
    double most = 0;
    for (const auto& device : devices_) {
        const double bytes = device->session->bytes_per_pixel();
        if (bytes <= 0) { // what one takes says nothing of another
            return 0;
        }
        most = std::max(most, bytes);
    }
    return most;
}

std::int64_t SessionGroup::best_tile_px() const {
    std::int64_t least = devices_.front()->session->best_tile_px();
    for (const auto& device : devices_) {
        least = std::min(least, device->session->best_tile_px());
    }
    return least;
}

std::int64_t SessionGroup::tile_step_px() const {
    std::int64_t most = 1;
    for (const auto& device : devices_) {
        most = std::max(most, device->session->tile_step_px());
    }
    return most;
}

} // namespace kizuna
