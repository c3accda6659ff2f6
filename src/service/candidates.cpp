#include "service/candidates.hpp"

#include "engine/registry.hpp"
#include "formats/onnx/onnx.hpp"
#include "service/model_library.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <filesystem>
#include <strings.h>
#include <utility>

namespace kizuna {

namespace {

/// Empty where there is no such folder: then nothing is kept.
std::filesystem::path cache_folder() {
    try {
        return user_cache_folder();
    } catch (const Error&) {
        return {};
    }
}

} // namespace

std::vector<Candidate> all_candidates() {
    std::vector<Candidate> candidates;
    for (const auto& engine : engines()) {
        for (Provider& provider : engine->providers()) {
            candidates.push_back({engine.get(), std::move(provider)});
        }
    }
    // Whatever engine it belongs to, a card goes before the processor.
    std::stable_partition(candidates.begin(), candidates.end(), [](const Candidate& candidate) {
        return !candidate.provider.on_cpu;
    });
    return candidates;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool has_name(const Provider& provider, std::string_view name) {
    return same_name(provider.name, name) ||
           std::any_of(provider.aliases.begin(), provider.aliases.end(), [&](const std::string& alias) {
               return same_name(alias, name);
           });
}

void throw_if_absent(const Candidate& candidate) {
    if (const std::string problem = candidate.problem(); !problem.empty()) {
        throw Error(ErrorCode::device_unavailable, problem);
    }
}

std::unique_ptr<Session>
open(const Candidate& candidate, const Network& network, const EngineOptions& options) {
    const auto write = [](const Graph& graph, const OnnxForm& form) { return write_onnx(graph, form); };
    return candidate.engine->open(
        network, candidate.provider.name,
        {options.device, options.threads, options.precision, write, cache_folder()});
}

} // namespace kizuna
