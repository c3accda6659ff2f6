#pragma once

#include "graph/graph.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kizuna {

/// What lies beyond a picture's border where a network is given more than the picture.
enum class BorderFill : std::uint8_t {
    mirror, ///< the picture mirrored, without repeating its outermost pixel
    repeat, ///< its outermost pixel
};

/// What the upscaler must know of a network to feed it. Lengths are in pixels of the input.
struct ModelSpec {
    std::string name;
    int scale = 0;    ///< output side / input side; 0 = not known yet, a probe run finds it
    int channels = 0; ///< of input and output: 1 or 3 (RGB order, range 0 to 1); 0 = not known yet
    /// How far an input pixel's influence reaches; empty where an operator is global or not known. Where
    /// there are global pools it is that with their means given.
    std::optional<int> receptive_field_px;
    /// Means over the whole picture that tiles need besides their part of it (graph/pools.hpp).
    int global_pools = 0;
    /// Input sides must be multiples of this.
    int alignment_px = 1;
    /// What the network consumes on each side: its output is (input − 2 · border_px) · scale. 0 for those
    /// that keep the size.
    int border_px = 0;
    /// Whether it sees zeros beyond its input's border, which show there. True where that is not known.
    bool zero_padding = true;
    BorderFill border_fill = BorderFill::mirror;
    /// Measured: computed with bf16, real pictures come out with a PSNR of 48 dB or more against float32.
    /// False where nobody has measured it.
    bool bf16_is_close = false;

    struct Size {
        int width = 0;
        int height = 0;
    };

    std::optional<Size> fixed_input; ///< the only input size the file allows
    std::string licence;             ///< empty where not known
    std::string origin;              ///< path of the file it was read from
};

/// A network as it was read: the Graph where we know all of its operators, the ONNX bytes where the file was
/// ONNX. At least one of the two is there.
struct Network {
    ModelSpec spec;
    std::optional<Graph> graph;
    std::string graph_problem;   ///< where there is no Graph: a sentence that names what we lack
    std::vector<std::byte> onnx; ///< empty where the file was not ONNX
};

/// Fills what a Graph tells: scale, channels, receptive field, global pools, alignment, border, zero padding.
/// Throws
/// Error{bad_network} where the graph's output is not the input, less the same on each side, scaled by a
/// whole number, or channels differ or are neither 1 nor 3.
void describe(const Graph& graph, ModelSpec& spec);

/// The radius in input pixels outside of which nothing can change the outputs that belong to an input pixel
/// (output pixel x belongs to input pixel border_px + floor(x / scale)): neither another pixel nor a border
/// of the picture. So a tile that has this much around it gives what the whole picture gives, if it begins at
/// a multiple of the alignment. The means of global pools are taken as given; then a tile that has this much
/// around it also gives its part of what they are the means of. Empty with a global pool that the network
/// cannot be cut at, with a resize that aligns corners, and above about a thousand pixels. Found by carrying,
/// for every position of one row and one column, the interval of input positions it depends on through each
/// operator. Throws as infer_shapes.
[[nodiscard]] std::optional<int> receptive_field(const Graph& graph, int border_px = 0, int alignment_px = 1);

/// Whether an operator that the output needs reads zeros (or another constant) beyond the border of its
/// input.
[[nodiscard]] bool has_zero_padding(const Graph& graph);

} // namespace kizuna
