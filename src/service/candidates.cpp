#include "service/candidates.hpp"

#include "engine/registry.hpp"
#include "formats/onnx/onnx.hpp"
#include "service/model_library.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <strings.h>
#include <utility>

#include <fmt/format.h>

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

std::string known_names(const std::vector<Candidate>& candidates) {
    std::string names;
    for (const Candidate& candidate : candidates) {
        names += candidate.provider.name + ", ";
    }
    return names + "auto";
}

NamedDevice parse_device(std::string_view text, int number) {
    if (text.empty()) {
        throw Error(ErrorCode::invalid_argument, "a device has no name; 'auto' takes the best there is");
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return {std::string(text), number};
    }
    const std::string_view digits = text.substr(colon + 1);
    NamedDevice device{std::string(text.substr(0, colon))};
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), device.number);
    if (problem != std::errc() || end != digits.data() + digits.size()) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("'{}' is no device; a device is a provider and a number, as cuda:1", text));
    }
    return device;
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

std::string available_names() {
    std::string names;
    for (const Device& device : list_devices()) {
        if (device.available) {
            names += (names.empty() ? "" : ", ") + device.provider;
        }
    }
    return names.empty() ? "none" : names;
}

Candidate candidate_named(std::string_view name) {
    auto candidates = all_candidates();
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
        return has_name(candidate.provider, name);
    });
    if (found == candidates.end()) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "there is no provider called {}; known are: {}; available here: {}", name,
                known_names(candidates), available_names()));
    }
    return std::move(*found);
}

std::vector<NamedDevice> named_devices(const EngineOptions& options) {
    constexpr std::size_t most_devices = 64;
    std::vector<NamedDevice> devices;
    std::string_view rest = options.provider;
    while (devices.size() < most_devices) {
        const std::size_t comma = rest.find(',');
        devices.push_back(parse_device(rest.substr(0, comma), options.device));
        if (comma == std::string_view::npos) {
            return devices;
        }
        rest.remove_prefix(comma + 1);
    }
    throw Error(ErrorCode::invalid_argument, fmt::format("more than {} devices were given", most_devices));
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
