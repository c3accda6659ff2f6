#include "service/model_probe.hpp"

#include "kizuna/error.hpp"

#include <optional>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// A multiple of every alignment that networks of this kind have.
constexpr int probe_side = 64;

struct Probed {
    Shape in;
    Shape out;
};

Probed probe(const ModelSpec& spec, Session& session, int width, int height) {
    constexpr float grey = 0.5F;
    Tensor in{{1, spec.channels, height, width}, {}};
    in.data.assign(element_count(in.shape), grey);
    Tensor out;
    session.run(in, out, {});
    return {in.shape, out.shape};
}

/// The whole factor between input and output sides, if there is one and the channels agree.
std::optional<int> scale_of(const Probed& probed) {
    const std::int64_t factor = probed.out.w / probed.in.w;
    const Shape expected{probed.in.n, probed.in.c, probed.in.h * factor, probed.in.w * factor};
    if (factor < 1 || probed.out != expected) {
        return std::nullopt;
    }
    return static_cast<int>(factor);
}

int find_scale(const ModelSpec& spec, Session& session) {
    const int width = spec.fixed_input ? spec.fixed_input->width : probe_side;
    const int height = spec.fixed_input ? spec.fixed_input->height : probe_side;
    const Probed probed = probe(spec, session, width, height);
    if (const auto scale = scale_of(probed)) {
        return *scale;
    }
    throw Error(
        ErrorCode::bad_network,
        fmt::format(
            "the network {} gives {} for an input of {}: not a picture of the same channels enlarged by a "
            "whole number",
            spec.name, to_string(probed.out), to_string(probed.in)));
}

// A network that needs multiples of something fails, or gives another size, on a side that is none.
int find_alignment(const ModelSpec& spec, Session& session) {
    for (int alignment = 1; alignment < probe_side; alignment *= 2) {
        try {
            const int side = probe_side + alignment;
            if (scale_of(probe(spec, session, side, side)) == spec.scale) {
                return alignment;
            }
        } catch (const Error& error) {
            if (error.code() != ErrorCode::engine_failed && error.code() != ErrorCode::bad_network) {
                throw;
            }
        }
    }
    return probe_side;
}

} // namespace

ModelSpec complete_spec(const Network& network, Session& session) {
    ModelSpec spec = network.spec;
    if (spec.channels == 0) {
        spec.channels = 3;
    }
    if (spec.scale == 0) {
        spec.scale = find_scale(spec, session);
    }
    if (!network.graph && !spec.fixed_input) {
        spec.alignment_px = find_alignment(spec, session);
    }
    return spec;
}

} // namespace kizuna
