#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace kizuna {

/// A few threads that take what is to be done in its order, for work that waits for a device most of the
/// time. At its end what has begun is finished; what has not is left, and its futures say so. Where the
/// system has no threads to give, whoever starts something does it.
class Workers {
  public:
    explicit Workers(std::size_t count);
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers();

    [[nodiscard]] std::size_t count() const { return threads_.size(); }

    template <typename Result, typename Work>
    [[nodiscard]] std::future<Result> start(Work work) {
        const auto task = std::make_shared<std::packaged_task<Result()>>(std::move(work));
        push([task] { (*task)(); });
        return task->get_future();
    }

  private:
    void push(std::function<void()> work);
    void run(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::function<void()>> waiting_;
    std::vector<std::jthread> threads_;
};

} // namespace kizuna
