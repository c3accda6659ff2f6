#include "base/cancel.hpp"
#include "service/job_queue.hpp"

#include <cstdlib>
#include <fstream>
#include <future>
#include <random>
#include <sys/resource.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// How jobs ended, by id. Outlives its queue.
class Ends {
  public:
    void add(JobId id, const JobEnd& end) {
        const std::lock_guard lock(mutex_);
        ends_[id].push_back(end);
        order_.push_back(id);
    }

    /// Of a job that has ended exactly once.
    JobEnd of(JobId id) const {
        const std::lock_guard lock(mutex_);
        EXPECT_EQ(ends_.at(id).size(), 1U);
        return ends_.at(id).front();
    }

    std::vector<JobId> order() const {
        const std::lock_guard lock(mutex_);
        return order_;
    }

    std::size_t jobs() const {
        const std::lock_guard lock(mutex_);
        return ends_.size();
    }

  private:
    mutable std::mutex mutex_;
    std::map<JobId, std::vector<JobEnd>> ends_;
    std::vector<JobId> order_;
};

/// A job that runs until it is opened or cancelled.
struct Gate {
    std::promise<void> begun;
    std::atomic<bool> open{false};

    std::function<void(JobControl&)> work() {
        return [this](JobControl& control) {
            begun.set_value();
            while (!open) {
                throw_if_cancelled(control.cancel());
                std::this_thread::sleep_for(milliseconds(1));
            }
        };
    }

    void wait_until_begun() { begun.get_future().wait(); }
};

class JobQueueTest : public testing::Test {
  protected:
    JobId submit(JobQueue& queue, JobTerms terms, std::function<void(JobControl&)> work) {
        return queue.submit(
            {std::move(terms), std::move(work), [this](JobId id, const JobEnd& end) { ends_.add(id, end); }});
    }

    JobId submit(JobQueue& queue, JobTerms terms = {}) {
        return submit(queue, std::move(terms), [](JobControl&) {});
    }

    Ends ends_;
};

TEST_F(JobQueueTest, TheMostUrgentBeginsFirstAndEqualsInTheirOrder) {
    JobQueue queue({.running = 1});
    Gate gate;
    submit(queue, {.priority = 100}, gate.work());
    gate.wait_until_begun();
    std::vector<std::string> order; // written by one job at a time
    const auto submit_named = [&](const std::string& name, int priority) {
        return submit(queue, {.priority = priority}, [&order, name](JobControl&) { order.push_back(name); });
    };
    submit_named("first", 0);
    submit_named("second", 0);
    submit_named("urgent", 7);
    submit_named("patient", -1);
    EXPECT_TRUE(queue.set_priority(submit_named("raised", -5), 8));
    gate.open = true;
    queue.wait_until_idle();
    EXPECT_THAT(order, ElementsAre("raised", "urgent", "first", "second", "patient"));
}

TEST_F(JobQueueTest, SomethingMoreUrgentThanAllThatRunsNeedNotWait) {
    JobQueue queue({.running = 2});
    Gate first;
    Gate second;
    submit(queue, {}, first.work());
    submit(queue, {}, second.work());
    first.wait_until_begun();
    second.wait_until_begun();
    const JobId patient = submit(queue, {.priority = 0});
    const JobId urgent = submit(queue, {.priority = 1});
    while (ends_.jobs() == 0) {
        std::this_thread::sleep_for(milliseconds(1)); // hangs if it has to wait for the gates
    }
    EXPECT_THAT(ends_.order(), ElementsAre(urgent));
    EXPECT_EQ(queue.jobs().back().id, patient);
    first.open = second.open = true;
    queue.wait_until_idle();
}

TEST_F(JobQueueTest, CancellingEndsWhatWaitsAtOnceAndWhatRunsSoon) {
    JobQueue queue({.running = 1});
    Gate gate;
    const JobId running = submit(queue, {.key = "page 1"}, gate.work());
    gate.wait_until_begun();
    const JobId waiting = submit(queue, {.key = "page 2"});
    EXPECT_TRUE(queue.cancel(waiting));
    EXPECT_EQ(ends_.of(waiting).state, JobState::cancelled);
    EXPECT_FALSE(queue.cancel(waiting));
    EXPECT_EQ(queue.cancel_if([](const JobStatus& job) { return job.key == "page 1"; }), 1U);
    queue.wait_until_idle();
    EXPECT_EQ(ends_.of(running).state, JobState::cancelled);
    EXPECT_EQ(ends_.of(running).error->code(), ErrorCode::cancelled);
}

TEST_F(JobQueueTest, AFailureIsTheJobsOwn) {
    JobQueue queue({});
    const JobId bad = submit(queue, {}, [](JobControl&) { throw Error(ErrorCode::corrupt, "no picture"); });
    const JobId worse = submit(queue, {}, [](JobControl&) { throw 5; });
    const JobId good = submit(queue);
    queue.wait_until_idle();
    EXPECT_EQ(ends_.of(bad).state, JobState::failed);
    EXPECT_EQ(ends_.of(bad).error->code(), ErrorCode::corrupt);
    EXPECT_EQ(ends_.of(worse).error->code(), ErrorCode::internal);
    EXPECT_EQ(ends_.of(good).state, JobState::done);
}

TEST_F(JobQueueTest, TimeOutsCountFromTheBeginningDeadlinesFromTheSubmission) {
    JobQueue queue({.running = 1});
    Gate gate;
    const JobId endless = submit(queue, {.time_out = milliseconds(50)}, gate.work());
    const JobId late = submit(queue, {.deadline = milliseconds(5)});
    const JobId patient = submit(queue, {.time_out = milliseconds(50), .deadline = std::chrono::hours(1)});
    queue.wait_until_idle();
    EXPECT_EQ(ends_.of(endless).state, JobState::timed_out);
    EXPECT_THAT(ends_.of(endless).error->what(), HasSubstr("its time was up"));
    EXPECT_EQ(ends_.of(late).state, JobState::timed_out);
    EXPECT_EQ(ends_.of(late).ran_seconds, 0);
    EXPECT_EQ(ends_.of(patient).state, JobState::done);
}

TEST_F(JobQueueTest, RefusesMoreThanMayWait) {
    JobQueue queue({.running = 1, .waiting = 1});
    Gate gate;
    submit(queue, {}, gate.work());
    gate.wait_until_begun();
    submit(queue);
    EXPECT_THROW(submit(queue), Error);
    gate.open = true;
    queue.wait_until_idle();
    EXPECT_EQ(ends_.jobs(), 2U);
}

/// Runs in a process of its own: 0 if a job for which there was no thread was refused and never ran.
int submit_without_room_for_a_thread() {
    JobQueue queue({.running = 1});
    std::atomic<bool> has_run = false;
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    rlimit unlimited{};
    ::getrlimit(RLIMIT_AS, &unlimited);
    const rlim_t room = rlim_t{1} << 20U; // for all but a stack
    const rlimit tight{pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + room, unlimited.rlim_max};
    ::setrlimit(RLIMIT_AS, &tight);
    ErrorCode refused = ErrorCode::internal;
    try {
        queue.submit({{}, [&](JobControl&) { has_run = true; }, [](JobId, const JobEnd&) {}});
    } catch (const Error& error) {
        refused = error.code();
    }
    ::setrlimit(RLIMIT_AS, &unlimited);
    std::atomic<bool> other_has_run = false;
    queue.submit({{}, [&](JobControl&) { other_has_run = true; }, [](JobId, const JobEnd&) {}});
    queue.wait_until_idle();
    return refused == ErrorCode::out_of_memory && other_has_run && !has_run ? 0 : 1;
}

TEST(JobQueueDeathTest, AJobForWhichThereIsNoThreadIsRefusedAndNeverRuns) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers need more address space than that";
#endif
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(std::_Exit(submit_without_room_for_a_thread()), testing::ExitedWithCode(0), "");
}

TEST_F(JobQueueTest, ClosedItTakesNoMore) {
    JobQueue queue({.running = 1});
    Gate gate;
    const JobId endless = submit(queue, {}, gate.work());
    gate.wait_until_begun();
    queue.close();
    EXPECT_EQ(ends_.of(endless).state, JobState::cancelled);
    EXPECT_THROW(submit(queue), Error);
}

TEST_F(JobQueueTest, AnEndMaySubmitTheNext) {
    JobQueue queue({.running = 1});
    std::atomic<int> count{0};
    std::function<void()> submit_next = [&] {
        QueuedJob job;
        job.work = [](JobControl&) {};
        job.ended = [&](JobId, const JobEnd&) {
            if (++count < 20) {
                submit_next();
            }
        };
        queue.submit(std::move(job));
    };
    submit_next();
    queue.wait_until_idle();
    EXPECT_EQ(count, 20);
}

TEST_F(JobQueueTest, TheDestructorCancelsWhatIsLeft) {
    Gate gate;
    JobId running = 0;
    JobId waiting = 0;
    {
        JobQueue queue({.running = 1});
        running = submit(queue, {}, gate.work());
        gate.wait_until_begun();
        waiting = submit(queue);
    }
    EXPECT_EQ(ends_.of(running).state, JobState::cancelled);
    EXPECT_EQ(ends_.of(waiting).state, JobState::cancelled);
}

TEST_F(JobQueueTest, OfTenThousandJobsWithCancelsAtRandomEachEndsOnce) {
    constexpr int threads = 4;
    constexpr int jobs_of_each = 2500;
    JobQueue queue({.running = 3, .waiting = threads * jobs_of_each});
    std::atomic<JobId> newest{0};
    std::vector<std::thread> submitters;
    for (int t = 0; t < threads; ++t) {
        submitters.emplace_back([&, t] {
            std::mt19937 random(t);
            for (int i = 0; i < jobs_of_each; ++i) {
                JobTerms terms{
                    .priority = static_cast<int>(random() % 5), .key = std::to_string(random() % 50)};
                if (random() % 8 == 0) {
                    terms.time_out = milliseconds(random() % 3);
                }
                if (random() % 8 == 0) {
                    terms.deadline = milliseconds(random() % 20);
                }
                newest =
                    submit(queue, terms, [](JobControl& control) { throw_if_cancelled(control.cancel()); });
                switch (random() % 4) {
                case 0:
                    queue.cancel(1 + random() % newest);
                    break;
                case 1:
                    queue.set_priority(1 + random() % newest, static_cast<int>(random() % 9));
                    break;
                case 2:
                    if (random() % 20 == 0) {
                        queue.cancel_if([key = std::to_string(random() % 50)](const JobStatus& job) {
                            return job.key == key;
                        });
                    }
                    break;
                default:
                    break;
                }
            }
        });
    }
    for (std::thread& thread : submitters) {
        thread.join();
    }
    queue.wait_until_idle();
    ASSERT_EQ(ends_.jobs(), threads * jobs_of_each);
    for (JobId id = 1; id <= threads * jobs_of_each; ++id) {
        (void)ends_.of(id); // says so itself if not once
    }
}

TEST_F(JobQueueTest, RefusesLimitsThatMakeNoSense) {
    EXPECT_THROW(JobQueue({.running = 0}), Error);
    EXPECT_THROW(JobQueue({.running = 65}), Error);
    JobQueue queue({});
    EXPECT_THROW(submit(queue, {.time_out = milliseconds(-1)}), Error);
    EXPECT_THROW(submit(queue, {.deadline = milliseconds::max()}), Error);
}

} // namespace
} // namespace kizuna
