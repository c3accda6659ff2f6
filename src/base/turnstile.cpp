#include "base/turnstile.hpp"

#include "kizuna/error.hpp"

#include <algorithm>

namespace kizuna {

Turnstile::Turn::~Turn() {
    if (turnstile_ != nullptr) {
        const std::lock_guard lock(turnstile_->mutex_);
        --turnstile_->taken_;
        turnstile_->admit_next();
    }
}

Turnstile::Turn Turnstile::enter(const std::atomic<int>& priority, const CancelToken& cancel, int places) {
    std::unique_lock lock(mutex_);
    const auto me = waiting_.insert(waiting_.end(), {&priority, places});
    admit_next();
    changed_.wait(lock, cancel, [&] { return me->admitted; });
    const bool admitted = me->admitted;
    waiting_.erase(me);
    if (!admitted) {
        admit_next(); // others may have waited for it to go first
        throw Error(ErrorCode::cancelled, "cancelled while waiting for the device");
    }
    return Turn(*this);
}

std::size_t Turnstile::waiting() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(waiting_.begin(), waiting_.end(), [](const Waiting& one) { return !one.admitted; }));
}

/// With the mutex held. The first who wants more room than there is keeps all others waiting: else those who
/// are content with less would go past it for ever.
void Turnstile::admit_next() {
    while (true) {
        auto next = waiting_.end();
        for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
            if (!one->admitted && (next == waiting_.end() || *one->priority > *next->priority)) {
                next = one; // the first of the greatest
            }
        }
        if (next == waiting_.end() || taken_ >= next->places) {
            return;
        }
        next->admitted = true;
        ++taken_;
        changed_.notify_all();
    }
}

} // namespace kizuna
