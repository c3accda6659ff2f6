#include "engine/cpu/engine.hpp"

#include "kizuna/error.hpp"

// Takes the place of engine.cpp in a build without oneDNN.
namespace kizuna {

namespace {

constexpr const char* reason = "this build has no oneDNN: it was not found when it was configured";

class AbsentEngine final : public Engine {
  public:
    [[nodiscard]] std::string description() const override { return "Kizuna with oneDNN"; }

    [[nodiscard]] std::vector<Provider> providers() const override { return {{"cpu", {}, true}}; }

    [[nodiscard]] std::string problem_of(std::string_view /*provider*/) const override { return reason; }

    [[nodiscard]] std::unique_ptr<Session> open(
        const Network& /*network*/, std::string_view /*provider*/,
        const SessionOptions& /*options*/) override {
        throw Error(ErrorCode::device_unavailable, reason);
    }
};

} // namespace

std::unique_ptr<Engine> make_cpu_engine() {
    return std::make_unique<AbsentEngine>();
}

} // namespace kizuna
