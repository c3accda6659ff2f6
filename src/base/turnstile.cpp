#include "base/turnstile.hpp"

#include "kizuna/error.hpp"

#include <algorithm>

namespace kizuna {

Turnstile::Turn::~Turn() {
    if (turnstile_ != nullptr) {
        const std::lock_guard lock(turnstile_->mutex_);
        turnstile_->taken_ = false;
        turnstile_->admit_next();
    }
}

Turnstile::Turn Turnstile::enter(const std::atomic<int>& priority, const CancelToken& cancel) {
    std::unique_lock lock(mutex_);
    const auto me = waiting_.insert(waiting_.end(), {&priority});
    admit_next();
    changed_.wait(lock, cancel, [&] { return me->admitted; });
    const bool admitted = me->admitted;
    waiting_.erase(me);
    if (!admitted) {
        throw Error(ErrorCode::cancelled, "cancelled while waiting for the device");
    }
    return Turn(*this);
}

/// With the mutex held.
void Turnstile::admit_next() {
    if (taken_ || waiting_.empty()) {
        return;
    }
    const auto next =
        std::max_element(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
            return *a.priority < *b.priority; // the first of the greatest
        });
    next->admitted = true;
    taken_ = true;
    changed_.notify_all();
}

} // namespace kizuna
