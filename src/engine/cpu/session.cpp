#include "engine/cpu/session.hpp"

#include "base/cancel.hpp"
#include "base/log.hpp"
#include "base/system.hpp"
#include "engine/cpu/arenas.hpp"
#include "engine/cpu/choose_precision.hpp"
#include "engine/cpu/onednn.hpp"
#include "engine/cpu/plan.hpp"
#include "engine/cpu/program.hpp"
#include "engine/cpu/runner.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <new>

#include <fmt/format.h>

namespace kizuna::cpu {

namespace {

class CpuSession final : public Session {
  public:
    CpuSession(Program program, Precision precision, int threads)
        : program_(std::move(program))
        , precision_(precision)
        , threads_(threads) {}

    using Session::run;
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) override;

    [[nodiscard]] std::uint64_t free_memory_bytes() const override { return available_memory_bytes(); }

    [[nodiscard]] Precision precision() const override { return precision_; }

    [[nodiscard]] std::int64_t best_tile_px() const override;

  private:
    void check(const Tensor& in) const;
    void run_batch(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel);
    [[nodiscard]] std::shared_ptr<const Plan> plan_for(const Shape& shape);

    Program program_;
    Precision precision_;
    int threads_;
    std::mutex mutex_;
    std::list<std::shared_ptr<const Plan>> plans_; // last used first
    std::shared_ptr<Arenas> arenas_ = Arenas::shared();
};

// Larger tiles share less. What speaks against them is memory, so light networks get them
// (docs/performance.md).
std::int64_t CpuSession::best_tile_px() const {
    constexpr std::int64_t large_tile = 640;
    constexpr std::size_t moderate_bytes = std::size_t{256} << 20U;
    const int channels = std::get<Input>(program_.graph.nodes[0].op).channels;
    try {
        if (make_plan(program_, {1, channels, large_tile, large_tile}).bytes <= moderate_bytes) {
            return large_tile;
        }
    } catch (const Error&) { // NOLINT(bugprone-empty-catch): it takes other sizes only
    }
    return Session::best_tile_px();
}

void CpuSession::check(const Tensor& in) const {
    const std::size_t count = element_count(in.shape);
    if (count == 0 || count != in.data.size()) {
        throw Error(
            ErrorCode::internal,
            fmt::format("a tensor of {} values was said to be {}", in.data.size(), to_string(in.shape)));
    }
    const int channels = std::get<Input>(program_.graph.nodes[0].op).channels;
    if (in.shape.c != channels) {
        throw Error(
            ErrorCode::engine_failed,
            fmt::format(
                "a picture of {} channels was given to a network that takes {}", in.shape.c, channels));
    }
}

std::shared_ptr<const Plan> CpuSession::plan_for(const Shape& shape) {
    constexpr std::size_t kept_plans = 8; // the sizes of one picture's tiles, and of another's
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(plans_.begin(), plans_.end(), [&](const auto& plan) { return plan->input == shape; });
    if (found != plans_.end()) {
        plans_.splice(plans_.begin(), plans_, found);
        return plans_.front();
    }
    plans_.push_front(std::make_shared<const Plan>(make_plan(program_, shape)));
    if (plans_.size() > kept_plans) {
        plans_.pop_back();
    }
    return plans_.front();
}

void CpuSession::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) {
    check(in);
    throw_if_cancelled(cancel);
    try {
        run_batch(in, given, out, cancel);
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::out_of_memory, "there is not enough memory for a tile");
    }
}

// Memory beyond what there is would be given all the same, and the process ended when it is used.
void check_memory(const Plan& plan, std::size_t held) {
    const std::uint64_t available = available_memory_bytes();
    if (plan.bytes > held && available > 0 && plan.bytes - held > available) {
        throw Error(
            ErrorCode::out_of_memory, fmt::format(
                                          "a tile of {} needs {} bytes; {} are available",
                                          to_string(plan.input), plan.bytes, available));
    }
}

void CpuSession::run_batch(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) {
    const Shape one{1, in.shape.c, in.shape.h, in.shape.w};
    const auto plan = plan_for(one);
    Team team(threads_, cancel);
    auto arena = arenas_->take();
    check_memory(*plan, arena->values.size());
    // All pictures of the batch, or one if the result does not depend on them.
    const std::vector<Shape> shapes = infer_shapes(program_.graph, in.shape);
    check_given(program_.graph, shapes, given);
    out.shape = shapes[static_cast<std::size_t>(program_.graph.output)];
    out.data.resize(element_count(out.shape));
    for (std::int64_t n = 0; n < out.shape.n; ++n) {
        const auto index = static_cast<std::size_t>(n);
        RunData data{
            in.data.data() + (index * element_count(one)),
            {},
            out.data.data() + (index * element_count(plan->output))};
        for (const Tensor& value : given) {
            const std::size_t of_one = value.data.size() / static_cast<std::size_t>(value.shape.n);
            data.given.push_back(value.data.data() + (index * of_one));
        }
        run_plan(program_, *plan, data, *arena, team, cancel);
    }
    arenas_->give_back(std::move(arena));
}

void check_options(const SessionOptions& options) {
    if (options.device != 0) {
        throw Error(
            ErrorCode::device_unavailable,
            fmt::format("there is no device {} of cpu: only device 0 can be chosen", options.device));
    }
    if (options.precision == Precision::fp16) {
        throw Error(ErrorCode::unsupported, "cpu does not compute in fp16; use bf16 or fp32, or a card");
    }
    if (options.precision == Precision::bf16 && !has_bf16()) {
        throw Error(
            ErrorCode::unsupported,
            "this processor has no instructions for bf16 (AVX512-BF16 or AMX); use fp32");
    }
}

} // namespace

std::unique_ptr<Session> open_session(const Network& network, const SessionOptions& options) {
    check_options(options);
    if (!network.graph) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format(
                "the processor's own engine cannot run this network, but ONNX Runtime (ort-cpu) may: {}",
                network.graph_problem));
    }
    try {
        const Precision precision =
            choose_precision(options.precision, network.spec.bf16_is_close, has_bf16_matrices());
        auto session =
            std::make_unique<CpuSession>(make_program(*network.graph, precision), precision, options.threads);
        if (precision == Precision::bf16) {
            log(LogLevel::info, "computing in bf16");
        }
        return session;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::out_of_memory, "there is not enough memory for the network's weights");
    }
}

} // namespace kizuna::cpu
