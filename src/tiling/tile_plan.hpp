#pragma once

#include <cstdint>
#include <vector>

// Where tiles lie and how much each of them counts: pure geometry. No pixels, files, devices, or threads.
//
// A plan is made for one axis at a time, and a picture's tiles are every pairing of a column's and a row's
// tile. Lengths are in pixels of the network's input ("low-resolution pixels") unless a name says otherwise.
namespace kizuna {

enum class TileBlend : std::uint8_t {
    exact,   ///< neighbours share 2 × receptive field; each gives the part in which no border can be felt
    feather, ///< neighbours share an overlap over which one fades into the other
};

/// One tile along one axis.
struct AxisTile {
    /// What the network sees. May begin before the picture and end beyond it, where the picture is continued.
    std::int64_t read_begin = 0;
    std::int64_t read_end = 0;
    /// What of it the tile's result is used for; inside the picture.
    std::int64_t keep_begin = 0;
    std::int64_t keep_end = 0;

    [[nodiscard]] std::int64_t read_length() const noexcept { return read_end - read_begin; }

    [[nodiscard]] std::int64_t keep_length() const noexcept { return keep_end - keep_begin; }

    friend bool operator==(const AxisTile&, const AxisTile&) = default;
};

struct AxisRequest {
    std::int64_t length = 0;  ///< of the picture along this axis; at least 1
    std::int64_t tile = 0;    ///< what a tile reads at the most
    std::int64_t overlap = 0; ///< what neighbours read both at the least; below `tile`
    /// Read before and beyond the picture at the least; with TileBlend::exact, half the overlap at the most.
    std::int64_t margin = 0;
    std::int64_t border = 0;    ///< of what a tile reads, this much on both sides gives no result; ≤ margin
    std::int64_t alignment = 1; ///< tiles are as long as multiples of this, and so are the ways between them
    bool fixed = false;         ///< tiles are exactly `tile` long, even where the picture is shorter
    TileBlend blend = TileBlend::exact;
};

/// As few tiles as will do, all of the same length and as short as that number allows, in order. Together
/// their kept parts cover [0, length): once with TileBlend::exact (each boundary in the middle of the shared
/// part), and with TileBlend::feather every tile keeps all that it has a result for inside the picture. A
/// picture that fits into one tile of a fixed size is not cut for the margin's sake: it gets what room there
/// is. Throws Error{invalid_argument} where the overlap leaves no tile.
[[nodiscard]] std::vector<AxisTile> plan_axis(const AxisRequest& request);

/// For estimates from a part of a picture: tiles of this length, or one where the picture is shorter, as far
/// apart as `pitch` says from middle to middle, but not fewer than `least` where there is room. They lie
/// within what `tiles` read, begin at multiples of the alignment from its begin, and keep nothing.
[[nodiscard]] std::vector<AxisTile> spread_samples(
    const std::vector<AxisTile>& tiles, std::int64_t length, std::int64_t pitch, std::int64_t least,
    std::int64_t alignment);

/// How much each kept output pixel of tile `index` counts: `keep_length × scale` weights. Over all tiles the
/// weights at a pixel sum to 1. Exact: all 1. Feather: weight[i] = (i + ½) / feather from the tile's edge
/// inwards, where `feather` is what the two neighbours share; no fall towards the picture's own border; then
/// divided by the sum.
[[nodiscard]] std::vector<float>
axis_weights(const std::vector<AxisTile>& tiles, std::size_t index, int scale, TileBlend blend);

} // namespace kizuna
