#include "engine/cpu/arenas.hpp"

#include <utility>

namespace kizuna::cpu {

std::shared_ptr<Arenas> Arenas::shared() {
    static std::mutex mutex;
    static std::weak_ptr<Arenas> current;
    const std::lock_guard lock(mutex);
    auto arenas = current.lock();
    if (!arenas) {
        arenas = std::make_shared<Arenas>();
        current = arenas;
    }
    return arenas;
}

std::unique_ptr<Arena> Arenas::take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
        return std::make_unique<Arena>();
    }
    auto arena = std::move(idle_.back());
    idle_.pop_back();
    return arena;
}

void Arenas::give_back(std::unique_ptr<Arena> arena) {
    // No tile needs that much, only a whole picture: nobody knows when the next one comes.
    constexpr std::size_t most_kept_bytes = std::size_t{2} << 30U;
    if (arena->values.size() > most_kept_bytes) {
        return;
    }
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(arena));
}

} // namespace kizuna::cpu
