#include "video/hand_over.hpp"

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace kizuna::video {
namespace {

TEST(HandOver, GivesEverythingInOrder) {
    HandOver<int> queue(2);
    std::thread giver([&queue] {
        for (int i = 0; i < 100; ++i) {
            EXPECT_TRUE(queue.give(i));
        }
        queue.end();
    });
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(queue.take(), i);
    }
    EXPECT_FALSE(queue.take());
    giver.join();
}

TEST(HandOver, PassesOnWhatTheGiverFailedWith) {
    HandOver<int> queue(2);
    queue.end(std::make_exception_ptr(std::runtime_error("broken")));
    EXPECT_THROW((void)queue.take(), std::runtime_error);
}

TEST(HandOver, DoesNotKeepAGiverWaitingForATakerWhoHasStopped) {
    HandOver<int> queue(1);
    std::thread giver([&queue] {
        while (queue.give(1)) {
        }
    });
    queue.stop();
    giver.join();
    EXPECT_FALSE(queue.take());
}

} // namespace
} // namespace kizuna::video
