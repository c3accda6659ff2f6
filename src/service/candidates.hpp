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

/// Those that have opened a session just now: "cpu, ort-cpu", or "none".
[[nodiscard]] std::string available_names();

/// Throws Error{invalid_argument} where there is none, listing those that there are.
[[nodiscard]] Candidate candidate_named(std::string_view name);

/// One of the devices that EngineOptions::provider lists: "cuda", "cuda:1".
struct NamedDevice {
    std::string provider; ///< as it was written; may be "auto"
    int number = 0;
};

/// "cuda:0,cuda:1,cpu"; those without a number have EngineOptions::device. Throws Error{invalid_argument}.
[[nodiscard]] std::vector<NamedDevice> named_devices(const EngineOptions& options);

/// Throws Error{device_unavailable} where a look tells that it cannot be used.
void throw_if_absent(const Candidate& candidate);

/// Throws as Engine::open.
[[nodiscard]] std::unique_ptr<Session>
open(const Candidate& candidate, const Network& network, const EngineOptions& options);

} // namespace kizuna
