#include "child_process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

constexpr const char* this_program = "/proc/self/exe";

/// Which of the parent's files a child gets as standard output and error; -1: none.
struct Outputs {
    int standard = -1;
    int error = -1;
};

pid_t spawn(char** words, const Outputs& outputs) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const auto& [file, target] :
         {std::pair(outputs.standard, STDOUT_FILENO), std::pair(outputs.error, STDERR_FILENO)}) {
        if (file < 0) {
            ::posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_WRONLY, 0);
        } else if (file != target) {
            ::posix_spawn_file_actions_adddup2(&actions, file, target);
        }
    }
    pid_t child = 0;
    const int error = ::posix_spawn(&child, words[0], &actions, nullptr, words, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? child : -1;
}

bool wait_for(pid_t child, rusage& usage) {
    int status = 0;
    while (::wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return status == 0;
}

std::string read_all(int file) {
    std::string text;
    std::array<char, 256> buffer{};
    ssize_t count = 0;
    while ((count = ::read(file, buffer.data(), buffer.size())) > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

} // namespace

int be_parent(char** words) {
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = spawn(words, {-1, STDERR_FILENO});
    rusage usage{};
    if (child < 0 || !wait_for(child, usage)) {
        return 1;
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    constexpr double kilobyte = 1024;
    std::printf("%.6f %.0f\n", taken.count(), static_cast<double>(usage.ru_maxrss) * kilobyte);
    return 0;
}

ChildCost run_child(const std::vector<std::string>& words, bool quiet) {
    std::vector<std::string> all{fs::canonical(this_program), "--child"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    arguments.reserve(all.size() + 1);
    for (std::string& word : all) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        return {};
    }
    const pid_t child = spawn(arguments.data(), {pipe[1], quiet ? -1 : STDERR_FILENO});
    ::close(pipe[1]);
    std::istringstream answer(read_all(pipe[0]));
    ::close(pipe[0]);
    ChildCost cost;
    rusage usage{};
    cost.succeeded = child > 0 && wait_for(child, usage) && (answer >> cost.seconds >> cost.peak_bytes);
    return cost;
}

fs::path kizuna_program() {
    return fs::canonical(this_program).parent_path() / "kizuna";
}
