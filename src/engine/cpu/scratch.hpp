#pragma once

#include <cstddef>
#include <memory>

namespace kizuna::cpu {

/// Memory that one worker needs for a moment, kept for the next time. Aligned to 64 bytes, uninitialised.
class Scratch {
  public:
    /// At least this many bytes; what was there before is lost. Throws std::bad_alloc.
    std::byte* bytes(std::size_t count);

    float* floats(std::size_t count) { return reinterpret_cast<float*>(bytes(count * sizeof(float))); }

    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Free {
        void operator()(std::byte* memory) const;
    };

    std::unique_ptr<std::byte, Free> memory_;
    std::size_t size_ = 0;
};

} // namespace kizuna::cpu
