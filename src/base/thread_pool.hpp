#pragma once

#include "kizuna/cancel.hpp"

#include <cstddef>
#include <functional>

namespace kizuna {

/// A thread's turn to compute, with helpers. All teams of the process share one pool of threads and,
/// together, never compute on more of them than this process may use (or than the largest of them asked for):
/// whoever makes a Team takes one place itself, waiting for it if need be; helpers take places that are free
/// and give them back when another Team waits. The pool is made at the first use; its threads sleep when
/// there is nothing to do. One thread uses a Team, from making it to destroying it.
///
/// A thread that has a place already, by another Team or because it is at work for one, shares that place
/// with the Teams that it makes, and does not wait. A child made by fork() has a pool of its own, however
/// busy its parent's was. It must not compute with Teams that it inherits, nor return from their work.
class Team {
  public:
    /// `threads` at the most, this one included; 0 = one for each core. Throws Error{cancelled} if `cancel`
    /// asks while it waits.
    Team(int threads, const CancelToken& cancel);
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;
    ~Team();

    /// Threads that work at the most, this one included.
    [[nodiscard]] int size() const noexcept { return threads_; }

    /// `worker` is below size(), and no two threads have the same one at once. Worker 0 is this thread.
    using Work = std::function<void(std::size_t index, int worker)>;

    /// Calls `work` for every index below `count`, and returns when all calls have. Which thread takes which
    /// index is chance. After the first exception no more are begun, and it is thrown here.
    void run(std::size_t count, const Work& work) const;

  private:
    int threads_;
};

} // namespace kizuna
