#include "service/child_process.hpp"

#include "kizuna/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// How often a child is looked at that is waited for.
constexpr std::chrono::milliseconds glance{10};
/// What a program that is asked to end gets for tidying up. The user's own patience ends soon after.
constexpr std::chrono::milliseconds time_to_end{250};

/// posix_spawn's two structures.
class Preparations {
  public:
    Preparations(const std::filesystem::path& folder, const std::filesystem::path& output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        constexpr mode_t for_the_user = 0600;
        ::posix_spawn_file_actions_addopen(
            &actions_, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, for_the_user);
        ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
        ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
        // Signals that we block or ignore are nothing to a program that knows nothing of us.
        sigset_t none;
        sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        sigset_t all;
        sigfillset(&all);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }

    Preparations(const Preparations&) = delete;
    Preparations& operator=(const Preparations&) = delete;

    ~Preparations() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    int spawn(pid_t& process, std::vector<std::string> words) {
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (std::string& word : words) {
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        return ::posix_spawnp(
            &process, arguments.front(), &actions_, &attributes_, arguments.data(), environ);
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

} // namespace

ChildProcess::ChildProcess(
    const std::vector<std::string>& words, const std::filesystem::path& folder,
    const std::filesystem::path& output) {
    const int error = Preparations(folder, output).spawn(process_, words);
    if (error != 0) {
        throw Error(
            error == ENOENT ? ErrorCode::not_found : ErrorCode::io,
            fmt::format("the program {} cannot be started: {}", words.front(), std::strerror(error)));
    }
}

ChildProcess::~ChildProcess() {
    if (!ended_) {
        ::kill(-process_, SIGTERM);
        (void)wait_for(time_to_end);
    }
    ::kill(-process_, SIGKILL); // and the children that it may have left
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

/// It is not laid to rest before the destructor, so that its number stays its own.
void ChildProcess::look() {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        ended_ = succeeded_ = errno == ECHILD;
    } else if (info.si_pid == process_) {
        ended_ = true;
        succeeded_ = info.si_code == CLD_EXITED && info.si_status == 0;
    }
}

bool ChildProcess::wait_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (look(); !ended_ && std::chrono::steady_clock::now() < end; look()) {
        std::this_thread::sleep_for(glance);
    }
    return ended_;
}

} // namespace kizuna
