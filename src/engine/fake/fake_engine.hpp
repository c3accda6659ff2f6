#pragma once

#include "engine/engine.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// An engine without a network, for tests of everything above: it repeats pixels, and fails in every way that
// it is told to. Not in the registry, not in the product.
namespace kizuna {

/// What a FakeEngine is to do. Calls are counted over all sessions from 1.
struct FakeBehaviour {
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    /// Runs with more pixels (n·h·w of the input) than this are out_of_memory.
    std::uint64_t max_tile_pixels = unlimited;
    std::optional<int> out_of_memory_at_call;
    std::optional<int> fail_at_call;        ///< Error{engine_failed}
    std::optional<int> stall_at_call;       ///< waits until it is cancelled
    std::optional<int> nan_at_call;         ///< one NaN in the middle of the result
    std::optional<int> wrong_shape_at_call; ///< one row too few
    std::optional<int> fail_from_call;      ///< this call and all later ones: the device is lost
    std::optional<int> nan_from_call;
    std::optional<int> black_from_call;   ///< the result is black, as drivers are known to give it
    std::optional<int> inverts_from_call; ///< white becomes black: what a network may mean to do
    std::chrono::milliseconds delay{0};   ///< of every call; a cancelled call does not wait on
    std::uint64_t free_memory_bytes = 0;  ///< what its sessions say
    std::string open_problem;             ///< not empty: open() is Error{device_unavailable} with these words
};

/// One provider, "fake". Its networks are a ModelSpec: the result is the input, each pixel repeated scale ×
/// scale times. Thread-safe. Sessions may outlive the engine.
class FakeEngine final : public Engine {
  public:
    explicit FakeEngine(FakeBehaviour behaviour = {});
    ~FakeEngine() override;

    [[nodiscard]] std::string description() const override { return "Fake"; }

    [[nodiscard]] std::vector<Provider> providers() const override;
    [[nodiscard]] std::string problem_of(std::string_view provider) const override;

    [[nodiscard]] std::unique_ptr<Session>
    open(const Network& network, std::string_view provider, const SessionOptions& options) override;

    /// Calls of Session::run so far, failed ones too.
    [[nodiscard]] int calls() const;

    /// The input shape of every call, in the order in which they began.
    [[nodiscard]] std::vector<Shape> shapes() const;

    /// Returns once `count` calls have begun: for tests that cancel a call which is under way.
    void wait_for_calls(int count) const;

    struct State;

  private:
    std::shared_ptr<State> state_;
};

} // namespace kizuna
