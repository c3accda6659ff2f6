#pragma once

#include <cstddef>
#include <map>

namespace kizuna::cpu {

/// Of the processor; its vectors are no longer.
inline constexpr std::size_t cache_line_bytes = 64;

/// Places of one block of memory, given and taken back in the order of time before the block exists. What is
/// free is joined with its free neighbours; the smallest place that is large enough is given.
class Block {
  public:
    /// The offset of `bytes` bytes, a multiple of cache_line_bytes. Throws Error{limit_exceeded}.
    std::size_t take(std::size_t bytes);
    void give_back(std::size_t offset);

    /// What all of it needs.
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    std::map<std::size_t, std::size_t> free_; // offset, bytes
    std::map<std::size_t, std::size_t> used_;
    std::size_t size_ = 0;
};

} // namespace kizuna::cpu
