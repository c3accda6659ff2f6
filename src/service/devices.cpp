#include "service/devices.hpp"

#include "base/log.hpp"
#include "base/trace.hpp"
#include "service/candidates.hpp"
#include "service/cards.hpp"
#include "service/measurements.hpp"
#include "service/memory_use.hpp"
#include "service/model_library.hpp"
#include "upscale/session_group.hpp"

#include "kizuna/error.hpp"
#include "kizuna/tuning.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// What was found out about cards' memory when it was used.
std::filesystem::path memory_file() {
    return user_cache_folder() / "tile-memory.json";
}

/// `file()` may throw: who has no home has no measurements.
std::vector<Measurement> measurements_in(std::filesystem::path (*file)(), const Network& network) {
    try {
        return measurements_of(network, file());
    } catch (const Error&) {
        return {};
    }
}

/// What is to be opened, with what tune() has found out about it.
struct Wish {
    const Network& network;
    const EngineOptions& options;
    std::vector<Measurement> tuned;
};

/// A session, and the candidates that may run the network, from the session's own on.
struct Chosen {
    std::unique_ptr<Session> session;
    std::vector<Candidate> candidates;
    EngineOptions options;         ///< that it was opened with
    std::int64_t best_tile_px = 0; ///< see Rung
};

/// As it is best on this device, as far as nobody has asked for something else.
Chosen open_tuned(const Candidate& candidate, const Wish& wish) {
    Chosen chosen{nullptr, {candidate}, wish.options, 0};
    if (const auto best = measurement_of(wish.tuned, candidate, wish.options.device)) {
        chosen.best_tile_px = best->tile_px;
        if (chosen.options.precision == Precision::automatic && best->precision == Precision::fp32) {
            chosen.options.precision = Precision::fp32;
        }
    }
    chosen.session = open(candidate, wish.network, chosen.options);
    if (chosen.best_tile_px > 0) {
        log(LogLevel::info,
            fmt::format(
                "{} takes tiles of {} pixels, which 'kizuna tune' has found to be the fastest",
                candidate.provider.name, chosen.best_tile_px));
    }
    return chosen;
}

Chosen open_named(const Wish& wish) {
    const Candidate candidate = candidate_named(wish.options.provider);
    try {
        throw_if_absent(candidate);
        return open_tuned(candidate, wish);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::device_unavailable) {
            throw;
        }
        throw Error(
            ErrorCode::device_unavailable, fmt::format(
                                               "the provider {} cannot be used: {}; available here: {}",
                                               candidate.provider.name, error.what(), available_names()));
    }
}

/// What is thrown where nothing opened the network: the one refusal, or all of them.
Error refusal_of_all(const std::vector<std::pair<std::string, Error>>& refusals) {
    if (refusals.empty()) {
        return {
            ErrorCode::device_unavailable,
            "no device here can run networks; `kizuna devices` says why of each"};
    }
    if (refusals.size() == 1) {
        return refusals.front().second;
    }
    std::string reasons;
    for (const auto& [provider, error] : refusals) {
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", provider, error.what());
    }
    return {refusals.front().second.code(), "no device here opens this network: " + reasons};
}

Chosen open_first_of(std::vector<Candidate> candidates, const Wish& wish) {
    std::vector<std::pair<std::string, Error>> refusals;
    for (auto candidate = candidates.begin(); candidate != candidates.end(); ++candidate) {
        const std::string& name = candidate->provider.name;
        // A provider that this machine does not have is no news; one that fails on this network is.
        if (const std::string problem = candidate->problem(); !problem.empty()) {
            log(LogLevel::debug, fmt::format("not using {}: {}", name, problem));
            continue;
        }
        try {
            Chosen chosen = open_tuned(*candidate, wish);
            chosen.candidates.assign(candidate, candidates.end());
            return chosen;
        } catch (const Error& error) {
            log(LogLevel::info, fmt::format("not using {}: {}", name, error.what()));
            refusals.emplace_back(name, error);
        }
    }
    throw refusal_of_all(refusals);
}

/// Opens one more session for a network that has one already.
std::function<std::unique_ptr<Session>()>
opener(const Candidate& candidate, const std::shared_ptr<const Network>& network, EngineOptions options) {
    return [candidate, network, options = std::move(options)] {
        throw_if_absent(candidate);
        return open(candidate, *network, options);
    };
}

/// Of cards, what their drivers say; processors' sessions know.
std::function<std::uint64_t()> memory_of(const Candidate& candidate, int number) {
    if (candidate.provider.on_cpu) {
        return {};
    }
    return [name = candidate.provider.name, number] { return free_memory_of(name, number); };
}

/// Other devices are those that there always are: which number the card has at another provider nobody knows.
EngineOptions for_fallback(const EngineOptions& options) {
    EngineOptions other;
    other.threads = options.threads;
    return other;
}

std::vector<Rung> rungs_of(
    const std::vector<Candidate>& candidates, const std::shared_ptr<const Network>& network,
    const EngineOptions& options) {
    const Candidate& first = candidates.front();
    const std::string& name = first.provider.name;
    const bool on_cpu = first.provider.on_cpu;
    EngineOptions exact = options;
    exact.precision = Precision::fp32;
    const auto memory = memory_of(first, options.device);
    std::vector<Rung> rungs;
    rungs.push_back({name, name, on_cpu, opener(first, network, options), memory});
    rungs.push_back({name + " in fp32", name, on_cpu, opener(first, network, exact), memory});
    const EngineOptions other = for_fallback(options);
    for (std::size_t i = 1; i < candidates.size(); ++i) {
        const Provider& provider = candidates[i].provider;
        rungs.push_back(
            {provider.name, provider.name, provider.on_cpu, opener(candidates[i], network, other),
             memory_of(candidates[i], other.device)});
    }
    return rungs;
} // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the vector has what it misses

/// The first on the processor that opens the network.
std::unique_ptr<Session> open_on_cpu(const Network& network, const EngineOptions& options) {
    auto candidates = all_candidates();
    std::erase_if(candidates, [](const Candidate& candidate) { return !candidate.provider.on_cpu; });
    const EngineOptions other = for_fallback(options);
    return open_first_of(std::move(candidates), {network, other, {}}).session;
}

void check_numbers(const EngineOptions& options) {
    constexpr int most_threads = 1024;
    if (options.device < 0) {
        throw Error(ErrorCode::invalid_argument, fmt::format("a device number cannot be {}", options.device));
    }
    if (options.threads < 0 || options.threads > most_threads) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} threads are not possible; use 0 (all) to {}", options.threads, most_threads));
    }
}

/// What a rung's network takes of a card's memory is known and kept by these.
struct OnCard {
    Candidate candidate;
    int device;
    Precision precision;
    std::shared_ptr<const Network> network;

    [[nodiscard]] double known_bytes_per_pixel() const {
        const auto all = measurements_in(memory_file, *network);
        const auto known = measurement_of(all, candidate, device);
        return known && known->precision == precision ? known->bytes_per_pixel : 0;
    }

    void keep(double bytes_per_pixel) const {
        Measurement measurement;
        measurement.provider = candidate.provider.name;
        measurement.device = device;
        measurement.hardware = hardware_of(candidate, device);
        measurement.precision = precision;
        measurement.bytes_per_pixel = bytes_per_pixel;
        try {
            keep_measurements(*network, memory_file(), {measurement});
        } catch (const Error& error) { // then it is measured again
            log(LogLevel::debug, fmt::format("what tiles take of memory is not kept: {}", error.what()));
        }
    }
};

void know_memory(Rung& rung, const OnCard& card) {
    rung.bytes_per_pixel = card.known_bytes_per_pixel();
    rung.keep_bytes_per_pixel = [card](double bytes_per_pixel) { card.keep(bytes_per_pixel); };
}

/// `options` name one device. Others take its place only where nobody has chosen: not for one of several,
/// which have each other.
OpenedSession
open_ladder(const std::shared_ptr<const Network>& network, const EngineOptions& options, bool is_alone) {
    check_numbers(options);
    const Wish wish{*network, options, measurements_in(tuning_file, *network)};
    Chosen chosen = same_name(options.provider, "auto")
                        ? open_first_of(in_measured_order(all_candidates(), wish.tuned, options.device), wish)
                        : open_named(wish);
    if (!is_alone) {
        chosen.candidates.erase(chosen.candidates.begin() + 1, chosen.candidates.end());
    }
    const Candidate& first = chosen.candidates.front();
    std::vector<Rung> rungs = rungs_of(chosen.candidates, network, chosen.options);
    for (Rung& rung : rungs) {
        rung.best_tile_px = rung.device == first.provider.name ? chosen.best_tile_px : 0;
    }
    if (!first.provider.on_cpu) {
        know_memory(rungs.front(), {first, options.device, chosen.session->precision(), network});
    }
    auto ladder = std::make_unique<SessionLadder>(
        network->spec.name, std::move(rungs), std::move(chosen.session),
        [network, options] { return open_on_cpu(*network, options); });
    SessionLadder* const itself = ladder.get();
    return {std::move(ladder), first.provider.name, chosen.options.precision, {itself}};
}

} // namespace

void OpenedSession::compare_with(const ModelSpec& spec) const {
    for (SessionLadder* ladder : ladders) {
        ladder->compare_with(spec);
    }
}

OpenedSession open_session(const std::shared_ptr<const Network>& network, const EngineOptions& options) {
    const TraceScope scope("open network", network->spec.name);
    const std::vector<NamedDevice> devices = named_devices(options);
    const bool is_alone = devices.size() == 1;
    OpenedSession all;
    std::vector<SessionGroup::Member> members;
    for (const NamedDevice& device : devices) {
        EngineOptions own = options;
        own.provider = device.provider;
        own.device = device.number;
        OpenedSession opened = open_ladder(network, own, is_alone);
        watch_memory_of(opened.provider, device.number);
        const bool is_numbered = !is_alone || device.number != options.device;
        const std::string name =
            is_numbered ? fmt::format("{}:{}", opened.provider, device.number) : opened.provider;
        all.provider += (all.provider.empty() ? "" : ",") + name;
        all.precision = is_alone ? opened.precision : options.precision;
        all.ladders.push_back(opened.ladders.front());
        members.push_back({name, std::move(opened.session)});
    }
    all.session =
        is_alone ? std::move(members.front().session) : std::make_unique<SessionGroup>(std::move(members));
    return all;
}

} // namespace kizuna
