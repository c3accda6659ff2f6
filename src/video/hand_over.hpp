#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace kizuna::video {

/// Passes things from one thread to another, in order, of which few wait.
template <typename T>
class HandOver {
  public:
    explicit HandOver(std::size_t most)
        : most_(most) {}

    /// Waits for room. False where the taker has stopped.
    bool give(T thing) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || waiting_.size() < most_; });
        if (!stopped_) {
            waiting_.push_back(std::move(thing));
            changed_.notify_all();
        }
        return !stopped_;
    }

    /// The giver has no more, or has failed.
    void end(std::exception_ptr failure = nullptr) {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        failure_ = std::move(failure);
        changed_.notify_all();
    }

    /// Nothing at the end. Throws what the giver has failed with.
    [[nodiscard]] std::optional<T> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || ended_ || !waiting_.empty(); });
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        if (stopped_ || waiting_.empty()) {
            return std::nullopt;
        }
        T thing = std::move(waiting_.front());
        waiting_.pop_front();
        changed_.notify_all();
        return thing;
    }

    /// The taker takes no more; what waits is dropped.
    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        waiting_.clear();
        changed_.notify_all();
    }

    [[nodiscard]] bool is_stopped() {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }

  private:
    std::size_t most_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> waiting_;
    bool ended_ = false;
    bool stopped_ = false;
    std::exception_ptr failure_;
};

} // namespace kizuna::video
