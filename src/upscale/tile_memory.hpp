#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace kizuna {

/// Tiles of a picture and what the network made of them, for the next picture, which may be the same in
/// places: a tile that is equal bit by bit has the same result. For pictures of one size with one plan, one
/// after the other.
class TileMemory {
  public:
    /// Keeps tiles up to this many bytes; those beyond are computed each time.
    explicit TileMemory(std::uint64_t most_bytes)
        : most_bytes_(most_bytes) {}

    /// What the network made of this tile of the pass, if that was the same the last time; else nullptr.
    /// Good until the next call.
    [[nodiscard]] const Tensor* find(std::size_t pass, std::size_t tile, const Tensor& in);

    void keep(std::size_t pass, std::size_t tile, const Tensor& in, const Tensor& out);

    /// How often find() has found.
    [[nodiscard]] std::uint64_t found() const noexcept { return found_; }

  private:
    struct Kept {
        Tensor in;
        Tensor out;
    };

    std::uint64_t most_bytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t found_ = 0;
    std::map<std::pair<std::size_t, std::size_t>, Kept> tiles_; ///< by pass and tile
};

/// The part of a memory that belongs to a pass.
struct PassMemory {
    TileMemory* memory = nullptr; ///< may be none
    std::size_t pass = 0;
};

} // namespace kizuna
