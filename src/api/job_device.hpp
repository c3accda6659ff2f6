#pragma once

#include "api/open_upscaler.hpp"
#include "base/turnstile.hpp"

#include "kizuna/device.hpp"

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace kizuna {

/// A device that jobs share, with the networks that are open on it. Thread-safe.
class JobDevice {
  public:
    struct OpenNetwork {
        std::shared_ptr<OpenUpscaler> upscaler;
        /// Of the network; what is computed is the same where this is. Empty unless it was asked for: it
        /// takes as long as writing the network as ONNX.
        std::string digest;
    };

    JobDevice(EngineOptions options, std::size_t open_networks)
        : options_(std::move(options))
        , most_open_(open_networks) {}

    [[nodiscard]] const EngineOptions& options() const noexcept { return options_; }

    [[nodiscard]] Turnstile& turnstile() noexcept { return turnstile_; }

    /// Jobs at work on it.
    std::atomic<int> busy{0};

    /// The network, opened if need be; then the least recently used one may be closed when its jobs have
    /// ended. Throws as Upscaler's constructor.
    [[nodiscard]] OpenNetwork open(const std::shared_ptr<const Network>& network, bool with_digest);

  private:
    EngineOptions options_;
    std::size_t most_open_;
    Turnstile turnstile_;

    /// A network that is open, or about to be. Opening may take minutes, and others are used meanwhile.
    struct Place {
        std::shared_ptr<const Network> network;
        std::mutex opening;
        OpenNetwork open;
    };

    [[nodiscard]] std::shared_ptr<Place> place_of(const std::shared_ptr<const Network>& network);
    void give_up(const std::shared_ptr<Place>& place);

    std::mutex mutex_;
    std::list<std::shared_ptr<Place>> places_; ///< the most recently used first
};

} // namespace kizuna
