#pragma once

#include <cstdint>
#include <kizuna/jobs.hpp>
#include <kizuna/progress.hpp>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace kizuna_python {

/// The caller's name for a job, given before it is submitted: its first news may come at once.
using Tag = std::uint64_t;

/// News of jobs on their way from the library's threads to one of Python's. The library's never touch
/// Python: at the end of the interpreter, a thread that asks for the GIL is lost. Python waits by reading
/// eight bytes from file().
class Events {
  public:
    Events();
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;
    ~Events();

    struct News {
        std::vector<std::pair<Tag, kizuna::Progress>> progress; ///< the newest of each job
        std::vector<std::pair<Tag, kizuna::JobResult>> ended;
        bool closed = false; ///< there will be none any more
    };

    void progressed(Tag tag, const kizuna::Progress& progress);
    void ended(Tag tag, kizuna::JobResult result);
    void close();

    [[nodiscard]] News take();

    [[nodiscard]] int file() const noexcept { return file_; }

  private:
    void wake() const noexcept;

    int file_;
    std::mutex mutex_;
    std::map<Tag, kizuna::Progress> progress_;
    std::vector<std::pair<Tag, kizuna::JobResult>> ended_;
    bool closed_ = false;
};

} // namespace kizuna_python
