#pragma once

#include "kizuna/cancel.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

namespace kizuna {

/// Lets a few at a time through, mostly one: of those who wait, the one with the highest priority, among
/// equals the one who came first. So jobs take turns at a device tile by tile, and one that is urgent need
/// not wait for more than a tile. Thread-safe.
class Turnstile {
  public:
    /// While it lives, one place is taken.
    class Turn {
      public:
        explicit Turn(Turnstile& turnstile)
            : turnstile_(&turnstile) {}

        Turn(Turn&& other) noexcept
            : turnstile_(std::exchange(other.turnstile_, nullptr)) {}

        Turn& operator=(Turn&&) = delete;
        ~Turn();

      private:
        Turnstile* turnstile_;
    };

    /// Waits for its turn, and until fewer than `places` are taken: so many may be at it at once, as far as
    /// this one is concerned. `priority` may change meanwhile and is to live until then. Throws
    /// Error{cancelled} when `cancel` asks before the turn has come.
    [[nodiscard]] Turn enter(const std::atomic<int>& priority, const CancelToken& cancel, int places = 1);

    /// How many have not been let through yet: for tests, which cannot see otherwise that somebody has come.
    [[nodiscard]] std::size_t waiting() const;

  private:
    struct Waiting {
        const std::atomic<int>* priority;
        int places = 1;
        bool admitted = false;
    };

    void admit_next();

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::list<Waiting> waiting_; ///< in the order in which they came
    int taken_ = 0;
};

} // namespace kizuna
