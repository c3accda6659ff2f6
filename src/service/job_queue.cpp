#include "service/job_queue.hpp"

#include "base/log.hpp"
#include "base/start_thread.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// Beyond it clocks overflow, and nobody waits.
constexpr std::chrono::hours longest_limit{24 * 366 * 100};

void check_limit(const std::optional<std::chrono::milliseconds>& limit) {
    if (limit && (*limit < std::chrono::milliseconds(0) || *limit > longest_limit)) {
        throw Error(ErrorCode::invalid_argument, "a job's time limit is 0 to a hundred years");
    }
}

double seconds_between(std::chrono::steady_clock::time_point a, std::chrono::steady_clock::time_point b) {
    return std::chrono::duration<double>(b - a).count();
}

} // namespace

struct JobQueue::Entry {
    JobId id = 0;
    std::function<void(JobControl&)> work;
    std::function<void(JobId, const JobEnd&)> ended;
    std::string key;
    std::atomic<int> priority{0}; ///< written with the mutex held, read by the work without
    std::optional<std::chrono::milliseconds> time_out;
    std::optional<Clock::time_point> expires; ///< by its deadline, and once it runs by its time-out, too
    Clock::time_point submitted = Clock::now();
    std::optional<Clock::time_point> begun;
    CancelSource cancel;
    JobState state = JobState::waiting;
    bool timed_out = false; ///< it was its time that cancelled it
};

bool JobQueue::MoreUrgent::operator()(const EntryPtr& a, const EntryPtr& b) const {
    const int of_a = a->priority;
    const int of_b = b->priority;
    return of_a != of_b ? of_a > of_b : a->id < b->id;
}

JobQueue::JobQueue(const Limits& limits)
    : limits_(limits) {
    constexpr int most_running = 64;
    if (limits.running < 1 || limits.running > most_running) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} jobs cannot run at the same time; use 1 to {}", limits.running, most_running));
    }
    threads_.reserve(static_cast<std::size_t>(limits.running) + 1); // so that none is lost for want of room
}

JobQueue::~JobQueue() {
    close();
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    timed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    if (watcher_.joinable()) {
        watcher_.join();
    }
}

JobId JobQueue::submit(QueuedJob job) {
    check_limit(job.terms.time_out);
    check_limit(job.terms.deadline);
    auto entry = std::make_shared<Entry>();
    entry->work = std::move(job.work);
    entry->ended = std::move(job.ended);
    entry->key = std::move(job.terms.key);
    entry->priority = job.terms.priority;
    entry->time_out = job.terms.time_out;
    if (job.terms.deadline) {
        entry->expires = entry->submitted + *job.terms.deadline;
    }
    const std::lock_guard lock(mutex_);
    if (closing_) {
        throw Error(ErrorCode::cancelled, "the queue is being closed and takes no more jobs");
    }
    if (waiting_.size() >= limits_.waiting) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("{} jobs are waiting already; submit more when some have ended", waiting_.size()));
    }
    if ((entry->expires || entry->time_out) && !watcher_.joinable()) {
        watcher_ = start_thread("a job with a time limit", [this] { watch_times(); });
    }
    entry->id = next_id_++;
    add_thread_if_useful(); // before the job is there to be begun: what is refused must not run
    waiting_.insert(entry);
    changed_.notify_one();
    if (entry->expires) {
        timed_.notify_one();
    }
    return entry->id;
}

/// With the mutex held, for one job more. One thread more than may run in general: for what is more urgent
/// than all that runs.
void JobQueue::add_thread_if_useful() {
    const auto most = static_cast<std::size_t>(limits_.running) + 1;
    if (threads_.size() == most || threads_.size() > running_.size() + waiting_.size()) {
        return;
    }
    try {
        threads_.push_back(start_thread("a job", [this] { work(); }));
    } catch (const Error& error) {
        if (threads_.empty()) {
            throw;
        }
        log(LogLevel::info, fmt::format("jobs share {} threads: {}", threads_.size(), error.what()));
    }
}

/// With the mutex held.
bool JobQueue::may_begin() const {
    if (waiting_.empty()) {
        return false;
    }
    if (running_.size() < static_cast<std::size_t>(limits_.running)) {
        return true;
    }
    const int next = (*waiting_.begin())->priority;
    return std::all_of(running_.begin(), running_.end(), [&](const auto& running) {
        return running.second->priority < next;
    });
}

/// A thread of the queue.
void JobQueue::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return stopping_ || may_begin(); });
        if (stopping_) {
            return;
        }
        const EntryPtr entry = *waiting_.begin();
        waiting_.erase(waiting_.begin());
        running_.emplace(entry->id, entry);
        entry->state = JobState::running;
        entry->begun = Clock::now();
        if (entry->time_out) {
            const auto until = *entry->begun + *entry->time_out;
            entry->expires = entry->expires ? std::min(*entry->expires, until) : until;
            timed_.notify_one();
        }
        lock.unlock();
        run(entry);
        lock.lock();
    }
}

void JobQueue::run(const EntryPtr& entry) {
    std::optional<Error> failure;
    try {
        JobControl control(entry->id, entry->cancel.get_token(), entry->priority);
        entry->work(control);
    } catch (const Error& error) {
        failure = error;
    } catch (const std::bad_alloc&) {
        failure = Error(ErrorCode::out_of_memory, "the machine has no memory left for this job");
    } catch (const std::exception& error) {
        failure = Error(ErrorCode::internal, error.what());
    } catch (...) {
        failure = Error(ErrorCode::internal, "the job threw something that is no exception of C++");
    }
    entry->work = nullptr; // with what it holds: inputs may be large
    std::unique_lock lock(mutex_);
    running_.erase(entry->id);
    ++ending_;
    JobState state = JobState::done;
    if (failure) {
        const bool asked = failure->code() == ErrorCode::cancelled && entry->cancel.stop_requested();
        state = !asked ? JobState::failed : entry->timed_out ? JobState::timed_out : JobState::cancelled;
    }
    lock.unlock();
    changed_.notify_all(); // another may begin while this one's end is told
    end(entry, state, std::move(failure));
}

/// Tells the end of an entry that is neither waiting nor running any more, and has been counted in `ending_`.
void JobQueue::end(const EntryPtr& entry, JobState state, std::optional<Error> error) {
    const auto now = Clock::now();
    JobEnd how;
    how.state = state;
    how.error = std::move(error);
    how.waited_seconds = seconds_between(entry->submitted, entry->begun.value_or(now));
    how.ran_seconds = entry->begun ? seconds_between(*entry->begun, now) : 0;
    if (state == JobState::timed_out) {
        how.error = Error(
            ErrorCode::cancelled,
            fmt::format(
                "its time was up: it waited {:.1f} s and ran {:.1f} s", how.waited_seconds, how.ran_seconds));
    }
    entry->work = nullptr;
    if (entry->ended) {
        entry->ended(entry->id, how);
        entry->ended = nullptr;
    }
    const std::lock_guard lock(mutex_);
    --ending_;
    idle_.notify_all();
}

bool JobQueue::cancel(JobId id) {
    return cancel_if([id](const JobStatus& job) { return job.id == id; }) > 0;
}

std::size_t JobQueue::cancel_if(const std::function<bool(const JobStatus&)>& chosen) {
    std::vector<EntryPtr> never_begun;
    std::vector<EntryPtr> at_work;
    {
        const std::lock_guard lock(mutex_);
        for (auto it = waiting_.begin(); it != waiting_.end();) {
            if (chosen(status(**it))) {
                never_begun.push_back(*it);
                it = waiting_.erase(it);
            } else {
                ++it;
            }
        }
        for (const auto& [id, entry] : running_) {
            if (chosen(status(*entry))) {
                at_work.push_back(entry);
            }
        }
        ending_ += never_begun.size();
    }
    // Without the lock: who waits for the token may do anything.
    for (const EntryPtr& entry : at_work) {
        entry->cancel.request_stop();
    }
    for (const EntryPtr& entry : never_begun) {
        end(entry, JobState::cancelled, Error(ErrorCode::cancelled, "cancelled"));
    }
    return at_work.size() + never_begun.size();
}

bool JobQueue::set_priority(JobId id, int priority) {
    const std::lock_guard lock(mutex_);
    if (const auto running = running_.find(id); running != running_.end()) {
        running->second->priority = priority;
        changed_.notify_all();
        return true;
    }
    const auto found = std::find_if(
        waiting_.begin(), waiting_.end(), [&](const EntryPtr& entry) { return entry->id == id; });
    if (found == waiting_.end()) {
        return false;
    }
    auto node = waiting_.extract(found); // out of the order while what it is ordered by changes
    node.value()->priority = priority;
    waiting_.insert(std::move(node));
    changed_.notify_all();
    return true;
}

std::vector<JobStatus> JobQueue::jobs() const {
    const std::lock_guard lock(mutex_);
    std::vector<JobStatus> all;
    for (const auto& [id, entry] : running_) {
        all.push_back(status(*entry));
    }
    for (const EntryPtr& entry : waiting_) {
        all.push_back(status(*entry));
    }
    return all;
}

JobStatus JobQueue::status(const Entry& entry) {
    return {entry.id, entry.state, entry.priority, entry.key, seconds_between(entry.submitted, Clock::now())};
}

void JobQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    cancel_if([](const JobStatus&) { return true; });
    wait_until_idle();
}

void JobQueue::wait_until_idle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return waiting_.empty() && running_.empty() && ending_ == 0; });
}

/// With the mutex held.
std::optional<JobQueue::Clock::time_point> JobQueue::next_expiry() const {
    std::optional<Clock::time_point> next;
    const auto consider = [&](const Entry& entry) {
        const bool minded = entry.expires && !entry.cancel.stop_requested();
        if (minded && (!next || *entry.expires < *next)) {
            next = entry.expires;
        }
    };
    for (const EntryPtr& entry : waiting_) {
        consider(*entry);
    }
    for (const auto& [id, entry] : running_) {
        consider(*entry);
    }
    return next;
}

/// With the mutex held. What is over its time: of those that wait, which leave the queue, and of those that
/// run.
JobQueue::Expired JobQueue::take_expired(Clock::time_point now) {
    Expired expired;
    const auto is_over = [&](const Entry& entry) { return entry.expires && *entry.expires <= now; };
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (is_over(**it)) {
            expired.never_begun.push_back(*it);
            it = waiting_.erase(it);
        } else {
            ++it;
        }
    }
    ending_ += expired.never_begun.size();
    for (const auto& [id, entry] : running_) {
        if (is_over(*entry) && !entry->cancel.stop_requested()) {
            entry->timed_out = true;
            expired.at_work.push_back(entry);
        }
    }
    return expired;
}

/// The thread that minds time limits.
void JobQueue::watch_times() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (const auto next = next_expiry()) {
            timed_.wait_until(lock, *next);
        } else {
            timed_.wait(lock);
        }
        const Expired expired = take_expired(Clock::now());
        lock.unlock();
        for (const EntryPtr& entry : expired.at_work) {
            entry->cancel.request_stop();
        }
        for (const EntryPtr& entry : expired.never_begun) {
            end(entry, JobState::timed_out, {});
        }
        lock.lock();
    }
}

} // namespace kizuna
