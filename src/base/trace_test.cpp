#include "base/trace.hpp"

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

class TraceTest : public testing::Test {
  protected:
    void listen() {
        set_trace_callback([this](const TraceSpan& span) {
            const std::lock_guard lock(mutex_);
            names_.emplace_back(std::string(span.name) + " " + std::string(span.detail));
            threads_.insert(span.thread);
            EXPECT_LE(span.begin, span.end);
        });
    }

    void TearDown() override { set_trace_callback(nullptr); }

    std::mutex mutex_;
    std::vector<std::string> names_;
    std::set<std::uint32_t> threads_;
};

TEST_F(TraceTest, SpansAreToldWhenTheyEndInnerOnesFirst) {
    listen();
    EXPECT_TRUE(tracing());
    {
        const TraceScope outer("outer", "1");
        const TraceScope inner("inner");
    }
    EXPECT_EQ(names_, (std::vector<std::string>{"inner ", "outer 1"}));
}

TEST_F(TraceTest, NobodyListensUnlessAsked) {
    EXPECT_FALSE(tracing());
    const TraceScope before("begun before anybody listened");
    { const TraceScope nothing("nothing"); }
    listen();
    EXPECT_TRUE(names_.empty());
}

TEST_F(TraceTest, ThreadsAreToldApart) {
    listen();
    std::thread([] { const TraceScope scope("there"); }).join();
    { const TraceScope scope("here"); }
    EXPECT_EQ(threads_.size(), 2U);
}

} // namespace
} // namespace kizuna
