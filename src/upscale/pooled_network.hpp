#pragma once

#include "engine/engine.hpp"
#include "graph/network.hpp"
#include "graph/pools.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace kizuna {

/// The stages of a network with global pools (graph/pools.hpp), each opened when it is first needed: pictures
/// of one tile need none. Thread-safe.
class PooledNetwork {
  public:
    using Opener = std::function<std::unique_ptr<Session>(Network)>;

    struct OpenStage {
        std::unique_ptr<Session> session;
        std::vector<StageInput> given;
    };

    /// `network` has a Graph and global pools, and must outlive this. `open` gives sessions on the device
    /// that runs the whole network.
    PooledNetwork(const Network& network, Opener open);

    [[nodiscard]] const std::vector<Pool>& pools() const noexcept { return pools_; }

    /// The stage that gives what this pool takes the mean of; one past the last: the network's result. Throws
    /// as Engine::open.
    [[nodiscard]] const OpenStage& stage(std::size_t pool, StageStart start);

  private:
    const Network& network_;
    Opener open_;
    std::vector<Pool> pools_;
    std::mutex mutex_;
    std::map<std::pair<std::size_t, StageStart>, OpenStage> stages_;
};

} // namespace kizuna
