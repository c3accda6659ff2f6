#include "base/thread_pool.hpp"

#include "base/system.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <set>
#include <stop_token>
#include <system_error>
#include <thread>
#include <unistd.h>
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

class Pool {
  public:
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    static Pool& instance() {
        static auto* const pool = new Pool;
        static const Ender ender{*pool};
        return *pool;
    }

    void enter(int threads, const CancelToken& cancel);
    void leave(int threads);
    void run(int threads, std::size_t count, const Team::Work& work);

  private:
    Pool() = default;

    /// Ends the threads when the process or the library does. The Pool itself stays: in a child made by
    /// fork(), which has none of the threads, they seem to wait in it for ever.
    struct Ender {
        Pool& pool;
        pid_t process = ::getpid();

        ~Ender() {
            if (process == ::getpid()) {
                pool.threads_.clear();
            }
        }
    };

    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] int places() const;
    void hire(int helpers);
    void help(const std::stop_token& stop);
    Job* find_job();
    void help_with(Job& job, Lock& lock);
    void take_indices(Job& job, int worker, Lock& lock) const;

    std::mutex mutex_;
    std::condition_variable_any place_free_; ///< for teams
    std::condition_variable_any job_there_;  ///< for helpers
    std::list<Job*> jobs_;
    std::multiset<int> wishes_; ///< of the teams that are there
    int computing_ = 0;         ///< places taken
    int waiting_teams_ = 0;
    int cores_ = available_cores();
    std::vector<std::jthread> threads_;
};

// Who asks for more threads than there are cores gets them.
int Pool::places() const {
    return wishes_.empty() ? cores_ : std::max(cores_, *wishes_.rbegin());
}

void Pool::enter(int threads, const CancelToken& cancel) {
    Lock lock(mutex_);
    const auto wish = wishes_.insert(threads);
    ++waiting_teams_;
    const bool entered = place_free_.wait(lock, cancel, [this] { return computing_ < places(); });
    --waiting_teams_;
    if (!entered) {
        wishes_.erase(wish);
        throw Error(ErrorCode::cancelled, "cancelled");
    }
    ++computing_;
}

void Pool::leave(int threads) {
    const Lock lock(mutex_);
    wishes_.erase(wishes_.find(threads));
    --computing_;
    place_free_.notify_one();
    job_there_.notify_all();
}

// Threads that cannot be had are done without.
void Pool::hire(int helpers) {
    try {
        while (std::cmp_less(threads_.size(), helpers)) {
            threads_.emplace_back([this](const std::stop_token& stop) { help(stop); });
        }
    } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch)
    }
}

void Pool::run(int threads, std::size_t count, const Team::Work& work) {
    Lock lock(mutex_);
    Job job;
    job.work = &work;
    job.count = count;
    job.taken.assign(static_cast<std::size_t>(threads), false);
    job.taken[0] = true;
    const auto place = jobs_.insert(jobs_.end(), &job);
    if (threads > 1 && count > 1) {
        hire(threads - 1);
        job_there_.notify_all();
    }
    take_indices(job, 0, lock);
    jobs_.erase(place);
    job.done.wait(lock, [&job] { return job.helpers == 0; });
    if (job.failure) {
        std::rethrow_exception(job.failure);
    }
}

void Pool::help(const std::stop_token& stop) {
    Lock lock(mutex_);
    Job* job = nullptr;
    while (job_there_.wait(lock, stop, [&] { return (job = find_job()) != nullptr; })) {
        help_with(*job, lock);
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

// A helper goes when a team waits for its place.
void Pool::take_indices(Job& job, int worker, Lock& lock) const {
    while (job.next < job.count && (worker == 0 || waiting_teams_ == 0)) {
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
            job.failure = failure;
        }
    }
}

} // namespace

Team::Team(int threads, const CancelToken& cancel)
    : threads_(threads > 0 ? threads : available_cores()) {
    Pool::instance().enter(threads_, cancel);
}

Team::~Team() {
    Pool::instance().leave(threads_);
}

void Team::run(std::size_t count, const Work& work) const {
    Pool::instance().run(threads_, count, work);
}

} // namespace kizuna
