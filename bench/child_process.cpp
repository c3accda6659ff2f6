#include "child_process.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

ChildCost run_child(const std::vector<std::string>& words, bool quiet) {
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    arguments.reserve(copies.size() + 1);
    for (std::string& word : copies) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (quiet) {
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    const auto start = std::chrono::steady_clock::now();
    pid_t child = 0;
    const int error =
        ::posix_spawn(&child, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return {};
    }
    rusage usage{};
    int status = 0;
    while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    constexpr double kilobyte = 1024;
    return {
        status == 0, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
        static_cast<double>(usage.ru_maxrss) * kilobyte};
}

std::filesystem::path kizuna_program() {
    return std::filesystem::canonical("/proc/self/exe").parent_path() / "kizuna";
}
