#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

/// An NVIDIA card as its driver's own library sees it, which is opened at run time.
class Card {
  public:
    /// Empty where there is no such library or card.
    [[nodiscard]] static std::optional<Card> open();

    [[nodiscard]] std::string name() const;
    [[nodiscard]] std::string driver() const;
    [[nodiscard]] std::uint64_t used_bytes() const;

  private:
    struct Library;

    explicit Card(std::shared_ptr<const Library> library)
        : library_(std::move(library)) {}

    std::shared_ptr<const Library> library_;
};

/// The most memory that was in use on the card while this lived, beyond what was when it began.
class PeakMemory {
  public:
    explicit PeakMemory(Card card);
    PeakMemory(const PeakMemory&) = delete;
    PeakMemory& operator=(const PeakMemory&) = delete;
    ~PeakMemory();

    [[nodiscard]] std::uint64_t bytes() const;

  private:
    Card card_;
    std::uint64_t before_;
    std::atomic<std::uint64_t> most_;
    std::jthread watcher_; ///< last
};
