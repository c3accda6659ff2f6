#include "service/memory_use.hpp"

#include "base/system.hpp"
#include "service/cards.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

namespace kizuna {

namespace {

using Clock = std::chrono::steady_clock;

/// Asking a driver takes up to a millisecond.
constexpr std::chrono::milliseconds asked_at_most_every{200};

struct Watched {
    MemoryUse use;
    Clock::time_point asked;
};

std::mutex mutex;
// By provider and number. Never destroyed: a host's threads may still call when the process ends.
auto& watched = *new std::map<std::pair<std::string, int>, Watched>;

void ask_about(Watched& device) {
    MemoryUse& use = device.use;
    device.asked = Clock::now();
    if (is_on_processor(use.provider)) {
        const ProcessMemory memory = process_memory();
        use.in_use_bytes = memory.resident_bytes;
        use.peak_bytes = memory.peak_bytes;
        return;
    }
    if (const auto card = card_of(use.provider, use.device); card && card->free_memory_bytes > 0) {
        use.in_use_bytes = card->total_memory_bytes - card->free_memory_bytes;
        use.peak_bytes = std::max(use.peak_bytes, use.in_use_bytes);
    }
}

} // namespace

void watch_memory_of(const std::string& provider, int device) {
    const std::lock_guard lock(mutex);
    const auto [found, is_new] = watched.try_emplace({provider, device});
    if (is_new) {
        found->second.use.provider = provider;
        found->second.use.device = device;
    }
}

void note_memory_use() {
    const std::lock_guard lock(mutex);
    for (auto& [key, device] : watched) {
        // The processor's peak is the system's to remember.
        if (!is_on_processor(device.use.provider) && Clock::now() - device.asked >= asked_at_most_every) {
            ask_about(device);
        }
    }
}

std::vector<MemoryUse> memory_use() {
    const std::lock_guard lock(mutex);
    std::vector<MemoryUse> all;
    for (auto& [key, device] : watched) {
        ask_about(device);
        all.push_back(device.use);
    }
    return all;
}

} // namespace kizuna
