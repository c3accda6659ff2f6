#include "graph/network.hpp"

#include "base/checked.hpp"
#include "graph/pools.hpp"

#include "kizuna/error.hpp"

#include <array>

#include <fmt/format.h>

namespace kizuna {

namespace {

// Sides of the probes: not below 128 pixels, so that mirrored edges and the kernels of a deep level fit into
// what a network's border leaves, with even and odd multiples of the alignment, and with every remainder
// modulo 4.
Shape probe_shape(int channels, int alignment, int step) {
    constexpr int smallest = 128;
    const std::int64_t first = smallest / alignment;
    return {1, channels, (first + step) * alignment, (first + step + 1) * alignment};
}

constexpr int probe_steps = 6;

struct Fit {
    std::int64_t scale = 0; // 0: does not fit, and `problem` says why
    std::int64_t border = 0;
    std::string problem;
};

// Output sides that are (side − 2 · border) · scale; a scale of 0 where there is no such.
Fit fit_sides(const Shape& in, const Shape& out) {
    const std::int64_t scale = (out.w - out.h) / (in.w - in.h); // probes are wider than high
    const std::int64_t consumed = scale * in.h - out.h;
    const bool whole = scale > 0 && consumed >= 0 && consumed % (2 * scale) == 0;
    if (!whole || out.w != scale * in.w - consumed) {
        return {};
    }
    return {scale, consumed / (2 * scale), {}};
}

Shape output_shape(const Graph& graph, const Shape& in) {
    return infer_shapes(graph, in)[static_cast<std::size_t>(graph.output)];
}

// Tries inputs whose sides are multiples of `alignment`.
Fit fit_alignment(const Graph& graph, int channels, int alignment) {
    Fit fit;
    for (int step = 0; step < probe_steps; ++step) {
        const Shape in = probe_shape(channels, alignment, step);
        try {
            const Shape out = output_shape(graph, in);
            const Fit found = fit_sides(in, out);
            if (found.scale == 0 || (step > 0 && (found.scale != fit.scale || found.border != fit.border))) {
                fit.scale = 0;
                fit.problem = fmt::format(
                    "an input of {} gives {}, which is not scaled by one whole number", to_string(in),
                    to_string(out));
                return fit;
            }
            fit = found;
        } catch (const Error& error) {
            return {0, 0, error.what()};
        }
    }
    return fit;
}

int output_channels(const Graph& graph, int channels, int alignment) {
    return checked_cast<int>(output_shape(graph, probe_shape(channels, alignment, 0)).c);
}

} // namespace

void describe(const Graph& graph, ModelSpec& spec) {
    const int channels = std::get<Input>(graph.nodes[0].op).channels;
    if (channels != 1 && channels != 3) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the network takes pictures of {} channels; only 1 (grey) and 3 (RGB) can be upscaled",
                channels));
    }
    std::string problem;
    for (const int alignment : {1, 2, 4, 8, 16, 32, 64}) {
        const Fit fit = fit_alignment(graph, channels, alignment);
        problem = fit.problem;
        if (fit.scale == 0) {
            continue;
        }
        if (const int out = output_channels(graph, channels, alignment); out != channels) {
            throw Error(
                ErrorCode::bad_network, fmt::format("the network makes {} channels of {}", out, channels));
        }
        spec.scale = checked_cast<int>(fit.scale, "the scale");
        spec.channels = channels;
        spec.alignment_px = alignment;
        spec.border_px = checked_cast<int>(fit.border, "the border");
        spec.zero_padding = has_zero_padding(graph);
        spec.receptive_field_px = receptive_field(graph, spec.border_px, alignment);
        const auto pools = find_pools(graph, alignment);
        spec.global_pools = pools && spec.receptive_field_px ? static_cast<int>(pools->size()) : 0;
        return;
    }
    throw Error(ErrorCode::bad_network, "the network does not upscale pictures of any size: " + problem);
}

} // namespace kizuna
