#pragma once

#include "engine/engine.hpp"
#include "engine/onnxruntime/invoke.hpp"
#include "engine/onnxruntime/staging.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace kizuna::ort {

/// Runs a network on bytes (OnnxPicture::bytes). Tiles lie in memory that the device reads and writes by
/// itself, where there is such memory, at the same place for every tile: what is between there and here is
/// one copy each way. As many runs as are called for are under way at once, each with memory of its own.
/// Thread-safe.
class ByteRunner {
  public:
    /// `pinned`: as StagingSource has it.
    explicit ByteRunner(Ort::Session session, const std::optional<Ort::MemoryInfo>& pinned = {});

    /// As Session::run_bytes.
    [[nodiscard]] bool run(const ByteTile& in, ByteTile& out, const CancelToken& cancel);

  private:
    struct Lane {
        Staging in;
        Staging out;
    };

    using Sides = std::vector<std::int64_t>; // batch, height, width, channels

    [[nodiscard]] std::unique_ptr<Lane> take_lane();
    void give_back(std::unique_ptr<Lane> lane);
    [[nodiscard]] Sides known_result(const Sides& in);
    [[nodiscard]] bool run_in(Lane& lane, const ByteTile& in, ByteTile& out, const CancelToken& cancel);

    Ort::Session session_;
    std::vector<Port> inputs_;
    std::vector<Port> outputs_; ///< the picture, and the mean
    StagingSource memory_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Lane>> idle_;
    std::map<Sides, Sides> results_; ///< of inputs that have been run
};

} // namespace kizuna::ort
