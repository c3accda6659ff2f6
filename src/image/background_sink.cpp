#include "image/background_sink.hpp"

#include "base/start_thread.hpp"
#include "base/stopwatch.hpp"
#include "base/trace.hpp"

#include "kizuna/error.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace kizuna {

namespace {

using Row = std::vector<std::byte>;

class BackgroundSink final : public RowSink {
  public:
    BackgroundSink(std::unique_ptr<RowSink> sink, std::size_t queue_bytes, double& busy_seconds)
        : sink_(std::move(sink))
        , queue_bytes_(queue_bytes)
        , busy_seconds_(busy_seconds)
        , writer_(start_thread("writing a picture", [this] { write_queued(); })) {}

    BackgroundSink(const BackgroundSink&) = delete;
    BackgroundSink& operator=(const BackgroundSink&) = delete;

    ~BackgroundSink() override { end(End::dropped); }

    void write_row(std::span<const std::byte> row) override {
        Row copy = empty_row();
        copy.assign(row.begin(), row.end());
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
            return failure_ || waiting_.empty() || waiting_bytes_ + copy.size() <= queue_bytes_;
        });
        rethrow_failure();
        waiting_bytes_ += copy.size();
        waiting_.push_back(std::move(copy));
        changed_.notify_all();
    }

    void finish() override {
        end(End::all_given);
        rethrow_failure();
    }

  private:
    enum class End { none, all_given, dropped };

    /// Memory of a row that has been written, where there is one.
    Row empty_row() {
        const std::lock_guard lock(mutex_);
        if (spare_.empty()) {
            return {};
        }
        Row row = std::move(spare_.back());
        spare_.pop_back();
        return row;
    }

    void end(End how) {
        {
            const std::lock_guard lock(mutex_);
            if (end_ == End::none) {
                end_ = how;
            }
            changed_.notify_all();
        }
        if (writer_.joinable()) {
            writer_.join();
        }
    }

    /// The writer's thread.
    void write_queued() {
        try {
            while (auto row = next_row()) {
                timed("encode row", [&] { sink_->write_row(*row); });
                const std::lock_guard lock(mutex_);
                spare_.push_back(std::move(*row));
            }
            if (end_ == End::all_given) {
                timed("finish encoding", [&] { sink_->finish(); });
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
            changed_.notify_all();
        }
    }

    /// Waits for a row; nothing when no more will come.
    std::optional<Row> next_row() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !waiting_.empty() || end_ != End::none; });
        if (waiting_.empty() || end_ == End::dropped) {
            return std::nullopt;
        }
        Row row = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= row.size();
        changed_.notify_all();
        return row;
    }

    template <typename Work>
    void timed(const char* what, const Work& work) {
        const TraceScope scope(what);
        const Stopwatch watch;
        work();
        busy_seconds_ += watch.seconds();
    }

    void rethrow_failure() {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

    std::unique_ptr<RowSink> sink_;
    std::size_t queue_bytes_;
    double& busy_seconds_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Row> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::vector<Row> spare_;
    End end_ = End::none;
    std::exception_ptr failure_;
    std::thread writer_; ///< last: it begins when all else is there
};

} // namespace

std::unique_ptr<RowSink>
background_sink(std::unique_ptr<RowSink> sink, std::size_t queue_bytes, double& busy_seconds) {
    return std::make_unique<BackgroundSink>(std::move(sink), queue_bytes, busy_seconds);
}

} // namespace kizuna
