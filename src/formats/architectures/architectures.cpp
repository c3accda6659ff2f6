#include "formats/architectures/architectures.hpp"

#include "base/log.hpp"
#include "formats/architectures/architecture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace kizuna {

namespace {

using architectures::Architecture;

constexpr std::size_t names_shown = 6; // enough to know a network by, and one line

const std::array<const Architecture*, 8>& known() {
    static const std::array table{
        &architectures::esrgan,
        &architectures::compact,
        &architectures::span,
        &architectures::real_plksr_dysample, // before those of which it has all weights
        &architectures::real_plksr,
        &architectures::cunet,
        &architectures::upcunet,
        &architectures::upconv7};
    return table;
}

[[noreturn]] void throw_unknown(const Weights& weights) {
    if (weights.size() == 0) {
        throw Error(ErrorCode::unsupported, "there are no weights of a network in it");
    }
    std::string names;
    for (const Architecture* architecture : known()) {
        names += (names.empty() ? "" : ", ") + std::string(architecture->name);
    }
    throw Error(
        ErrorCode::unsupported,
        fmt::format(
            "its weights are of no architecture that is known ({}); they are called {}. Export the network "
            "to ONNX, which runs whatever it is",
            names, weights.some_names(names_shown)));
}

Network build(const Architecture& architecture, Weights& weights) {
    if (architecture.build_network != nullptr) {
        return architecture.build_network(weights);
    }
    Network network;
    network.graph = architecture.build(weights);
    network.spec.border_fill = architecture.border_fill;
    describe(*network.graph, network.spec);
    return network;
}

} // namespace

Network assemble(Weights weights) {
    const auto* found = std::find_if(known().begin(), known().end(), [&](const Architecture* architecture) {
        return architecture->recognise(weights);
    });
    if (found == known().end()) {
        throw_unknown(weights);
    }
    try {
        Network network = build(**found, weights);
        if (weights.size() > 0) {
            log(LogLevel::warning, fmt::format(
                                       "weights that {} does not have are left out: {}", (*found)->name,
                                       weights.some_names(names_shown)));
        }
        return network;
    } catch (const Error& error) {
        throw error.with_context(fmt::format("read as {}", (*found)->name));
    }
}

} // namespace kizuna
