#include "signals.hpp"

#include "console.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace kizuna::cli {
namespace {

/// Tiles are soon finished; a person who waits a second after Ctrl-C presses it again.
constexpr timespec grace{0, 700'000'000};
/// Tells the watcher that it is no longer needed.
constexpr int wake_up_signal = SIGUSR1;

bool is_ignored(int signal) {
    struct sigaction action {};

    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t signals_not_ignored() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, wake_up_signal);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        if (!is_ignored(signal)) {
            sigaddset(&set, signal);
        }
    }
    return set;
}

const sigset_t& watched_signals() {
    static const sigset_t set = signals_not_ignored();
    return set;
}

/// Past stdio, whose locks another thread may hold, and only where there is room: nobody may be reading.
[[noreturn]] void end_saying(std::string_view text) {
    const int fd = fileno(console());
    pollfd room{fd, POLLOUT, 0};
    if (poll(&room, 1, 0) == 1) {
        [[maybe_unused]] const auto written = write(fd, text.data(), text.size());
    }
    _exit(interrupted_exit_code);
}

} // namespace

void prepare_signals() {
    pthread_sigmask(SIG_BLOCK, &watched_signals(), nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void release_signals() {
    pthread_sigmask(SIG_UNBLOCK, &watched_signals(), nullptr);
}

SignalWatcher::SignalWatcher(CancelSource cancel, std::function<std::string()> last_words)
    : cancel_(std::move(cancel))
    , last_words_(std::move(last_words))
    , thread_([this] { watch(); }) {}

SignalWatcher::~SignalWatcher() {
    ends_ = true;
    pthread_kill(thread_.native_handle(), wake_up_signal);
    thread_.join();
}

void SignalWatcher::watch() {
    while (true) {
        const bool is_winding_down = cancel_.stop_requested();
        const int signal = sigtimedwait(&watched_signals(), nullptr, is_winding_down ? &grace : nullptr);
        if (ends_) {
            return;
        }
        if (signal < 0 && errno == EAGAIN) {
            end_saying(last_words_());
        }
        if (signal < 0 || signal == wake_up_signal) {
            continue;
        }
        if (!winds_down_ || is_winding_down) {
            end_saying(last_words_());
        }
        cancel_.request_stop();
    }
}

} // namespace kizuna::cli
