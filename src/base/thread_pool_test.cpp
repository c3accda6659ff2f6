#include "base/thread_pool.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <latch>
#include <limits>
#include <memory>
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

/// Has all places, with a Team at work on them, until it is destroyed.
class FullHouse {
  public:
    FullHouse() { all_here_.wait(); }

    FullHouse(const FullHouse&) = delete;
    FullHouse& operator=(const FullHouse&) = delete;

    ~FullHouse() { finish_.count_down(); }

  private:
    void compute() {
        Team team(places_, {});
        team.run(static_cast<std::size_t>(places_), [this](std::size_t, int) {
            all_here_.count_down();
            finish_.wait();
        });
    }

    int places_ = Team(0, {}).size();
    std::latch all_here_{places_};
    std::latch finish_{1};
    std::jthread thread_{[this] { compute(); }};
};

TEST(ThreadPool, ATeamThatWaitsIsCancelled) {
    const FullHouse full;
    CancelSource cancel;
    const std::jthread canceller([&] { cancel.request_stop(); });
    EXPECT_THROW(Team(1, cancel.get_token()), Error);
}

TEST(ThreadPool, ALargerTeamMakesPlacesForThoseThatWait) {
    const int more_than_places = Team(0, {}).size() + 2;
    const FullHouse full;
    std::latch entered(1);
    const std::jthread waiting([&] {
        const Team team(1, {});
        entered.count_down();
    });
    const Team larger(more_than_places, {});
    entered.wait();
    SUCCEED() << "while all the others kept their places";
}

TEST(ThreadPool, HelpersComeBackWhenNoTeamWaitsAnyMore) {
    const int others = std::max(2, Team(0, {}).size() - 1);
    const Team team(others + 1, {});
    std::latch other_runs(1);
    std::latch finish(1);
    std::atomic<bool> other_there = false;
    const std::jthread other([&] {
        other_runs.wait();
        const Team one(1, {});
        other_there = true;
        finish.wait();
    });
    std::latch all_back(others);
    const auto meet = [&](std::size_t index, int) {
        if (index == 0) {
            other_runs.count_down();
        }
        if (other_there) {
            all_back.arrive_and_wait();
            throw std::runtime_error("enough");
        }
        std::this_thread::yield();
    };
    EXPECT_THROW(team.run(std::numeric_limits<std::size_t>::max(), meet), std::runtime_error);
    finish.count_down();
}

TEST(ThreadPool, TeamsMadeInsideOfATeamsWorkShareItsPlaces) {
    Team outer(0, {});
    const auto places = static_cast<std::size_t>(outer.size());
    std::latch no_place_free(outer.size());
    std::atomic<int> calls = 0;
    outer.run(places, [&](std::size_t, int) {
        no_place_free.arrive_and_wait();
        Team inner(2, {});
        inner.run(5, [&](std::size_t, int) { Team(1, {}).run(1, [&](std::size_t, int) { ++calls; }); });
    });
    EXPECT_EQ(calls, 5 * outer.size());
}

TEST(ThreadPool, AThreadGivesItsPlaceBackWithItsLastTeam) {
    {
        const Team first(0, {});
        const Team second(0, {});
    }
    const FullHouse full;
    SUCCEED() << "all places were free";
}

#if !defined(__SANITIZE_THREAD__) // which does not follow a process that forks with threads
/// What `child` gives, in a process of its own, to std::exit(); -1 if it ended in another way.
int exit_code_of(const std::function<int()>& child) {
    constexpr unsigned patience_s = 60; // a child that waits for ever must not outlive the test
    const pid_t process = ::fork();
    if (process == 0) {
        ::alarm(patience_s);
        std::exit(child()); // NOLINT(concurrency-mt-unsafe)
    }
    int status = 0;
    return ::waitpid(process, &status, 0) == process && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int meet_in_full_team() {
    Team team(0, {});
    std::latch all_here(team.size());
    team.run(static_cast<std::size_t>(team.size()), [&](std::size_t, int) { all_here.arrive_and_wait(); });
    return 0;
}

TEST(ThreadPool, AChildMadeByForkHasThreadsOfItsOwn) {
    meet_in_full_team();
    EXPECT_EQ(exit_code_of(meet_in_full_team), 0);
}

// The children end without exit(), for LeakSanitizer takes what their parent's threads had for lost.
TEST(ThreadPool, AChildMadeByForkDoesNotWaitForItsParentsTeams) {
    const FullHouse full;
    const auto meet = []() -> int { std::_Exit(meet_in_full_team()); };
    EXPECT_EQ(exit_code_of(meet), 0);
    EXPECT_EQ(exit_code_of([&]() -> int { std::_Exit(exit_code_of(meet)); }), 0) << "a grandchild";
}

TEST(ThreadPool, AChildMadeByForkMayDestroyATeamOfItsParent) {
    auto team = std::make_unique<Team>(2, CancelToken{});
    EXPECT_EQ(
        exit_code_of([&] {
            team.reset();
            return meet_in_full_team();
        }),
        0);
}

TEST(ThreadPool, AProcessEndsThoughATeamIsAtWork) {
    EXPECT_EQ(
        exit_code_of([] {
            auto* const helper_there = new std::latch(1); // which outlives this function
            std::thread([helper_there] {
                Team team(2, {});
                std::atomic<bool> told = false;
                team.run(std::numeric_limits<std::size_t>::max(), [&](std::size_t, int worker) {
                    if (worker == 1 && !told.exchange(true)) {
                        helper_there->count_down();
                    }
                    std::this_thread::yield();
                });
            }).detach();
            helper_there->wait();
            return 0;
        }),
        0);
}
#endif

} // namespace

} // namespace kizuna
