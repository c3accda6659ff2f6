#include "upscale/session_ladder.hpp"

#include "base/log.hpp"
#include "upscale/result_check.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// Where nobody knows how much memory is free: what every card that can run networks has room for.
constexpr std::int64_t greatest_tile_on_trust = 384;

/// Once may be a cosmic ray; this often is the device, or the network.
constexpr int enough_doubts = 3;

constexpr const char* no_numbers = "gave values that are not numbers (NaN or infinity)";

const char* in_words(Doubt doubt) {
    return doubt == Doubt::flat ? "gave one colour where the picture has more"
                                : "gave colours that are far from the picture's";
}

/// What another device, or another session on the same, may do better.
bool is_the_devices_fault(const Error& error) {
    return error.code() == ErrorCode::engine_failed || error.code() == ErrorCode::device_unavailable;
}

} // namespace

SessionLadder::SessionLadder(
    std::string network, std::vector<Rung> rungs, std::unique_ptr<Session> first,
    std::function<std::unique_ptr<Session>()> judge)
    : network_(std::move(network))
    , rungs_(std::move(rungs))
    , open_judge_(std::move(judge))
    , standings_(rungs_.size()) {
    keep(0, std::move(first));
}

void SessionLadder::compare_with(const ModelSpec& spec) {
    spec_ = spec;
    compares_ = true;
}

void SessionLadder::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) {
    RunNotes nobody_asks;
    run(in, given, out, cancel, nobody_asks);
}

void SessionLadder::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel,
    RunNotes& notes) {
    const Task task{in, given, cancel};
    const std::size_t first = current_;
    std::vector<Attempt> attempts(rungs_.size());
    std::optional<Tensor> doubtful;
    for (std::optional<std::size_t> rung = first; rung; rung = rung_after(*rung)) {
        notes.repeats += rung != first ? 1 : 0;
        attempts[*rung] = attempt(*rung, task, out);
        const Verdict verdict = attempts[*rung].verdict;
        if (verdict == Verdict::good) {
            if (rung != first) {
                learn(attempts, *rung, doubtful && agree(*doubtful, out));
            }
            return;
        }
        if (verdict == Verdict::doubtful) {
            doubtful = out;
        }
    }
    if (!doubtful || !is_confirmed(task, *doubtful, notes)) {
        give_up(attempts);
    }
    out = std::move(*doubtful);
}

/// Errors that no other rung could mend are thrown.
SessionLadder::Attempt SessionLadder::attempt(std::size_t rung, const Task& task, Tensor& out) {
    try {
        session(rung)->run(task.in, task.given, out, task.cancel);
    } catch (const Error& error) {
        ran_out_of_memory_ = ran_out_of_memory_ || error.code() == ErrorCode::out_of_memory;
        if (!is_the_devices_fault(error)) {
            throw;
        }
        return {Verdict::failed, fmt::format("failed: {}", error.what())};
    }
    look_at_memory(rung, task.in.shape.n * task.in.shape.h * task.in.shape.w);
    return examine(rung, task.in, out);
}

SessionLadder::Attempt SessionLadder::examine(std::size_t rung, const Tensor& in, const Tensor& out) const {
    if (!has_only_numbers(out)) {
        return {Verdict::wrong, no_numbers};
    }
    if (compares_ && !rungs_[rung].on_cpu) {
        if (const Doubt doubt = doubt_of(in, out, *spec_); doubt != Doubt::none) {
            return {Verdict::doubtful, in_words(doubt)};
        }
    }
    return {};
}

/// Opens it if need be. What keeps it from opening is the device's fault.
std::shared_ptr<Session> SessionLadder::session(std::size_t rung) {
    const std::lock_guard lock(mutex_);
    if (!standings_[rung].session) {
        try {
            keep(rung, rungs_[rung].open());
        } catch (const Error& error) {
            throw Error(ErrorCode::device_unavailable, error.what());
        }
    }
    return standings_[rung].session;
}

/// With the mutex held.
void SessionLadder::keep(std::size_t rung, std::unique_ptr<Session> session) {
    standings_[rung].session = std::move(session);
    if (rungs_[rung].free_memory_bytes) {
        standings_[rung].free_memory_bytes = rungs_[rung].free_memory_bytes();
    }
    standings_[rung].kept_bytes_per_pixel = rungs_[rung].bytes_per_pixel;
}

/// After a run. Engines keep what the largest tile has taken, and with it what several at a time have: so the
/// first few of them tell. Of small tiles most is what engines take for themselves.
void SessionLadder::look_at_memory(std::size_t rung, std::int64_t tile_pixels) {
    constexpr std::int64_t enough_pixels = 65'536; // 256 × 256
    constexpr int enough_looks = 4;
    constexpr double another = 1.1;
    const Rung& device = rungs_[rung];
    if (!device.free_memory_bytes || !device.keep_bytes_per_pixel || tile_pixels < enough_pixels) {
        return;
    }
    double measured = 0;
    {
        const std::lock_guard lock(mutex_);
        Standing& standing = standings_[rung];
        const bool is_larger = tile_pixels > standing.largest_tile;
        if (!is_larger && (tile_pixels < standing.largest_tile || standing.looks_at_memory == enough_looks)) {
            return;
        }
        standing.looks_at_memory = is_larger ? 1 : standing.looks_at_memory + 1;
        standing.largest_tile = tile_pixels;
        const std::uint64_t now = device.free_memory_bytes();
        if (now == 0 || now >= standing.free_memory_bytes) {
            return; // not known, or somebody else has given some back
        }
        measured = static_cast<double>(standing.free_memory_bytes - now) / static_cast<double>(tile_pixels);
        const double known = standing.kept_bytes_per_pixel;
        if (known > 0 && measured < known * another && known < measured * another) {
            return;
        }
        standing.kept_bytes_per_pixel = measured;
    }
    device.keep_bytes_per_pixel(measured);
}

std::optional<std::size_t> SessionLadder::rung_after(std::size_t rung) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t next = rung + 1; next < rungs_.size(); ++next) {
        if (!standings_[next].is_left) {
            return next;
        }
    }
    return std::nullopt;
}

/// What follows from these attempts, of which that of rung `good` was.
void SessionLadder::learn(const std::vector<Attempt>& attempts, std::size_t good, bool doubt_was_wrong) {
    const std::lock_guard lock(mutex_);
    for (std::size_t rung = 0; rung < good; ++rung) {
        const auto& [verdict, problem] = attempts[rung];
        const bool is_blamed =
            verdict == Verdict::wrong || (verdict == Verdict::doubtful && !doubt_was_wrong);
        Standing& standing = standings_[rung];
        standing.wrong_tiles += is_blamed ? 1 : 0;
        if (is_blamed || verdict == Verdict::failed) {
            log(LogLevel::warning, fmt::format(
                                       "{} {}; the tile was computed again, with {}", rungs_[rung].name,
                                       problem, rungs_[good].name));
        }
        if (verdict == Verdict::failed || standing.wrong_tiles >= enough_doubts) {
            standing.is_left = true;
            standing.session.reset();
        }
    }
    if (doubt_was_wrong) {
        confirm_doubt();
    }
    if (standings_[current_].is_left) {
        use_next_rung();
    }
}

/// With the mutex held.
void SessionLadder::confirm_doubt() {
    if (++confirmed_doubts_ >= enough_doubts && compares_.exchange(false)) {
        log(LogLevel::info,
            fmt::format(
                "{} gives other colours than the picture's everywhere: no longer checked for", network_));
    }
}

/// The first after the current one that was not left, if there is one. With the mutex held.
bool SessionLadder::use_next_rung() {
    for (std::size_t next = current_ + 1; next < rungs_.size(); ++next) {
        if (!standings_[next].is_left) {
            log(LogLevel::warning, fmt::format("going on with {}", rungs_[next].name));
            current_ = next;
            ran_out_of_memory_ = false;
            return true;
        }
    }
    return false;
}

/// By the processor, where none of the rungs is on it.
bool SessionLadder::is_confirmed(const Task& task, const Tensor& doubtful, RunNotes& notes) {
    ++notes.repeats;
    Tensor judgement;
    try {
        judge()->run(task.in, task.given, judgement, task.cancel);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) {
            throw;
        }
        log(LogLevel::warning, fmt::format("the processor cannot judge it: {}", error.what()));
        return true;
    }
    if (!agree(judgement, doubtful)) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    confirm_doubt();
    return true;
}

std::shared_ptr<Session> SessionLadder::judge() {
    const std::lock_guard lock(mutex_);
    if (!judge_) {
        if (!open_judge_) {
            throw Error(ErrorCode::device_unavailable, "there is none");
        }
        judge_ = open_judge_();
    }
    return judge_;
}

/// The device may be there again when the next tile comes.
void SessionLadder::give_up(const std::vector<Attempt>& attempts) {
    bool is_no_numbers = true;
    std::string names;
    std::string problems;
    for (std::size_t rung = 0; rung < attempts.size(); ++rung) {
        const auto& [verdict, problem] = attempts[rung];
        if (verdict != Verdict::good) {
            names += (names.empty() ? "" : ", ") + rungs_[rung].name;
            problems += fmt::format("{}{} {}", problems.empty() ? "" : "; ", rungs_[rung].name, problem);
            is_no_numbers = is_no_numbers && verdict == Verdict::wrong;
        }
    }
    {
        const std::lock_guard lock(mutex_);
        std::fill(standings_.begin(), standings_.end(), Standing{});
        current_ = 0;
    }
    if (is_no_numbers) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the network {} {}, tried with {}; the file may be damaged, or the device miscalculates: try "
                "another provider",
                network_, no_numbers, names));
    }
    throw Error(ErrorCode::engine_failed, fmt::format("{}; try another provider", problems));
}

/// Whether it was another thread that has left it makes no difference.
bool SessionLadder::leave_device(std::string_view why) {
    const std::lock_guard lock(mutex_);
    if (!ran_out_of_memory_) {
        return true;
    }
    const std::string& device = rungs_[current_].device;
    const bool is_another = std::any_of(
        rungs_.begin() + static_cast<std::ptrdiff_t>(current_), rungs_.end(),
        [&](const Rung& rung) { return rung.device != device; });
    if (!is_another) {
        return false;
    }
    log(LogLevel::warning, fmt::format("{}: {}", rungs_[current_].name, why));
    for (std::size_t rung = current_; rung < rungs_.size(); ++rung) {
        standings_[rung].is_left = standings_[rung].is_left || rungs_[rung].device == device;
    }
    return use_next_rung();
}

std::shared_ptr<Session> SessionLadder::session_in_use() const {
    const std::lock_guard lock(mutex_);
    return standings_[current_].session;
}

bool SessionLadder::takes_bytes() const {
    const auto session = session_in_use();
    return session && session->takes_bytes();
}

bool SessionLadder::run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& cancel) {
    std::size_t rung = 0;
    std::shared_ptr<Session> session;
    {
        const std::lock_guard lock(mutex_);
        rung = current_;
        session = standings_[rung].session;
    }
    if (!session || !session->takes_bytes() || !session->run_bytes(in, out, cancel)) {
        return false;
    }
    look_at_memory(rung, in.width * in.height);
    return !compares_ || rungs_[rung].on_cpu || doubt_of(in, out, *spec_) == Doubt::none;
}

Precision SessionLadder::precision() const {
    const auto session = session_in_use();
    return session ? session->precision() : Session::precision();
}

int SessionLadder::parallel_runs() const {
    const auto session = session_in_use();
    return session ? session->parallel_runs() : 1;
}

std::uint64_t SessionLadder::free_memory_bytes() const {
    const auto session = session_in_use();
    const std::uint64_t known = session ? session->free_memory_bytes() : 0;
    const std::lock_guard lock(mutex_);
    return known > 0 ? known : standings_[current_].free_memory_bytes;
}

double SessionLadder::bytes_per_pixel() const {
    return rungs_[current_].bytes_per_pixel;
}

bool SessionLadder::has_own_memory() const {
    const auto session = session_in_use();
    return session && session->has_own_memory();
}

std::int64_t SessionLadder::best_tile_px() const {
    if (const std::int64_t measured = rungs_[current_].best_tile_px; measured > 0) {
        return measured;
    }
    const auto session = session_in_use();
    const std::int64_t best = session ? session->best_tile_px() : Session::best_tile_px();
    // Processors know their memory; asking how much is free takes longer than a small picture may.
    const bool is_known = rungs_[current_].on_cpu || free_memory_bytes() > 0;
    return is_known ? best : std::min(best, greatest_tile_on_trust);
}

std::int64_t SessionLadder::tile_step_px() const {
    const auto session = session_in_use();
    return session ? session->tile_step_px() : Session::tile_step_px();
}

} // namespace kizuna
