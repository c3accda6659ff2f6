#include "base/system.hpp"

#include <algorithm>
#include <cmath>
#include <dlfcn.h>
#include <fstream>
#include <limits>
#include <optional>
#include <sched.h>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include <fmt/format.h>

namespace kizuna {

namespace {

std::optional<std::uint64_t> read_number(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::uint64_t value = 0;
    if (file >> value) { // "max" is no number: no limit
        return value;
    }
    return std::nullopt;
}

// This process's folder in the unified control group tree.
std::filesystem::path control_group() {
    std::filesystem::path root = "/sys/fs/cgroup";
    std::ifstream file("/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("0::/")) {
            return root / line.substr(4);
        }
    }
    return root;
}

// The strictest of the limits on the way from our group to the root.
template <typename Limit>
auto strictest(Limit limit_of) {
    auto strictest_limit = limit_of(std::filesystem::path("/sys/fs/cgroup"));
    for (auto group = control_group(); group.string().starts_with("/sys/fs/cgroup/");
         group = group.parent_path()) {
        strictest_limit = std::min(strictest_limit, limit_of(group));
    }
    return strictest_limit;
}

std::uint64_t free_in_group(const std::filesystem::path& group) {
    const auto limit = read_number(group / "memory.max");
    const auto used = read_number(group / "memory.current");
    if (!limit || !used) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    return *limit > *used ? *limit - *used : 0;
}

double cpus_of_group(const std::filesystem::path& group) {
    std::ifstream file(group / "cpu.max");
    double quota = 0;
    double period = 0;
    if (file >> quota >> period && period > 0) {
        return quota / period;
    }
    return std::numeric_limits<double>::infinity();
}

std::uint64_t system_free_bytes() {
    std::ifstream file("/proc/meminfo");
    std::string key;
    std::uint64_t kilobytes = 0;
    for (std::string unit; file >> key >> kilobytes; std::getline(file, unit)) {
        if (key == "MemAvailable:") {
            return kilobytes * 1024;
        }
    }
    return 0;
}

// Empty where that cannot be found out.
cpu_set_t allowed_cpus() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        CPU_ZERO(&allowed);
    }
    return allowed;
}

} // namespace

std::uint64_t available_memory_bytes() {
    constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t nothing_left = 1; // 0 would mean "not known"
    const std::uint64_t system = system_free_bytes();
    const std::uint64_t group = strictest(free_in_group);
    if (group == unlimited) {
        return system;
    }
    return std::max(nothing_left, system == 0 ? group : std::min(system, group));
}

ProcessMemory process_memory() {
    constexpr std::uint64_t kilobyte = 1024;
    ProcessMemory memory;
    std::ifstream status("/proc/self/status");
    std::string name;
    std::uint64_t value = 0;
    for (std::string line; std::getline(status, line);) {
        std::istringstream fields(line);
        if (fields >> name >> value) {
            if (name == "VmRSS:") {
                memory.resident_bytes = value * kilobyte;
            } else if (name == "VmHWM:") {
                memory.peak_bytes = value * kilobyte;
            }
        }
    }
    // The system counts the two at different moments.
    memory.peak_bytes = std::max(memory.peak_bytes, memory.resident_bytes);
    return memory;
}

int available_cpus() {
    double cpus = std::max(1U, std::thread::hardware_concurrency());
    const cpu_set_t allowed = allowed_cpus();
    if (CPU_COUNT(&allowed) > 0) {
        cpus = std::min<double>(cpus, CPU_COUNT(&allowed));
    }
    cpus = std::min(cpus, std::ceil(strictest(cpus_of_group)));
    return std::max(1, static_cast<int>(cpus));
}

int available_cores() {
    const cpu_set_t allowed = allowed_cpus();
    std::set<std::string> cores; // the processors that are one core, as in "0,8"
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &allowed)) {
            std::ifstream file(
                fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
            std::string siblings = fmt::format("cpu {}", cpu); // where they are not told, each is a core
            std::getline(file, siblings);
            cores.insert(siblings);
        }
    }
    const int cpus = available_cpus();
    return cores.empty() ? cpus : std::min(cpus, static_cast<int>(cores.size()));
}

std::filesystem::path module_folder() {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&module_folder), &info) == 0 || info.dli_fname == nullptr) {
        return {};
    }
    std::error_code ignored;
    // The main program's name is as it was started: perhaps a bare "kizuna".
    auto path = std::filesystem::canonical(info.dli_fname, ignored);
    if (path.empty()) {
        path = std::filesystem::canonical("/proc/self/exe", ignored);
    }
    return path.parent_path();
}

} // namespace kizuna
