#include "upscale/workers.hpp"

#include "base/log.hpp"

#include <string>
#include <system_error>

namespace kizuna {

Workers::Workers(std::size_t count) {
    threads_.reserve(count);
    try {
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
        }
    } catch (const std::system_error& error) {
        log(LogLevel::info, std::string("no more threads for tiles: ") + error.what());
    }
}

Workers::~Workers() {
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
}

void Workers::push(std::function<void()> work) {
    if (threads_.empty()) {
        work();
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(work));
    }
    changed_.notify_one();
}

void Workers::run(const std::stop_token& stop) {
    while (true) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); }) || stop.stop_requested()) {
            return;
        }
        const std::function<void()> work = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        work();
    }
}

} // namespace kizuna
