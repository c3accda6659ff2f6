#pragma once

#include "engine/engine.hpp"
#include "graph/reference.hpp"

#include "kizuna/error.hpp"

#include <atomic>
#include <limits>
#include <utility>
#include <vector>

namespace kizuna {

/// For tests: runs a Graph by the reference, so that what a network sees wrongly shows wherever a halo is too
/// small. Out of memory above `most_pixels`.
class ReferenceSession final : public Session {
  public:
    explicit ReferenceSession(
        Graph graph, std::int64_t most_pixels = std::numeric_limits<std::int64_t>::max())
        : graph_(std::move(graph))
        , most_pixels_(most_pixels) {}

    using Session::run;

    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out,
        const CancelToken& /*cancel*/) override {
        if (in.shape.h * in.shape.w > most_pixels_) {
            throw Error(ErrorCode::out_of_memory, "the test wants it so");
        }
        out = run_reference(graph_, in, given);
    }

    [[nodiscard]] std::uint64_t free_memory_bytes() const override { return 0; }

  private:
    Graph graph_;
    std::int64_t most_pixels_;
};

} // namespace kizuna
