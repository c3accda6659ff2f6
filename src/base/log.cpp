#include "base/log.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace kizuna {

namespace {

struct Sink {
    std::mutex mutex;
    std::shared_ptr<const LogCallback> callback;
};

Sink& sink() {
    static Sink instance;
    return instance;
}

} // namespace

void set_log_callback(LogCallback callback) {
    auto shared = callback ? std::make_shared<const LogCallback>(std::move(callback)) : nullptr;
    const std::lock_guard lock(sink().mutex);
    sink().callback = std::move(shared);
}

void log(LogLevel level, std::string_view message) noexcept {
    try {
        std::shared_ptr<const LogCallback> callback;
        {
            const std::lock_guard lock(sink().mutex);
            callback = sink().callback;
        }
        if (callback) {
            (*callback)(level, message);
        }
    } catch (...) { // NOLINT(bugprone-empty-catch): a log that fails must not fail the work
    }
}

} // namespace kizuna
