#include "base/turnstile.hpp"

#include "kizuna/error.hpp"

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

/// Somebody who enters on a thread of their own and notes when they were let through. Made, they wait.
class Visitor {
  public:
    Visitor(Turnstile& turnstile, int priority, std::vector<int>& order, int name)
        : priority_(priority) {
        const std::size_t before = turnstile.waiting();
        thread_ = std::thread([&turnstile, &order, name, this] {
            const auto turn = turnstile.enter(priority_, {});
            order.push_back(name); // guarded by the turn
        });
        while (turnstile.waiting() == before) {
            std::this_thread::yield();
        }
    }

    std::atomic<int>& priority() { return priority_; }

    void join() { thread_.join(); }

  private:
    std::atomic<int> priority_;
    std::thread thread_;
};

TEST(Turnstile, LetsTheMostUrgentThroughFirstAndEqualsInTheirOrder) {
    Turnstile turnstile;
    std::vector<int> order;
    const std::atomic<int> any{0};
    {
        std::optional<Turnstile::Turn> mine(turnstile.enter(any, {}));
        Visitor first(turnstile, 0, order, 1);
        Visitor second(turnstile, 0, order, 2);
        Visitor urgent(turnstile, 5, order, 3);
        Visitor later_urgent(turnstile, 0, order, 4);
        later_urgent.priority() = 9; // while it waits
        EXPECT_TRUE(order.empty());
        mine.reset();
        for (Visitor* visitor : {&first, &second, &urgent, &later_urgent}) {
            visitor->join();
        }
    }
    EXPECT_EQ(order, (std::vector<int>{4, 3, 1, 2}));
}

TEST(Turnstile, OnlyOneIsThroughAtATime) {
    Turnstile turnstile;
    std::atomic<int> inside{0};
    std::atomic<bool> crowded{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            const std::atomic<int> priority{i};
            for (int round = 0; round < 200; ++round) {
                const auto turn = turnstile.enter(priority, {});
                crowded = crowded || ++inside > 1;
                --inside;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_FALSE(crowded);
}

TEST(Turnstile, AsManyAreThroughAsEachOfThemAllows) {
    Turnstile turnstile;
    std::vector<int> order;
    const std::atomic<int> any{0};
    std::optional<Turnstile::Turn> mine(turnstile.enter(any, {}, 2));
    std::optional<Turnstile::Turn> beside(turnstile.enter(any, {}, 2)); // for ever, if it had to wait
    Visitor alone(turnstile, 0, order, 1);
    mine.reset();
    EXPECT_EQ(turnstile.waiting(), 1U) << "one is still through";
    beside.reset();
    alone.join();
    EXPECT_EQ(order, std::vector<int>{1});
}

TEST(Turnstile, WhoeverIsCancelledWhileWaitingGoesAndHoldsNobodyUp) {
    Turnstile turnstile;
    const std::atomic<int> any{0};
    CancelSource cancel;
    std::atomic<bool> cancelled{false};
    std::optional<Turnstile::Turn> mine(turnstile.enter(any, {}));
    std::thread other([&] {
        try {
            const auto turn = turnstile.enter(any, cancel.get_token());
        } catch (const Error& error) {
            cancelled = error.code() == ErrorCode::cancelled;
        }
    });
    cancel.request_stop();
    other.join(); // while the turn is still mine
    EXPECT_TRUE(cancelled);
    mine.reset();
    const auto again = turnstile.enter(any, {});
}

} // namespace
} // namespace kizuna
