// No #pragma once: a source file for one instruction set includes this after it has defined
// KIZUNA_WINOGRAD_VECTOR, the floats in a register; KIZUNA_WINOGRAD_BLOCK, the registers of output channels
// that a product computes at once; and KIZUNA_WINOGRAD_TILES, the tiles that it computes at once, such that
// block · tiles sums, a block of weights and an input fit into the registers.
#include "engine/cpu/winograd_kernel.hpp"

// NOLINTBEGIN(misc-definitions-in-headers): each source file that includes this has its own
namespace kizuna::cpu {

namespace {

constexpr std::int64_t vector_floats = KIZUNA_WINOGRAD_VECTOR;

// GCC's and clang's vectors: + and · work on all floats at once, and a·b + c becomes one instruction.
// Aligned like one float, because a picture's channels may begin anywhere.
using Vector __attribute__((vector_size(vector_floats * sizeof(float)), aligned(sizeof(float)))) = float;

#define KIZUNA_INLINE inline __attribute__((always_inline))
// Arrays of Vectors become registers only where every index is a constant.
#if defined(__clang__)
#define KIZUNA_UNROLL _Pragma("unroll")
#else
#define KIZUNA_UNROLL _Pragma("GCC unroll 16")
#endif

KIZUNA_INLINE Vector load(const float* from) {
    return *reinterpret_cast<const Vector*>(from);
}

KIZUNA_INLINE void store(float* to, Vector value) {
    *reinterpret_cast<Vector*>(to) = value;
}

// The matrices Bᵀ (inputs) and Aᵀ (products) of F(4, 3) with the points 0, ±1, ±2 and ∞: Lavin and Gray,
// "Fast Algorithms for Convolutional Neural Networks", 2016, section 4.2.
KIZUNA_INLINE void transform_inputs(const Vector (&d)[6], Vector (&v)[6]) {
    const Vector even_far = d[4] - 4 * d[2];
    const Vector odd_far = d[3] - 4 * d[1];
    const Vector even_near = d[4] - d[2];
    const Vector odd_near = 2 * (d[3] - d[1]);
    v[0] = 4 * d[0] - 5 * d[2] + d[4];
    v[1] = even_far + odd_far;
    v[2] = even_far - odd_far;
    v[3] = even_near + odd_near;
    v[4] = even_near - odd_near;
    v[5] = 4 * d[1] - 5 * d[3] + d[5];
}

KIZUNA_INLINE void transform_products(const Vector (&m)[6], Vector (&y)[4]) {
    const Vector sum_1 = m[1] + m[2];
    const Vector difference_1 = m[1] - m[2];
    const Vector sum_2 = m[3] + m[4];
    const Vector difference_2 = m[3] - m[4];
    y[0] = m[0] + sum_1 + sum_2;
    y[1] = difference_1 + 2 * difference_2;
    y[2] = sum_1 + 4 * sum_2;
    y[3] = difference_1 + 8 * difference_2 + m[5];
}

// One row of tiles of the output, a block of tiles at a time.
class TileRow {
  public:
    TileRow(const WinogradCall& call, std::int64_t y)
        : call_(call)
        , y_(y)
        , rows_(call.row_end - y < winograd_outputs ? call.row_end - y : winograd_outputs)
        , shared_(call.scratch)
        , transformed_(shared_ + (2 * winograd_inputs * call.in.channels))
        , products_(transformed_ + (winograd_points * call.block_tiles * call.in.channels)) {}

    void run_block(std::int64_t first_tile, std::int64_t tiles) {
        transform_block(first_tile, tiles);
        for (int point = 0; point < winograd_points; ++point) {
            multiply_point(point, tiles);
            prefetch(point, first_tile, tiles);
        }
        for (std::int64_t tile = 0; tile < tiles; ++tile) {
            finish_tile(tile, (first_tile + tile) * winograd_outputs);
        }
    }

  private:
    // Column x of six input rows, transformed along the column. Outside the picture there are zeros.
    KIZUNA_INLINE void transform_column(std::int64_t x, std::int64_t channel, Vector (&column)[6]) const {
        Vector values[6];
        const std::int64_t top = y_ - call_.pad_top;
        const bool inside = x >= 0 && x < call_.in.width;
        if (inside && top >= 0 && top + winograd_inputs <= call_.in.height) {
            const float* from =
                call_.in.data + (top * call_.in.row_stride) + (x * call_.in.pixel_stride) + channel;
            KIZUNA_UNROLL
            for (int i = 0; i < winograd_inputs; ++i) {
                values[i] = load(from + (i * call_.in.row_stride));
            }
        } else {
            for (int i = 0; i < winograd_inputs; ++i) {
                const std::int64_t row = top + i;
                values[i] = inside && row >= 0 && row < call_.in.height
                                ? load(
                                      call_.in.data + (row * call_.in.row_stride) +
                                      (x * call_.in.pixel_stride) + channel)
                                : Vector{};
            }
        }
        transform_inputs(values, column);
    }

    // Neighbouring tiles share two of their six columns, which are kept transformed in `shared_`. All
    // channels of a tile before the next tile: so the picture is read as it lies in memory.
    void transform_block(std::int64_t first_tile, std::int64_t tiles) {
        const std::int64_t left = (first_tile * winograd_outputs) - call_.pad_left;
        for (std::int64_t channel = 0; channel < call_.in.channels; channel += vector_floats) {
            for (int column = 0; column < 2; ++column) {
                Vector values[6];
                transform_column(left + column, channel, values);
                keep_column(column, channel, values);
            }
        }
        for (std::int64_t tile = 0; tile < tiles; ++tile) {
            for (std::int64_t channel = 0; channel < call_.in.channels; channel += vector_floats) {
                transform_tile(tile, left + (tile * winograd_outputs), channel);
            }
        }
    }

    KIZUNA_INLINE void keep_column(int column, std::int64_t channel, const Vector (&values)[6]) {
        float* to = shared_ + (2 * winograd_inputs * channel) + (column * winograd_inputs * vector_floats);
        KIZUNA_UNROLL
        for (int i = 0; i < winograd_inputs; ++i) {
            store(to + (i * vector_floats), values[i]);
        }
    }

    KIZUNA_INLINE void take_column(int column, std::int64_t channel, Vector (&values)[6]) const {
        const float* from =
            shared_ + (2 * winograd_inputs * channel) + (column * winograd_inputs * vector_floats);
        KIZUNA_UNROLL
        for (int i = 0; i < winograd_inputs; ++i) {
            values[i] = load(from + (i * vector_floats));
        }
    }

    void transform_tile(std::int64_t tile, std::int64_t left, std::int64_t channel) {
        Vector columns[6][6];
        take_column(0, channel, columns[0]);
        take_column(1, channel, columns[1]);
        KIZUNA_UNROLL
        for (int x = 2; x < winograd_inputs; ++x) {
            transform_column(left + x, channel, columns[x]);
        }
        KIZUNA_UNROLL
        for (int i = 0; i < winograd_inputs; ++i) {
            Vector row[6];
            Vector result[6];
            KIZUNA_UNROLL
            for (int j = 0; j < winograd_inputs; ++j) {
                row[j] = columns[j][i];
            }
            transform_inputs(row, result);
            KIZUNA_UNROLL
            for (int j = 0; j < winograd_inputs; ++j) {
                store(transformed((i * winograd_inputs) + j, tile) + channel, result[j]);
            }
        }
        keep_column(0, channel, columns[4]);
        keep_column(1, channel, columns[5]);
    }

    KIZUNA_INLINE float* transformed(std::int64_t point, std::int64_t tile) {
        return transformed_ + (((point * call_.block_tiles) + tile) * call_.in.channels);
    }

    KIZUNA_INLINE float* products(std::int64_t point, std::int64_t tile) {
        return products_ + (((point * call_.block_tiles) + tile) * call_.out.channels);
    }

    // While a block is multiplied, the next block's part of the input and this one's place in the output come
    // into the caches, a piece after each point. Otherwise a quarter of the time goes into waiting for
    // memory.
    KIZUNA_INLINE void prefetch(int point, std::int64_t first_tile, std::int64_t tiles) const {
        const std::int64_t columns = tiles * winograd_outputs;
        const std::int64_t begin = point * columns / winograd_points;
        const std::int64_t end = (point + 1) * columns / winograd_points;
        const std::int64_t here = first_tile * winograd_outputs;
        const std::int64_t next = here + columns + winograd_inputs - winograd_outputs - call_.pad_left;
        prefetch_columns<0>(call_.in, y_ - call_.pad_top, winograd_inputs, next + begin, next + end);
        prefetch_columns<1>(call_.out, y_, winograd_outputs, here + begin, here + end);
    }

    // Always inline: GCC leaves out calls of functions that only prefetch.
    template <int writes>
    static KIZUNA_INLINE void prefetch_columns(
        const WinogradPicture& picture, std::int64_t top, std::int64_t rows, std::int64_t begin,
        std::int64_t end) {
        constexpr std::int64_t line = 64 / sizeof(float);
        for (std::int64_t x = begin < 0 ? 0 : begin; x < end && x < picture.width; ++x) {
            for (std::int64_t y = top < 0 ? 0 : top; y < top + rows && y < picture.height; ++y) {
                const float* pixel = picture.data + (y * picture.row_stride) + (x * picture.pixel_stride);
                for (std::int64_t channel = 0; channel < picture.channels; channel += line) {
                    __builtin_prefetch(pixel + channel, writes, 3);
                }
            }
        }
    }

    // The product of this point's transforms, tiles × input channels, and weights, input × output channels.
    void multiply_point(int point, std::int64_t tiles) {
        constexpr std::int64_t block = KIZUNA_WINOGRAD_BLOCK * vector_floats;
        const float* weights = call_.weights + (point * call_.in.channels * call_.out.channels);
        std::int64_t channel = 0;
        for (; channel + block <= call_.out.channels; channel += block) {
            multiply_channels<KIZUNA_WINOGRAD_BLOCK>(point, tiles, channel, weights);
            weights += call_.in.channels * block;
        }
        multiply_last_channels<KIZUNA_WINOGRAD_BLOCK - 1>(point, tiles, channel, weights);
    }

    template <int vectors>
    void multiply_last_channels(int point, std::int64_t tiles, std::int64_t channel, const float* weights) {
        if constexpr (vectors > 0) {
            if (call_.out.channels - channel == vectors * vector_floats) {
                multiply_channels<vectors>(point, tiles, channel, weights);
            } else {
                multiply_last_channels<vectors - 1>(point, tiles, channel, weights);
            }
        }
    }

    template <int vectors>
    void multiply_channels(int point, std::int64_t tiles, std::int64_t channel, const float* weights) {
        constexpr int fitting = KIZUNA_WINOGRAD_TILES * KIZUNA_WINOGRAD_BLOCK / vectors;
        constexpr int most = fitting < 12 ? fitting : 12;
        std::int64_t tile = 0;
        for (; tile + most <= tiles; tile += most) {
            multiply_tiles<most, vectors>(transformed(point, tile), weights, products(point, tile) + channel);
        }
        multiply_last_tiles<most - 1, vectors>(
            static_cast<int>(tiles - tile), transformed(point, tile), weights,
            products(point, tile) + channel);
    }

    template <int tiles, int vectors>
    void multiply_last_tiles(int rest, const float* values, const float* weights, float* result) {
        if constexpr (tiles > 0) {
            if (rest == tiles) {
                multiply_tiles<tiles, vectors>(values, weights, result);
            } else {
                multiply_last_tiles<tiles - 1, vectors>(rest, values, weights, result);
            }
        }
    }

    template <int tiles, int vectors>
    void multiply_tiles(const float* values, const float* weights, float* result) {
        const std::int64_t in_channels = call_.in.channels;
        Vector sums[tiles][vectors];
        // By index: a reference to a Vector would forget that it is not aligned.
        KIZUNA_UNROLL
        for (int tile = 0; tile < tiles; ++tile) {
            KIZUNA_UNROLL
            for (int v = 0; v < vectors; ++v) {
                sums[tile][v] = Vector{};
            }
        }
        for (std::int64_t channel = 0; channel < in_channels; ++channel) {
            Vector weight[vectors];
            KIZUNA_UNROLL
            for (int v = 0; v < vectors; ++v) {
                weight[v] = load(weights + (((channel * vectors) + v) * vector_floats));
            }
            KIZUNA_UNROLL
            for (int tile = 0; tile < tiles; ++tile) {
                const Vector value = Vector{} + values[(tile * in_channels) + channel];
                KIZUNA_UNROLL
                for (int v = 0; v < vectors; ++v) {
                    sums[tile][v] += value * weight[v];
                }
            }
        }
        KIZUNA_UNROLL
        for (int tile = 0; tile < tiles; ++tile) {
            KIZUNA_UNROLL
            for (int v = 0; v < vectors; ++v) {
                store(result + (tile * call_.out.channels) + (v * vector_floats), sums[tile][v]);
            }
        }
    }

    void finish_tile(std::int64_t tile, std::int64_t x) {
        const std::int64_t columns =
            call_.out.width - x < winograd_outputs ? call_.out.width - x : winograd_outputs;
        for (std::int64_t channel = 0; channel < call_.out.channels; channel += vector_floats) {
            Vector half[4][6];
            KIZUNA_UNROLL
            for (int j = 0; j < winograd_inputs; ++j) {
                Vector column[6];
                Vector result[4];
                KIZUNA_UNROLL
                for (int i = 0; i < winograd_inputs; ++i) {
                    column[i] = load(products((i * winograd_inputs) + j, tile) + channel);
                }
                transform_products(column, result);
                KIZUNA_UNROLL
                for (int i = 0; i < winograd_outputs; ++i) {
                    half[i][j] = result[i];
                }
            }
            for (int i = 0; i < rows_; ++i) {
                Vector result[4];
                transform_products(half[i], result);
                write_row(y_ + i, x, columns, channel, result);
            }
        }
    }

    KIZUNA_INLINE void write_row(
        std::int64_t y, std::int64_t x, std::int64_t columns, std::int64_t channel,
        const Vector (&values)[4]) const {
        float* to = call_.out.data + (y * call_.out.row_stride) + (x * call_.out.pixel_stride) + channel;
        const Vector bias = load(call_.bias + channel);
        for (std::int64_t i = 0; i < columns; ++i) {
            Vector value = values[i] + bias;
            if (call_.slope != nullptr) {
                value = value < 0 ? value * load(call_.slope + channel) : value;
            }
            if (call_.residual != nullptr) {
                value += load(
                    call_.residual + (y * call_.residual_row_stride) +
                    ((x + i) * call_.residual_pixel_stride) + channel);
            }
            store(to + (i * call_.out.pixel_stride), value);
        }
    }

    const WinogradCall& call_;
    std::int64_t y_;
    std::int64_t rows_;
    float* shared_;      ///< two columns of transformed input for every vector of channels
    float* transformed_; ///< point × tile × input channel
    float* products_;    ///< point × tile × output channel
};

// Blocks are all about as long: the last one would else waste what is prepared for it.
void run(const WinogradCall& call) {
    const std::int64_t tiles = (call.out.width + winograd_outputs - 1) / winograd_outputs;
    const std::int64_t blocks = (tiles + call.block_tiles - 1) / call.block_tiles;
    const std::int64_t length = (tiles + blocks - 1) / blocks;
    for (std::int64_t y = call.row_begin; y < call.row_end; y += winograd_outputs) {
        TileRow row(call, y);
        for (std::int64_t tile = 0; tile < tiles; tile += length) {
            row.run_block(tile, tiles - tile < length ? tiles - tile : length);
        }
    }
}

} // namespace

} // namespace kizuna::cpu

// NOLINTEND(misc-definitions-in-headers)
