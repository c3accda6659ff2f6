#include "engine/cpu/engine.hpp"

#include "engine/cpu/onednn.hpp"
#include "engine/cpu/session.hpp"

#include "kizuna/error.hpp"

#include <fmt/format.h>

namespace kizuna {

namespace {

class CpuEngine final : public Engine {
  public:
    [[nodiscard]] std::string description() const override {
        return fmt::format("Kizuna with oneDNN {}", cpu::onednn_version());
    }

    [[nodiscard]] std::vector<Provider> providers() const override { return {{"cpu", {}, true}}; }

    [[nodiscard]] std::string problem_of(std::string_view /*provider*/) const override { return {}; }

    [[nodiscard]] std::unique_ptr<Session>
    open(const Network& network, std::string_view provider, const SessionOptions& options) override {
        if (provider != "cpu") {
            throw Error(
                ErrorCode::device_unavailable,
                fmt::format("the processor's own engine has no provider '{}'; it has cpu", provider));
        }
        return cpu::open_session(network, options);
    }
};

} // namespace

std::unique_ptr<Engine> make_cpu_engine() {
    return std::make_unique<CpuEngine>();
}

} // namespace kizuna
