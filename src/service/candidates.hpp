#pragma once

#include "engine/engine.hpp"
#include "graph/network.hpp"

#include "kizuna/device.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna {

/// A provider that may be here, with its engine.
struct Candidate {
    Engine* engine;
    Provider provider;

    /// May open the engine's library: asked only when the candidate's turn has come.
    [[nodiscard]] std::string problem() const { return engine->problem_of(provider.name); }
};

/// In the order of preference.
[[nodiscard]] std::vector<Candidate> all_candidates();

/// Letters of either size.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

/// By any of its names.
[[nodiscard]] bool has_name(const Provider& provider, std::string_view name);

/// Throws Error{device_unavailable} where a look tells that it cannot be used.
void throw_if_absent(const Candidate& candidate);

/// Throws as Engine::open.
[[nodiscard]] std::unique_ptr<Session>
open(const Candidate& candidate, const Network& network, const EngineOptions& options);

} // namespace kizuna
