// In place of engine.cpp where ONNX Runtime's headers were not found when this was built.
#include "engine/onnxruntime/engine.hpp"
#include "engine/onnxruntime/provider_table.hpp"

#include "kizuna/error.hpp"

namespace kizuna {

namespace {

constexpr const char* reason =
    "this build has no ONNX Runtime: its headers were not found when it was configured";

class AbsentEngine final : public Engine {
  public:
    [[nodiscard]] std::string description() const override { return "ONNX Runtime"; }

    [[nodiscard]] std::vector<Provider> providers() const override { return ort::list_providers(); }

    [[nodiscard]] std::string problem_of(std::string_view /*provider*/) const override { return reason; }

    [[nodiscard]] std::unique_ptr<Session> open(
        const Network& /*network*/, std::string_view /*provider*/,
        const SessionOptions& /*options*/) override {
        throw Error(ErrorCode::device_unavailable, reason);
    }
};

} // namespace

std::unique_ptr<Engine> make_onnxruntime_engine() {
    return std::make_unique<AbsentEngine>();
}

} // namespace kizuna
