#include "image/background_sink.hpp"

#include "kizuna/error.hpp"

#include <array>
#include <atomic>
#include <future>
#include <vector>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

/// What a RecordingSink has seen; it outlives the sink.
struct Record {
    std::atomic<int> rows{0};
    std::atomic<bool> finished{false};
    std::vector<std::byte> first_bytes;
    std::promise<void> gate; ///< the sink's first row waits for it
};

class RecordingSink final : public RowSink {
  public:
    explicit RecordingSink(Record& record, bool waits = false, int fails_at = -1)
        : record_(record)
        , gate_(record.gate.get_future())
        , waits_(waits)
        , fails_at_(fails_at) {}

    void write_row(std::span<const std::byte> row) override {
        if (waits_ && record_.rows == 0) {
            gate_.wait();
        }
        if (record_.rows == fails_at_) {
            throw Error(ErrorCode::io, "the disk is full");
        }
        record_.first_bytes.push_back(row.front());
        ++record_.rows;
    }

    void finish() override {
        if (record_.rows == fails_at_) {
            throw Error(ErrorCode::io, "the disk is full");
        }
        record_.finished = true;
    }

  private:
    Record& record_;
    std::future<void> gate_;
    bool waits_;
    int fails_at_;
};

constexpr std::size_t row_bytes = 100;

std::array<std::byte, row_bytes> row_of(int value) {
    std::array<std::byte, row_bytes> row{};
    row.fill(static_cast<std::byte>(value));
    return row;
}

TEST(BackgroundSink, RowsArriveAllAndInOrder) {
    constexpr int count = 200;
    Record record;
    double seconds = 0;
    const auto sink = background_sink(std::make_unique<RecordingSink>(record), 3 * row_bytes, seconds);
    for (int y = 0; y < count; ++y) {
        sink->write_row(row_of(y));
    }
    sink->finish();
    EXPECT_TRUE(record.finished);
    ASSERT_EQ(record.first_bytes.size(), static_cast<std::size_t>(count));
    for (int y = 0; y < count; ++y) {
        EXPECT_EQ(record.first_bytes[y], static_cast<std::byte>(y));
    }
    EXPECT_GT(seconds, 0.0);
}

TEST(BackgroundSink, WriterDoesNotWaitForASlowSinkUntilTheQueueIsFull) {
    Record record;
    double seconds = 0;
    const auto sink = background_sink(std::make_unique<RecordingSink>(record, true), 3 * row_bytes, seconds);
    for (int y = 0; y < 3; ++y) {
        sink->write_row(row_of(y)); // would never return if it waited for the sink
    }
    EXPECT_EQ(record.rows, 0);
    auto fifth = std::async(std::launch::async, [&] {
        sink->write_row(row_of(3)); // one may be in the sink's hands, three in the queue
        sink->write_row(row_of(4));
        sink->write_row(row_of(5));
        return record.rows.load();
    });
    record.gate.set_value();
    EXPECT_GE(fifth.get(), 1) << "rows beyond the queue were taken before any was written";
    sink->finish();
    EXPECT_EQ(record.rows, 6);
}

TEST(BackgroundSink, ARowLargerThanTheQueueStillPasses) {
    Record record;
    double seconds = 0;
    const auto sink = background_sink(std::make_unique<RecordingSink>(record), 1, seconds);
    sink->write_row(row_of(1));
    sink->write_row(row_of(2));
    sink->finish();
    EXPECT_EQ(record.rows, 2);
}

TEST(BackgroundSink, AFailureReachesTheWriter) {
    Record record;
    double seconds = 0;
    const auto sink = background_sink(std::make_unique<RecordingSink>(record, false, 2), row_bytes, seconds);
    EXPECT_THROW(
        for (int y = 0; y < 100; ++y) { sink->write_row(row_of(y)); }, Error);
    EXPECT_THROW(sink->finish(), Error);
    EXPECT_EQ(record.rows, 2);
    EXPECT_FALSE(record.finished);
}

TEST(BackgroundSink, AFailureWhileFinishingReachesTheCaller) {
    Record record;
    double seconds = 0;
    const auto sink = background_sink(std::make_unique<RecordingSink>(record, false, 1), row_bytes, seconds);
    sink->write_row(row_of(0));
    EXPECT_THROW(sink->finish(), Error);
}

TEST(BackgroundSink, DestroyedEarlyItDropsWhatWaits) {
    Record record;
    double seconds = 0;
    auto sink = background_sink(std::make_unique<RecordingSink>(record, true), 10 * row_bytes, seconds);
    for (int y = 0; y < 8; ++y) {
        sink->write_row(row_of(y));
    }
    auto gone = std::async(std::launch::async, [&] { sink.reset(); });
    record.gate.set_value();
    gone.get();
    EXPECT_FALSE(record.finished);
}

} // namespace
} // namespace kizuna
