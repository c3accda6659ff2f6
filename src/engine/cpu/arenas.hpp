#pragma once

#include "engine/cpu/runner.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace kizuna::cpu {

/// The memory of runs, kept for the next ones. All sessions of the process have one, as long as there are
/// any: the stages of a network are sessions that take turns. Thread-safe.
class Arenas {
  public:
    [[nodiscard]] static std::shared_ptr<Arenas> shared();

    [[nodiscard]] std::unique_ptr<Arena> take();

    void give_back(std::unique_ptr<Arena> arena);

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Arena>> idle_;
};

} // namespace kizuna::cpu
