#pragma once

#include "engine/onnxruntime/api.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace kizuna::ort {

/// Where memory for tiles comes from: such as the device reads and writes by itself, or where that cannot be
/// had, ordinary memory. Thread-safe.
class StagingSource {
  public:
    /// `pinned`: what ONNX Runtime calls that memory; empty for ordinary memory. Must not outlive the
    /// session.
    StagingSource(const Ort::Session& session, const std::optional<Ort::MemoryInfo>& pinned);

    /// Empty where ordinary memory has to do.
    [[nodiscard]] std::optional<Ort::MemoryAllocation> allocate(std::size_t bytes);

    [[nodiscard]] const OrtMemoryInfo* where(bool is_pinned) const;

  private:
    std::optional<Ort::Allocator> pinned_;
    Ort::MemoryInfo ordinary_;
};

/// Memory for one tile. It grows when a larger one comes. Must not outlive its source.
class Staging {
  public:
    [[nodiscard]] std::uint8_t* room(std::size_t bytes, StagingSource& source);

    /// A tensor of bytes that lies in it.
    [[nodiscard]] Ort::Value
    tensor(const std::vector<std::int64_t>& sides, std::size_t bytes, StagingSource& source);

  private:
    std::optional<Ort::MemoryAllocation> pinned_;
    std::vector<std::uint8_t> ordinary_;
    std::size_t bytes_ = 0;
};

} // namespace kizuna::ort
