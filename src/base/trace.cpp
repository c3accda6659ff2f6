#include "base/trace.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace kizuna {

namespace {

struct Listener {
    std::mutex mutex;
    std::shared_ptr<const TraceCallback> callback;
    std::atomic<bool> there{false};
};

Listener& listener() {
    static Listener instance;
    return instance;
}

std::uint32_t number_of_this_thread() {
    static std::atomic<std::uint32_t> last{0};
    thread_local const std::uint32_t number = ++last;
    return number;
}

} // namespace

void set_trace_callback(TraceCallback callback) {
    auto shared = callback ? std::make_shared<const TraceCallback>(std::move(callback)) : nullptr;
    const std::lock_guard lock(listener().mutex);
    listener().there = shared != nullptr;
    listener().callback = std::move(shared);
}

bool tracing() noexcept {
    return listener().there.load(std::memory_order_relaxed);
}

TraceScope::~TraceScope() {
    if (name_.empty()) {
        return;
    }
    const auto end = std::chrono::steady_clock::now();
    std::shared_ptr<const TraceCallback> callback;
    {
        const std::lock_guard lock(listener().mutex);
        callback = listener().callback;
    }
    if (callback) {
        (*callback)({name_, detail_, begin_, end, number_of_this_thread()});
    }
}

} // namespace kizuna
