#include "engine/fake/fake_engine.hpp"

#include "base/cancel.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

namespace kizuna {

struct FakeEngine::State {
    explicit State(FakeBehaviour told)
        : behaviour(std::move(told)) {}

    const FakeBehaviour behaviour;
    std::mutex mutex;
    std::condition_variable_any changed;
    std::vector<Shape> shapes;
};

namespace {

// Each row of the input becomes `scale` rows of the output.
void repeat_row(const float* from, std::int64_t width, int scale, float* into) {
    float* end = into;
    for (std::int64_t x = 0; x < width; ++x) {
        end = std::fill_n(end, scale, from[x]);
    }
    const std::int64_t out_width = width * scale;
    for (int copy = 1; copy < scale; ++copy) {
        std::copy_n(into, out_width, into + (copy * out_width));
    }
}

void repeat_pixels(const Tensor& in, int scale, Tensor& out) {
    out.shape = {in.shape.n, in.shape.c, in.shape.h * scale, in.shape.w * scale};
    out.data.resize(element_count(out.shape));
    const std::int64_t rows = in.shape.n * in.shape.c * in.shape.h;
    for (std::int64_t row = 0; row < rows; ++row) {
        repeat_row(
            in.data.data() + (row * in.shape.w), in.shape.w, scale,
            out.data.data() + (row * in.shape.w * scale * scale));
    }
}

void drop_last_row(Tensor& out) {
    out.shape.h -= 1;
    out.data.resize(element_count(out.shape));
}

bool is_from(const std::optional<int>& first, int call) {
    return first && call >= *first;
}

class FakeSession final : public Session {
  public:
    FakeSession(std::shared_ptr<FakeEngine::State> state, int scale)
        : state_(std::move(state))
        , scale_(scale) {}

    using Session::run;
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) override;

    [[nodiscard]] std::uint64_t free_memory_bytes() const override {
        return state_->behaviour.free_memory_bytes;
    }

  private:
    int begin_call(const Shape& shape);
    void wait(int call, const CancelToken& cancel);
    void fail_if_told(int call, const Shape& shape) const;
    void spoil_if_told(int call, Tensor& out) const;

    std::shared_ptr<FakeEngine::State> state_;
    int scale_;
};

void FakeSession::run(
    const Tensor& in, std::span<const Tensor> /*given*/, Tensor& out, const CancelToken& cancel) {
    if (element_count(in.shape) != in.data.size()) {
        throw Error(ErrorCode::internal, "a tensor's values are not as many as its shape says");
    }
    const int call = begin_call(in.shape);
    throw_if_cancelled(cancel);
    wait(call, cancel);
    fail_if_told(call, in.shape);
    repeat_pixels(in, scale_, out);
    spoil_if_told(call, out);
    if (state_->behaviour.wrong_shape_at_call == call) {
        drop_last_row(out);
    }
}

void FakeSession::spoil_if_told(int call, Tensor& out) const {
    const FakeBehaviour& behaviour = state_->behaviour;
    if (behaviour.nan_at_call == call || is_from(behaviour.nan_from_call, call)) {
        out.data[out.data.size() / 2] = std::numeric_limits<float>::quiet_NaN();
    }
    if (is_from(behaviour.black_from_call, call)) {
        std::fill(out.data.begin(), out.data.end(), 0.0F);
    }
    if (is_from(behaviour.inverts_from_call, call)) {
        std::transform(
            out.data.begin(), out.data.end(), out.data.begin(), [](float value) { return 1 - value; });
    }
}

int FakeSession::begin_call(const Shape& shape) {
    const std::lock_guard lock(state_->mutex);
    state_->shapes.push_back(shape);
    state_->changed.notify_all();
    return static_cast<int>(state_->shapes.size());
}

void FakeSession::wait(int call, const CancelToken& cancel) {
    const auto never = [] { return false; };
    std::unique_lock lock(state_->mutex);
    if (state_->behaviour.stall_at_call == call) {
        state_->changed.wait(lock, cancel, never); // ends only when the token asks
    } else if (state_->behaviour.delay.count() > 0) {
        state_->changed.wait_for(lock, cancel, state_->behaviour.delay, never);
    }
    throw_if_cancelled(cancel);
}

void FakeSession::fail_if_told(int call, const Shape& shape) const {
    const FakeBehaviour& behaviour = state_->behaviour;
    const auto pixels = static_cast<std::uint64_t>(shape.n * shape.h * shape.w);
    if (pixels > behaviour.max_tile_pixels || behaviour.out_of_memory_at_call == call) {
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format("the fake engine was told to have no memory for {}", to_string(shape)));
    }
    if (behaviour.fail_at_call == call || is_from(behaviour.fail_from_call, call)) {
        throw Error(
            ErrorCode::engine_failed, fmt::format("the fake engine was told to fail at call {}", call));
    }
}

} // namespace

FakeEngine::FakeEngine(FakeBehaviour behaviour)
    : state_(std::make_shared<State>(std::move(behaviour))) {}

FakeEngine::~FakeEngine() = default;

std::vector<Provider> FakeEngine::providers() const {
    return {{"fake", {"FakeExecutionProvider"}, true}};
}

std::string FakeEngine::problem_of(std::string_view /*provider*/) const {
    return {};
}

std::unique_ptr<Session>
FakeEngine::open(const Network& network, std::string_view provider, const SessionOptions& /*options*/) {
    if (provider != "fake" && provider != "FakeExecutionProvider") {
        throw Error(
            ErrorCode::device_unavailable, fmt::format("the fake engine has no provider '{}'", provider));
    }
    if (!state_->behaviour.open_problem.empty()) {
        throw Error(ErrorCode::device_unavailable, state_->behaviour.open_problem);
    }
    if (network.spec.scale < 1) {
        throw Error(ErrorCode::bad_network, "the fake engine needs a ModelSpec with a scale");
    }
    return std::make_unique<FakeSession>(state_, network.spec.scale);
}

int FakeEngine::calls() const {
    const std::lock_guard lock(state_->mutex);
    return static_cast<int>(state_->shapes.size());
}

std::vector<Shape> FakeEngine::shapes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->shapes;
}

void FakeEngine::wait_for_calls(int count) const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return static_cast<int>(state_->shapes.size()) >= count; });
}

} // namespace kizuna
