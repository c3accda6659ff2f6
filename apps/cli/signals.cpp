#include "signals.hpp"

#include "console.hpp"

#include <csignal>
#include <cstdio>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace kizuna::cli {
namespace {

constexpr std::string_view message = "kizuna: interrupted\n";

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

} // namespace

void prepare_signals() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void release_signals() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

SignalWatcher::SignalWatcher(CancelSource cancel)
    : cancel_(std::move(cancel))
    , thread_([this] { watch(); }) {}

SignalWatcher::~SignalWatcher() {
    ends_ = true;
    pthread_kill(thread_.native_handle(), SIGHUP); // ends its sigwait
    thread_.join();
}

void SignalWatcher::watch() {
    const sigset_t set = watched_signals();
    while (true) {
        int signal = 0;
        if (sigwait(&set, &signal) != 0) {
            continue;
        }
        if (ends_) {
            return;
        }
        if (!winds_down_ || cancel_.stop_requested()) {
            // Past stdio, whose locks another thread may hold.
            [[maybe_unused]] const auto written = write(fileno(console()), message.data(), message.size());
            _exit(interrupted_exit_code);
        }
        cancel_.request_stop();
    }
}

} // namespace kizuna::cli
