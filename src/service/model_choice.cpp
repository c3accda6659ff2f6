#include "service/model_library.hpp"
#include "service/recognition.hpp"
#include "service/sidecar.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

/// A network that may be chosen, as far as choosing is concerned.
struct NetworkCandidate {
    std::string name; ///< or its file
    int scale = 0;
    std::string denoise;
    bool installed = true;
};

using NetworkCandidates = std::vector<NetworkCandidate>;

/// What is wanted where no scale is: that of the default network.
constexpr double usual_scale = 2;

/// One that keeps the size cannot enlarge, however often it runs.
bool can_reach(int network_scale, double wanted) {
    return network_scale > 1 || wanted <= 1;
}

/// How well a network's scale suits the one wanted, the lower the better: how often it has to run, then how
/// far beyond the target that leads.
std::pair<int, double> cost(int network_scale, double wanted) {
    if (!can_reach(network_scale, wanted)) {
        return {std::numeric_limits<int>::max(), 0};
    }
    int runs = 1;
    double reached = network_scale;
    while (network_scale > 1 && reached < wanted) {
        reached *= network_scale;
        ++runs;
    }
    return {runs, reached};
}

/// The best of them; of equals the first. Those that are not installed come last.
const NetworkCandidate& best(const NetworkCandidates& candidates, double wanted) {
    return *std::min_element(
        candidates.begin(), candidates.end(), [wanted](const NetworkCandidate& a, const NetworkCandidate& b) {
            return std::tuple(!a.installed, cost(a.scale, wanted)) <
                   std::tuple(!b.installed, cost(b.scale, wanted));
        });
}

NetworkCandidates of_scale(const NetworkCandidates& all, int scale) {
    NetworkCandidates kept;
    std::copy_if(
        all.begin(), all.end(), std::back_inserter(kept),
        [scale](const NetworkCandidate& candidate) { return candidate.scale == scale; });
    return kept;
}

/// Those of this level; without one, those that do not denoise.
NetworkCandidates of_level(const NetworkCandidates& all, const std::string& denoise) {
    NetworkCandidates kept;
    std::copy_if(
        all.begin(), all.end(), std::back_inserter(kept), [&denoise](const NetworkCandidate& candidate) {
            return candidate.denoise == denoise || (denoise.empty() && candidate.denoise == "none");
        });
    return kept;
}

NetworkCandidate candidate_of(const KnownNetwork& known) {
    return {known.name, known.scale, known.denoise, installed_file(known).has_value()};
}

NetworkCandidates candidates_of(const std::vector<const KnownNetwork*>& known) {
    NetworkCandidates candidates;
    std::transform(
        known.begin(), known.end(), std::back_inserter(candidates),
        [](const KnownNetwork* network) { return candidate_of(*network); });
    return candidates;
}

/// "x2: conservative, none, 1, 2, 3; x3: conservative, none, 3".
std::string combinations(const NetworkCandidates& candidates) {
    std::map<int, std::set<std::string>> levels;
    for (const NetworkCandidate& candidate : candidates) {
        levels[candidate.scale].insert(candidate.denoise.empty() ? "no levels" : candidate.denoise);
    }
    std::string text;
    for (const auto& [scale, names] : levels) {
        text += fmt::format("{}x{}: {}", text.empty() ? "" : "; ", scale, fmt::join(names, ", "));
    }
    return text;
}

[[noreturn]] void
refuse(const std::string& what, const ModelWish& wish, int scale, const NetworkCandidates& there) {
    const std::string scale_text = scale > 0 ? fmt::format(" at scale {}", scale) : "";
    throw Error(
        ErrorCode::invalid_argument, fmt::format(
                                         "{} has no network with --denoise {}{}; there are {}", what,
                                         wish.denoise, scale_text, combinations(there)));
}

/// Of a series, a family or a folder.
std::string choose_from(const std::string& what, const NetworkCandidates& all, const ModelWish& wish) {
    NetworkCandidates pool = of_level(all, wish.denoise);
    if (pool.empty() && wish.denoise.empty()) {
        pool = all;
    }
    if (wish.scale > 0 && !wish.denoise.empty()) {
        // A level that the network for this scale does not have is not made up for by another scale's.
        NetworkCandidates anywhere = all;
        for (NetworkCandidate& candidate : anywhere) {
            candidate.installed = true;
        }
        const int scale = best(anywhere, wish.scale).scale;
        pool = of_scale(pool, scale);
        if (pool.empty()) {
            refuse(what, wish, scale, all);
        }
    }
    if (pool.empty()) {
        refuse(what, wish, 0, all);
    }
    return best(pool, wish.scale > 0 ? wish.scale : usual_scale).name;
}

/// Another level of a network that was named.
std::string choose_sibling(const KnownNetwork& named, const ModelWish& wish) {
    if (wish.denoise.empty() || wish.denoise == named.denoise) {
        return named.name;
    }
    const NetworkCandidates series = candidates_of(manifest().group(named.series));
    const NetworkCandidates siblings = of_level(of_scale(series, named.scale), wish.denoise);
    if (siblings.empty()) {
        refuse(named.series, wish, named.scale, series);
    }
    return siblings.front().name;
}

std::string choose_freely(const ModelWish& wish) {
    const double wanted = wish.scale > 0 ? wish.scale : usual_scale;
    if (wish.denoise.empty()) {
        const KnownNetwork* usual = manifest().find(default_model_name());
        return usual == nullptr ? std::string(default_model_name())
                                : best(candidates_of(manifest().group(usual->series)), wanted).name;
    }
    NetworkCandidates all;
    for (const KnownNetwork& known : manifest().networks) {
        if (known.denoise == wish.denoise && can_reach(known.scale, wanted)) {
            all.push_back(candidate_of(known));
        }
    }
    const auto has_source = [](const NetworkCandidate& candidate) {
        return candidate.installed || !manifest().find(candidate.name)->package.empty();
    };
    std::stable_partition(all.begin(), all.end(), has_source);
    if (all.empty()) {
        throw Error(
            ErrorCode::not_found, fmt::format("no known network denoises at the level {}", wish.denoise));
    }
    const NetworkCandidate& chosen = best(all, wanted);
    if (!chosen.installed) {
        throw Error(
            ErrorCode::not_found, fmt::format(
                                      "no network with --denoise {} is on this machine; {}", wish.denoise,
                                      how_to_get(*manifest().find(chosen.name))));
    }
    return chosen.name;
}

/// What is known of the networks in a folder, by their content or by what lies beside them.
NetworkCandidates candidates_in(const fs::path& folder) {
    std::set<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        if (is_model_file(it->path()) && it->is_regular_file(error)) {
            files.insert(files_of_network(it->path()).front());
        }
    }
    NetworkCandidates candidates;
    for (const fs::path& file : files) {
        NetworkCandidate candidate{file.string()};
        if (const KnownNetwork* known = recognise_network(manifest(), file)) {
            candidate.scale = known->scale;
            candidate.denoise = known->denoise;
        } else if (const auto sidecar = read_sidecar(file)) {
            candidate.scale = sidecar->scale;
            candidate.denoise = sidecar->denoise;
        }
        candidates.push_back(candidate);
    }
    return candidates;
}

std::string choose_in_folder(const ModelWish& wish) {
    const NetworkCandidates all = candidates_in(wish.model);
    if (all.empty()) {
        throw Error(ErrorCode::not_found, fmt::format("{}: no network in this folder", wish.model));
    }
    if (all.size() == 1 && wish.denoise.empty()) {
        return all.front().name;
    }
    NetworkCandidates known;
    std::copy_if(all.begin(), all.end(), std::back_inserter(known), [](const NetworkCandidate& candidate) {
        return candidate.scale > 0;
    });
    if (known.empty()) {
        std::vector<std::string> names;
        for (const NetworkCandidate& candidate : all) {
            names.push_back(fs::path(candidate.name).filename().string());
        }
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "{}: these networks are not known, so that you have to name one of them: {}", wish.model,
                fmt::join(names, ", ")));
    }
    return choose_from(wish.model, known, wish);
}

/// A file, or a network of one's own.
std::string check_own(const ModelWish& wish) {
    if (wish.denoise.empty()) {
        return wish.model;
    }
    const fs::path file = find_model_file(wish.model);
    const KnownNetwork* known = recognise_network(manifest(), file);
    const auto sidecar = known == nullptr ? read_sidecar(file) : std::nullopt;
    const std::string denoise = known != nullptr ? known->denoise : sidecar ? sidecar->denoise : "";
    if (denoise == wish.denoise) {
        return wish.model;
    }
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format(
            "{} is one network {}; --denoise chooses among those of a series ('kizuna models' lists them)",
            wish.model, denoise.empty() ? "without levels of denoising" : "with --denoise " + denoise));
}

} // namespace

std::string choose_model(const ModelWish& wish) {
    if (!wish.denoise.empty() && !is_denoise_level(wish.denoise)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("'{}' is no level of denoising: conservative, none or 0 to 3", wish.denoise));
    }
    if (wish.model.empty()) {
        return choose_freely(wish);
    }
    if (const KnownNetwork* named = manifest().find(wish.model)) {
        return choose_sibling(*named, wish);
    }
    if (const auto group = manifest().group(wish.model); !group.empty()) {
        return choose_from(wish.model, candidates_of(group), wish);
    }
    std::error_code ignored;
    const bool is_own_name = !looks_like_path(wish.model) && installed_file(wish.model);
    if (!is_own_name && fs::is_directory(wish.model, ignored)) {
        return choose_in_folder(wish);
    }
    return check_own(wish);
}

} // namespace kizuna
