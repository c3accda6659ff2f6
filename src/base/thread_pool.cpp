#include "base/thread_pool.hpp"

#include "base/system.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

/// One Team::run under way. All fields belong to the pool's mutex.
struct Job {
    const Team::Work* work = nullptr;
    std::size_t next = 0;
    std::size_t count = 0;
    std::vector<bool> taken; ///< workers that a thread is
    int helpers = 0;         ///< threads at work, but for the one that waits for the end
    std::exception_ptr failure;
    std::condition_variable done;

    [[nodiscard]] bool wants_helpers() const {
        return next < count && std::find(taken.begin(), taken.end(), false) != taken.end();
    }
};

/// How many Teams this thread has made, or, of a helper, is at work for: with one at least it has a place.
thread_local int teams_here = 0;

class Pool {
  public:
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    void enter(int threads, const CancelToken& cancel);
    void leave(int threads);
    void run(int threads, std::size_t count, const Team::Work& work);
    void end();

  private:
    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] int places() const;
    bool take_place(const CancelToken& cancel, Lock& lock);
    void hire(int helpers);
    void help();
    Job* find_job();
    void help_with(Job& job, Lock& lock);
    void take_indices(Job& job, int worker, Lock& lock) const;

    std::mutex mutex_;
    std::condition_variable_any place_free_; ///< for teams
    std::condition_variable job_there_;      ///< for helpers
    std::list<Job*> jobs_;
    std::multiset<int> wishes_; ///< of the teams that are there
    int computing_ = 0;         ///< places taken
    int waiting_teams_ = 0;
    bool ending_ = false; ///< no more helpers
    int cores_ = available_cores();
    std::vector<std::thread> threads_;
};

/// The process's Pool. It is never deleted, for threads may compute while the process ends.
class PoolOfProcess {
  public:
    PoolOfProcess() noexcept { ::pthread_atfork(nullptr, nullptr, &leave_to_parent); }

    PoolOfProcess(const PoolOfProcess&) = delete;
    PoolOfProcess& operator=(const PoolOfProcess&) = delete;

    /// Ends the helpers when the process or the library does.
    ~PoolOfProcess() {
        if (Pool* const pool = current) {
            pool->end();
        }
    }

    static Pool& get() {
        Pool* pool = current;
        if (pool == nullptr) {
            auto fresh = std::make_unique<Pool>();
            if (current.compare_exchange_strong(pool, fresh.get())) {
                pool = fresh.release();
            }
        }
        return *pool;
    }

  private:
    // In a child made by fork() there is none of the Pool's threads, and its mutex may be locked for ever.
    static void leave_to_parent() {
        if (Pool* const pool = current.exchange(nullptr)) {
            inherited = pool;
        }
        teams_here = 0;
    }

    static inline constinit std::atomic<Pool*> current = nullptr;
    static inline constinit std::atomic<Pool*> inherited = nullptr; ///< so that leak checkers can find it
};

const PoolOfProcess pool_of_process;

// Who asks for more threads than there are cores gets them.
int Pool::places() const {
    return wishes_.empty() ? cores_ : std::max(cores_, *wishes_.rbegin());
}

void Pool::enter(int threads, const CancelToken& cancel) {
    Lock lock(mutex_);
    const auto wish = wishes_.insert(threads);
    place_free_.notify_all(); // a large wish makes places for others, too
    if (teams_here == 0 && !take_place(cancel, lock)) {
        wishes_.erase(wish);
        throw Error(ErrorCode::cancelled, "cancelled");
    }
    ++teams_here;
}

// Helpers stay away while a team waits.
bool Pool::take_place(const CancelToken& cancel, Lock& lock) {
    ++waiting_teams_;
    const bool is_free = place_free_.wait(lock, cancel, [this] { return computing_ < places(); });
    --waiting_teams_;
    computing_ += is_free ? 1 : 0;
    job_there_.notify_all();
    return is_free;
}

void Pool::leave(int threads) {
    if (teams_here == 0) { // the Team was made before this process
        return;
    }
    const Lock lock(mutex_);
    wishes_.erase(wishes_.find(threads));
    if (--teams_here == 0) {
        --computing_;
        place_free_.notify_one();
        job_there_.notify_all();
    }
}

// Threads that cannot be had are done without.
void Pool::hire(int helpers) {
    try {
        while (!ending_ && std::cmp_less(threads_.size(), helpers)) {
            threads_.emplace_back([this] { help(); });
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch)
    }
}

void Pool::run(int threads, std::size_t count, const Team::Work& work) {
    Lock lock(mutex_);
    Job job;
    job.work = &work;
    job.count = count;
    job.taken.assign(static_cast<std::size_t>(threads), false);
    job.taken[0] = true;
    if (threads > 1 && count > 1) {
        hire(threads - 1);
        job_there_.notify_all();
    }
    const auto place = jobs_.insert(jobs_.end(), &job);
    take_indices(job, 0, lock);
    jobs_.erase(place);
    job.done.wait(lock, [&job] { return job.helpers == 0; });
    if (job.failure) {
        std::rethrow_exception(job.failure);
    }
}

void Pool::end() {
    std::vector<std::thread> threads;
    {
        const Lock lock(mutex_);
        ending_ = true;
        threads.swap(threads_);
        job_there_.notify_all();
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

void Pool::help() {
    teams_here = 1;
    Lock lock(mutex_);
    while (!ending_) {
        if (Job* const job = find_job()) {
            help_with(*job, lock);
        } else {
            job_there_.wait(lock);
        }
    }
}

Job* Pool::find_job() {
    if (waiting_teams_ > 0 || computing_ >= places()) {
        return nullptr;
    }
    const auto found =
        std::find_if(jobs_.begin(), jobs_.end(), [](const Job* job) { return job->wants_helpers(); });
    return found == jobs_.end() ? nullptr : *found;
}

void Pool::help_with(Job& job, Lock& lock) {
    const auto free = std::find(job.taken.begin(), job.taken.end(), false);
    *free = true;
    ++job.helpers;
    ++computing_;
    take_indices(job, static_cast<int>(free - job.taken.begin()), lock);
    *free = false;
    --computing_;
    if (--job.helpers == 0) {
        job.done.notify_one();
    }
    place_free_.notify_one();
}

// A helper goes when a team waits for its place, or when the process ends; worker 0 finishes alone.
void Pool::take_indices(Job& job, int worker, Lock& lock) const {
    while (job.next < job.count && (worker == 0 || (waiting_teams_ == 0 && !ending_))) {
        const std::size_t index = job.next++;
        lock.unlock();
        std::exception_ptr failure;
        try {
            (*job.work)(index, worker);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        if (failure) {
            job.next = job.count;
            if (!job.failure) {
                job.failure = failure;
            }
        }
    }
}

} // namespace

Team::Team(int threads, const CancelToken& cancel)
    : threads_(threads > 0 ? threads : available_cores()) {
    PoolOfProcess::get().enter(threads_, cancel);
}

Team::~Team() {
    PoolOfProcess::get().leave(threads_);
}

void Team::run(std::size_t count, const Work& work) const {
    PoolOfProcess::get().run(threads_, count, work);
}

} // namespace kizuna
