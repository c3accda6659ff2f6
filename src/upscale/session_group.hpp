#pragma once

#include "engine/engine.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace kizuna {

/// Several devices as one session: what is to be run waits in one queue, and each device takes the oldest
/// that it can as soon as it is free. So it is as fast as all of them together, if parallel_runs() runs are
/// under way at once. A slow device does not hold the others up: one that has nothing to do runs what has
/// been under way elsewhere for as long as it would take itself, and the first result counts. A device that
/// fails is left out, with a warning, and its work done by the others; one without memory for a tile gets no
/// more as large.
class SessionGroup final : public Session {
  public:
    struct Member {
        std::string name; ///< for people
        std::unique_ptr<Session> session;
    };

    /// At least one; all of them for the same network.
    explicit SessionGroup(std::vector<Member> members);
    ~SessionGroup() override;

    using Session::run;
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) override;

    /// Throws Error{out_of_memory} where no device has memory for the tile, else what the last one threw.
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel,
        RunNotes& notes) override;

    [[nodiscard]] bool takes_bytes() const override;
    [[nodiscard]] bool run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& cancel) override;
    [[nodiscard]] Precision precision() const override;
    [[nodiscard]] int parallel_runs() const override;

    /// Of the device that has least.
    [[nodiscard]] std::uint64_t free_memory_bytes() const override;
    /// Of the device that needs most, where all are known.
    [[nodiscard]] double bytes_per_pixel() const override;
    [[nodiscard]] std::int64_t best_tile_px() const override;
    [[nodiscard]] std::int64_t tile_step_px() const override;

  private:
    struct Device;
    struct Work;
    struct Outcome;
    struct Attempt;
    struct Task;
    using TaskPtr = std::shared_ptr<Task>;

    void serve(Device& device, const std::stop_token& stop);
    [[nodiscard]] TaskPtr
    next_task(const Device& device, std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
    [[nodiscard]] TaskPtr take_oldest(const Device& device);
    void settle(Device& device, const TaskPtr& task, Attempt& attempt);
    void pass_on(Device& device, const TaskPtr& task, const std::exception_ptr& problem);
    void give_up_hopeless(const std::exception_ptr& problem);
    [[nodiscard]] bool anyone_can_run(const Work& work) const;
    void finish(Task& task);
    void tell_all();
    [[nodiscard]] Outcome run_somewhere(Work work, const CancelToken& cancel);

    std::vector<std::unique_ptr<Device>> devices_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t changes_ = 0;
    std::deque<TaskPtr> waiting_;       ///< in the order in which they came
    std::deque<TaskPtr> running_;       ///< in the order in which they began
    std::vector<std::jthread> threads_; ///< last: they use the others
};

} // namespace kizuna
