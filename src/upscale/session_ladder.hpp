#pragma once

#include "engine/engine.hpp"
#include "graph/network.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kizuna {

/// A way to run a network: a session that is opened when it is needed.
struct Rung {
    std::string name;   ///< for people: "cuda", "cuda in fp32"
    std::string device; ///< the same for rungs on the same device
    bool on_cpu = false;
    std::function<std::unique_ptr<Session>()> open;
    /// Of the device, where its sessions do not know; may be empty. Asked once, when one has been opened:
    /// what sessions take for themselves later is theirs.
    std::function<std::uint64_t()> free_memory_bytes = {};
    // What was measured at other times, else 0: as Session has it.
    std::int64_t best_tile_px = 0;
    double bytes_per_pixel = 0;
    /// Told what it is by now, if that is another; may be empty. It is of use the next time: a session's
    /// tiles stay as they are, for in tiles that fade into each other the result depends on them.
    std::function<void(double)> keep_bytes_per_pixel = {};
};

/// A Session that looks at every result and has other sessions to go on with when one fails or lies: the
/// rungs, in order. What is done again is said in the log and counted in RunNotes.
///
/// - A result that cannot be right (result_check.hpp) is computed again by the next rung, and so on. A rung
///   that was wrong three times is left for good.
/// - A rung whose device fails is left at once.
/// - The processor is believed, but for values that are no numbers. Where no rung runs on it, it is the
/// `judge`
///   of results that are merely doubtful. What it confirms three times is what the network does, and is no
///   longer looked for.
/// - Out of memory is the caller's affair, who may try less, or leave_device().
///
/// After the last rung the error is thrown; the next run begins at the first rung again, opened anew.
class SessionLadder final : public Session {
  public:
    /// `first` is the first of the rungs, which has been opened. `judge` may be empty.
    SessionLadder(
        std::string network, std::vector<Rung> rungs, std::unique_ptr<Session> first,
        std::function<std::unique_ptr<Session>()> judge = {});

    /// From now on results are held against the tiles that they are made of. Without it only values that are
    /// no numbers are seen. Before the first run that it is for.
    void compare_with(const ModelSpec& spec);

    using Session::run;
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) override;
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel,
        RunNotes& notes) override;

    /// By the rung in use, if it takes bytes. What is doubtful, run() is to look into.
    [[nodiscard]] bool takes_bytes() const override;
    [[nodiscard]] bool run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& cancel) override;
    [[nodiscard]] Precision precision() const override;
    [[nodiscard]] int parallel_runs() const override;

    bool leave_device(std::string_view why) override;

    [[nodiscard]] std::uint64_t free_memory_bytes() const override;
    [[nodiscard]] bool has_own_memory() const override;
    [[nodiscard]] double bytes_per_pixel() const override;
    [[nodiscard]] std::int64_t best_tile_px() const override;
    [[nodiscard]] std::int64_t tile_step_px() const override;

  private:
    enum class Verdict : std::uint8_t { good, doubtful, wrong, failed };

    struct Attempt {
        Verdict verdict = Verdict::good;
        std::string problem;
    };

    /// A rung's session and what is known of it.
    struct Standing {
        std::shared_ptr<Session> session;
        std::uint64_t free_memory_bytes = 0; ///< when the session had been opened
        std::int64_t largest_tile = 0;       ///< of those that were run, in pixels
        int looks_at_memory = 0;             ///< with tiles as large as that
        double kept_bytes_per_pixel = 0;
        bool is_left = false;
        int wrong_tiles = 0;
    };

    /// What a run is given.
    struct Task {
        const Tensor& in;
        std::span<const Tensor> given;
        const CancelToken& cancel;
    };

    [[nodiscard]] Attempt attempt(std::size_t rung, const Task& task, Tensor& out);
    [[nodiscard]] Attempt examine(std::size_t rung, const Tensor& in, const Tensor& out) const;
    [[nodiscard]] std::shared_ptr<Session> session(std::size_t rung);
    void keep(std::size_t rung, std::unique_ptr<Session> session);
    void look_at_memory(std::size_t rung, std::int64_t tile_pixels);
    [[nodiscard]] std::shared_ptr<Session> session_in_use() const;
    [[nodiscard]] std::shared_ptr<Session> judge();
    [[nodiscard]] std::optional<std::size_t> rung_after(std::size_t rung) const;
    [[nodiscard]] bool is_confirmed(const Task& task, const Tensor& doubtful, RunNotes& notes);
    void learn(const std::vector<Attempt>& attempts, std::size_t good, bool doubt_was_wrong);
    void confirm_doubt();
    bool use_next_rung();
    [[noreturn]] void give_up(const std::vector<Attempt>& attempts);

    std::string network_;
    std::vector<Rung> rungs_;
    std::function<std::unique_ptr<Session>()> open_judge_;
    std::optional<ModelSpec> spec_; ///< where results are compared with tiles
    std::atomic<bool> compares_{false};
    std::atomic<std::size_t> current_{0};
    std::atomic<bool> ran_out_of_memory_{false}; ///< since this rung is in use
    mutable std::mutex mutex_;
    std::vector<Standing> standings_; ///< of the rungs
    std::shared_ptr<Session> judge_;
    int confirmed_doubts_ = 0;
};

} // namespace kizuna
