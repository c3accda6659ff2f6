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

/// What output sides are made of: (input side − 2 · border) · scale.
struct Enlargement {
    int scale = 0;
    int border = 0;
};

/// The output's shape if the network enlarges like this.
Shape enlarged(const Shape& in, const Enlargement& by) {
    const std::int64_t consumed = 2 * std::int64_t{by.border};
    return {in.n, in.c, (in.h - consumed) * by.scale, (in.w - consumed) * by.scale};
}

/// Of a network that keeps the size, which one run shows.
std::optional<Enlargement> enlargement_of(const Probed& probed) {
    const Enlargement whole{static_cast<int>(probed.out.w / probed.in.w), 0};
    if (whole.scale < 1 || probed.out != enlarged(probed.in, whole)) {
        return std::nullopt;
    }
    return whole;
}

/// Of a network that consumes a border, which two runs on squares show.
std::optional<Enlargement> enlargement_of(const Probed& small, const Probed& large) {
    const std::int64_t scale = (large.out.w - small.out.w) / (large.in.w - small.in.w);
    const std::int64_t consumed = scale * small.in.w - small.out.w;
    if (scale < 1 || consumed < 0 || consumed % (2 * scale) != 0) {
        return std::nullopt;
    }
    const Enlargement found{static_cast<int>(scale), static_cast<int>(consumed / (2 * scale))};
    if (small.out != enlarged(small.in, found) || large.out != enlarged(large.in, found)) {
        return std::nullopt;
    }
    return found;
}

[[noreturn]] void refuse(const ModelSpec& spec, const Probed& probed) {
    throw Error(
        ErrorCode::bad_network,
        fmt::format(
            "the network {} gives {} for an input of {}: not a picture of the same channels enlarged by a "
            "whole number",
            spec.name, to_string(probed.out), to_string(probed.in)));
}

// A network that needs multiples of something fails, or gives another size, on a side that is none.
std::optional<int> find_alignment(const ModelSpec& spec, Session& session, const Enlargement& by) {
    for (int alignment = 1; alignment < probe_side; alignment *= 2) {
        try {
            const int side = probe_side + alignment;
            const Probed probed = probe(spec, session, side, side);
            if (probed.out == enlarged(probed.in, by)) {
                return alignment;
            }
        } catch (const Error& error) {
            if (error.code() != ErrorCode::engine_failed && error.code() != ErrorCode::bad_network) {
                throw;
            }
        }
    }
    return std::nullopt;
}

void find_scale_of_fixed_size(ModelSpec& spec, Session& session) {
    const Probed probed = probe(spec, session, spec.fixed_input->width, spec.fixed_input->height);
    const auto found = enlargement_of(probed);
    if (!found) {
        refuse(spec, probed);
    }
    spec.scale = found->scale;
}

// One output may look like that of a network that keeps the size, and be what another one has left: twice 64
// less 32 is 64 again. So a second size has to agree.
void find_enlargement(ModelSpec& spec, Session& session) {
    const Probed small = probe(spec, session, probe_side, probe_side);
    auto found = enlargement_of(small);
    auto alignment = found ? find_alignment(spec, session, *found) : std::nullopt;
    if (!alignment) {
        found = enlargement_of(small, probe(spec, session, 2 * probe_side, 2 * probe_side));
        if (!found) {
            refuse(spec, small);
        }
        alignment = find_alignment(spec, session, *found);
    }
    spec.scale = found->scale;
    spec.border_px = found->border;
    spec.alignment_px = alignment.value_or(probe_side);
}

} // namespace

ModelSpec complete_spec(const Network& network, Session& session) {
    ModelSpec spec = network.spec;
    if (spec.channels == 0) {
        spec.channels = 3;
    }
    if (!network.graph && !spec.fixed_input) {
        find_enlargement(spec, session);
    } else if (spec.scale == 0) {
        find_scale_of_fixed_size(spec, session);
    }
    return spec;
}

} // namespace kizuna
