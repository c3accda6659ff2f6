#include "base/thread_pool.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <numeric>
#include <set>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {

namespace {

/// Counts the threads that are inside at once.
class Crowd {
  public:
    void visit() {
        const int now = ++inside_;
        int most = most_.load();
        while (now > most && !most_.compare_exchange_weak(most, now)) {
        }
        std::this_thread::yield();
        --inside_;
    }

    [[nodiscard]] int most() const { return most_; }

  private:
    std::atomic<int> inside_{0};
    std::atomic<int> most_{0};
};

TEST(ThreadPool, CallsEveryIndexOnce) {
    for (const int threads : {1, 2, 5}) {
        Team team(threads, {});
        for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
            std::vector<std::atomic<int>> calls(count);
            team.run(count, [&](std::size_t index, int) { ++calls[index]; });
            EXPECT_TRUE(std::all_of(calls.begin(), calls.end(), [](const auto& n) { return n == 1; }))
                << threads << " threads, " << count << " calls";
        }
    }
}

TEST(ThreadPool, UsesAsManyThreadsAsAreAskedFor) {
    constexpr int threads = 4;
    Team team(threads, {});
    std::latch all_here(threads);
    team.run(threads, [&](std::size_t, int) { all_here.arrive_and_wait(); });
    SUCCEED() << "each call waited for all others";
}

TEST(ThreadPool, GivesEachThreadAWorkerOfItsOwn) {
    constexpr int threads = 3;
    Team team(threads, {});
    std::vector<std::atomic<int>> users(threads);
    std::atomic<bool> shared = false;
    team.run(2000, [&](std::size_t, int worker) {
        ASSERT_LT(worker, threads);
        auto& user = users[static_cast<std::size_t>(worker)];
        shared = shared || ++user != 1;
        std::this_thread::yield();
        --user;
    });
    EXPECT_FALSE(shared);
}

TEST(ThreadPool, WorkerNoughtIsTheCaller) {
    Team team(3, {});
    const auto caller = std::this_thread::get_id();
    team.run(
        200, [&](std::size_t, int worker) { EXPECT_EQ(worker == 0, std::this_thread::get_id() == caller); });
}

TEST(ThreadPool, ThrowsWhatTheWorkThrowsAndWorksOn) {
    Team team(3, {});
    std::atomic<int> calls = 0;
    const auto fail_at_ten = [&](std::size_t index, int) {
        ++calls;
        if (index == 10) {
            throw std::runtime_error("ten");
        }
    };
    EXPECT_THROW(team.run(1'000'000, fail_at_ten), std::runtime_error);
    EXPECT_LT(calls, 1'000'000);
    calls = 0;
    team.run(5, fail_at_ten);
    EXPECT_EQ(calls, 5);
}

TEST(ThreadPool, NeverComputesOnMoreThreadsThanTheLargestTeamHas) {
    constexpr int threads = 3;
    const int most = std::max(threads, Team(0, {}).size());
    Crowd crowd;
    std::vector<std::thread> callers;
    for (int i = 0; i < 6; ++i) {
        callers.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                Team team(threads, {});
                team.run(50, [&](std::size_t, int) { crowd.visit(); });
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_LE(crowd.most(), most);
}

TEST(ThreadPool, ATeamThatWaitsIsCancelled) {
    const int places = Team(0, {}).size();
    std::vector<std::thread> holders;
    std::latch held(places);
    std::latch finish(1);
    for (int i = 0; i < places; ++i) {
        holders.emplace_back([&] {
            const Team team(1, {});
            held.count_down();
            finish.wait();
        });
    }
    held.wait();
    CancelSource cancel;
    const std::jthread canceller([&] { cancel.request_stop(); });
    EXPECT_THROW(Team(1, cancel.get_token()), Error);
    finish.count_down();
    for (std::thread& holder : holders) {
        holder.join();
    }
}

#if !defined(__SANITIZE_THREAD__) // which does not follow a process that forks with threads
TEST(ThreadPool, AChildMadeByForkComputesAloneAndEnds) {
    Team(2, {}).run(10, [](std::size_t, int) {});
    const pid_t child = ::fork();
    if (child == 0) {
        int calls = 0;
        Team(2, {}).run(10, [&](std::size_t, int) { ++calls; });
        std::exit(calls == 10 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

} // namespace

} // namespace kizuna
