#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kizuna {

/// A program that we have started, with its own children in a group of its own. Reads nothing; what it says
/// goes to a file. Ended with all its group by the destructor, if it has not ended. Not thread-safe.
class ChildProcess {
  public:
    /// `words[0]` is looked for in PATH; no shell is involved. It works in `folder`. Throws Error{not_found}
    /// where there is no such program, {io}.
    ChildProcess(
        const std::vector<std::string>& words, const std::filesystem::path& folder,
        const std::filesystem::path& output);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    /// Whether it has ended within that time.
    [[nodiscard]] bool wait_for(std::chrono::milliseconds time);

    /// REQUIRES: it has ended. True, too, where the host program lets nobody know how its children end.
    [[nodiscard]] bool succeeded() const { return succeeded_; }

  private:
    void look();

    pid_t process_ = -1;
    bool ended_ = false;
    bool succeeded_ = false;
};

} // namespace kizuna
