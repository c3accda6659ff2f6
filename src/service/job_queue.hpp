#pragma once

#include "kizuna/cancel.hpp"
#include "kizuna/error.hpp"
#include "kizuna/job.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace kizuna {

/// What the work of a job may ask and tell. It lives as long as the work runs.
class JobControl {
  public:
    JobControl(JobId id, CancelToken cancel, const std::atomic<int>& priority)
        : id_(id)
        , cancel_(std::move(cancel))
        , priority_(priority) {}

    [[nodiscard]] JobId id() const noexcept { return id_; }

    /// Asks to stop when the job is cancelled or its time is up: the work is then to throw Error{cancelled}
    /// soon.
    [[nodiscard]] const CancelToken& cancel() const noexcept { return cancel_; }

    /// The job's priority of this moment.
    [[nodiscard]] const std::atomic<int>& priority() const noexcept { return priority_; }

  private:
    JobId id_;
    CancelToken cancel_;
    const std::atomic<int>& priority_;
};

/// How a job ended.
struct JobEnd {
    JobState state = JobState::done; ///< done, failed, cancelled, or timed_out
    std::optional<Error> error;      ///< but for done: why
    double waited_seconds = 0;       ///< until it began, or ended without having begun
    double ran_seconds = 0;
};

/// Something to do, in its turn.
struct QueuedJob {
    JobTerms terms;
    /// Runs on one of the queue's threads. Whatever it throws is the job's failure.
    std::function<void(JobControl&)> work;
    /// Called once for every job that was accepted, without locks: on the thread that ran it, or, if it never
    /// began, on the one that cancelled it or found its time to be up. It must not throw.
    std::function<void(JobId, const JobEnd&)> ended;
};

/// Runs jobs, the most urgent first, among equals the oldest. When all threads are at work and something more
/// urgent than all of it comes, one more begins beside them. Every job that submit() has accepted ends
/// exactly once. All functions may be called from any thread, and from within jobs and their callbacks; only
/// wait_until_idle(), close() and the destructor not.
class JobQueue {
  public:
    struct Limits {
        int running = 2;            ///< jobs at work at the same time, 1 to 64
        std::size_t waiting = 1000; ///< beyond it, submit() refuses
    };

    /// Throws Error{invalid_argument}. Threads begin with the first jobs.
    explicit JobQueue(const Limits& limits);
    JobQueue(const JobQueue&) = delete;
    JobQueue& operator=(const JobQueue&) = delete;

    /// As close().
    ~JobQueue();

    /// Throws Error{limit_exceeded} when too many wait, {invalid_argument} for times below zero or above a
    /// century, {cancelled} after close(), {out_of_memory} where not even one thread can be had.
    JobId submit(QueuedJob job);

    /// False where there is no such job or it has ended. One that waits has ended on return; one that runs
    /// ends soon.
    bool cancel(JobId id);

    /// Cancels the jobs that `chosen` picks, which is called with the queue locked; returns how many.
    std::size_t cancel_if(const std::function<bool(const JobStatus&)>& chosen);

    /// False where there is no such job or it has ended.
    bool set_priority(JobId id, int priority);

    /// Jobs that have not ended: those that run, then those that wait, in the order in which they would
    /// begin.
    [[nodiscard]] std::vector<JobStatus> jobs() const;

    /// Waits until every job has ended and every callback has returned.
    void wait_until_idle();

    /// Takes no more jobs, cancels what is left and waits for it to end.
    void close();

  private:
    using Clock = std::chrono::steady_clock;
    struct Entry;
    using EntryPtr = std::shared_ptr<Entry>;

    struct MoreUrgent {
        bool operator()(const EntryPtr& a, const EntryPtr& b) const;
    };

    void work();
    void watch_times();
    [[nodiscard]] bool may_begin() const;
    void add_thread_if_useful();
    void run(const EntryPtr& entry);
    void end(const EntryPtr& entry, JobState state, std::optional<Error> error);

    struct Expired {
        std::vector<EntryPtr> never_begun;
        std::vector<EntryPtr> at_work;
    };

    [[nodiscard]] Expired take_expired(Clock::time_point now);
    [[nodiscard]] std::optional<Clock::time_point> next_expiry() const;
    [[nodiscard]] static JobStatus status(const Entry& entry);

    Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable changed_; ///< something to begin, or to end
    std::condition_variable timed_;   ///< the earliest expiry may be another
    std::condition_variable idle_;
    std::set<EntryPtr, MoreUrgent> waiting_;
    std::map<JobId, EntryPtr> running_;
    std::size_t ending_ = 0; ///< callbacks that have not returned
    JobId next_id_ = 1;
    bool closing_ = false;  ///< no more jobs
    bool stopping_ = false; ///< threads may go
    std::vector<std::thread> threads_;
    std::thread watcher_; ///< begins with the first job that has a time limit
};

} // namespace kizuna
