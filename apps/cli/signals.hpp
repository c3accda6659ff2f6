#pragma once

#include "kizuna/cancel.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace kizuna::cli {

/// What a shell expects of a program that Ctrl-C has ended.
inline constexpr int interrupted_exit_code = 130;

/// To be called in main() before any thread begins: SIGINT, SIGTERM and SIGHUP then come to the SignalWatcher
/// only, but for those that are ignored already (nohup), and a closed pipe is a write error like any other.
void prepare_signals();

/// Gives the signals back to the system, which then ends the program at once: for commands that leave nothing
/// behind.
void release_signals();

/// Waits for SIGINT, SIGTERM and SIGHUP on a thread of its own. Before wind_down_on_signal(), the first one
/// ends the program; after it, the first one asks `cancel` to stop. The program ends at once with the second
/// one, or after a moment of grace, for a library that encodes a picture cannot be asked to stop. Whenever it
/// ends the program, `last_words` are printed. They come from the watcher's thread, while all others may hold
/// any lock.
class SignalWatcher {
  public:
    SignalWatcher(CancelSource cancel, std::function<std::string()> last_words);
    SignalWatcher(const SignalWatcher&) = delete;
    SignalWatcher& operator=(const SignalWatcher&) = delete;
    ~SignalWatcher();

    void wind_down_on_signal() { winds_down_ = true; }

  private:
    void watch();

    CancelSource cancel_;
    std::function<std::string()> last_words_;
    std::atomic<bool> winds_down_ = false;
    std::atomic<bool> ends_ = false;
    std::thread thread_;
};

} // namespace kizuna::cli
