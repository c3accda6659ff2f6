#pragma once

#include <cstddef>
#include <cstdint>

// The loops of winograd.hpp, compiled once for each instruction set. These files include nothing whose inline
// functions other files compile, too: the linker keeps one of each, and it might keep one that only some
// processors can run.
namespace kizuna::cpu {

/// Outputs along each axis that one Winograd tile gives, inputs that it takes, and products it needs instead
/// of 9 · 16.
inline constexpr std::int64_t winograd_outputs = 4;
inline constexpr std::int64_t winograd_inputs = winograd_outputs + 2;
inline constexpr std::int64_t winograd_points = winograd_inputs * winograd_inputs;

struct WinogradPicture {
    float* data = nullptr; ///< row 0, pixel 0, whether or not that lies in memory
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 0;
    std::int64_t row_stride = 0; ///< strides in floats
    std::int64_t pixel_stride = 0;
};

struct WinogradCall {
    WinogradPicture in;  ///< channels: a multiple of 16
    WinogradPicture out; ///< channels: a multiple of 16
    const float* residual = nullptr;
    std::int64_t residual_row_stride = 0;
    std::int64_t residual_pixel_stride = 0;
    std::int64_t pad_top = 0;
    std::int64_t pad_left = 0;
    std::int64_t row_begin = 0; ///< a multiple of winograd_outputs
    std::int64_t row_end = 0;
    const float* weights = nullptr; ///< as pack_weights() in winograd.cpp lays them
    const float* bias = nullptr;    ///< one for each output channel
    const float* slope = nullptr;   ///< likewise, or null
    std::int64_t block_tiles = 0;   ///< tiles transformed together
    float* scratch = nullptr;       ///< winograd_scratch_floats(), aligned to 64 bytes
};

[[nodiscard]] constexpr std::int64_t
winograd_scratch_floats(std::int64_t in_channels, std::int64_t out_channels, std::int64_t block_tiles) {
    // What a tile shares with the next, the tiles' transforms, and the products.
    return (2 * winograd_inputs * in_channels) +
           (winograd_points * block_tiles * (in_channels + out_channels));
}

struct WinogradKernel {
    const char* name;
    int vector;        ///< floats in a register
    int block_vectors; ///< registers of output channels computed at once; weights are packed for that
    void (*run)(const WinogradCall& call);
};

extern const WinogradKernel winograd_portable;
#if defined(__x86_64__)
extern const WinogradKernel winograd_avx2;
extern const WinogradKernel winograd_avx512;
#endif

} // namespace kizuna::cpu
