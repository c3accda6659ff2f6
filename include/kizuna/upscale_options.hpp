#pragma once

#include <cstdint>

namespace kizuna {

inline constexpr std::uint64_t default_max_pixels = 500'000'000;

/// How tiles become one picture.
enum class Blend : std::uint8_t {
    automatic, ///< exact where the network's receptive field is known and at most 64 pixels, else feather
    exact,   ///< tiles overlap by the receptive field and the overlap is cut off: equal to the untiled result
    feather, ///< tiles overlap by UpscaleOptions::overlap_px and fade into each other
};

/// What is to be done with a picture. All defaults are good: the network's own scale, exact tiles, one pass.
struct UpscaleOptions {
    /// The size wanted, as a factor of the input's: any number above 0, 1.5 too. 0 = by width_px and
    /// height_px, or where those are 0 too, the network's own scale. The network runs as often as is needed
    /// to reach the size, and Lanczos resampling takes the result down to it. The result's sides are rounded
    /// up.
    double scale = 0;
    /// The size wanted in pixels. One of them 0: it follows from the other, keeping the aspect. Not together
    /// with `scale`.
    std::uint32_t width_px = 0;
    std::uint32_t height_px = 0;
    /// width_px × height_px is a box: the largest size inside it that keeps the aspect.
    bool fit = false;

    /// Side of a tile in input pixels at the most. What it reads beyond the picture comes on top of it, and
    /// an exact tile's halo; a feathered one's overlap is part of it. 0 = from the memory that is free.
    /// Fixed-size networks have their own.
    int tile_px = 0;
    /// Pixels that feathered tiles share with their neighbours; half of tile_px where that is no more than
    /// this. Not used by exact tiles.
    int overlap_px = 64;
    Blend blend = Blend::automatic;
    /// Mean over the 8 flips and turns of the picture: a little better, eight times slower.
    bool tta = false;

    /// Networks that weigh their channels by means of the whole picture (Real-CUGAN, waifu2x cunet), in
    /// tiles: 1 = every tile has the exact means, and the result is that of one tile. The picture goes
    /// through the network up to each mean first, which takes a third longer than one tile would, and three
    /// times as long where there is little memory. 2 = means estimated from a quarter of the picture, 3 =
    /// from a sixteenth. 0 = each tile has its own, with steps at its edges. No other network cares.
    int syncgap = 1;

    /// Width × height of the result at the most; checked before anything is allocated.
    std::uint64_t max_pixels = default_max_pixels;
};

/// A tile as the network sees it and what it contributes. In pixels of the pass's input and output picture.
/// The input may begin before the picture (below 0) and end beyond it, where the picture is continued.
struct TilePlacement {
    int pass = 0; ///< the network may run several times over a picture, each time with its own tiles
    std::int64_t input_x = 0;
    std::int64_t input_y = 0;
    std::int64_t input_width = 0;
    std::int64_t input_height = 0;
    std::int64_t output_x = 0;
    std::int64_t output_y = 0;
    std::int64_t output_width = 0;
    std::int64_t output_height = 0;
};

} // namespace kizuna
