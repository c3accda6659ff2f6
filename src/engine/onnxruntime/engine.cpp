#include "engine/onnxruntime/engine.hpp"

#include "engine/onnxruntime/library.hpp"
#include "engine/onnxruntime/presence.hpp"
#include "engine/onnxruntime/provider_table.hpp"
#include "engine/onnxruntime/session.hpp"

#include "kizuna/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna {

namespace {

class OnnxRuntimeEngine final : public Engine {
  public:
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] std::vector<Provider> providers() const override;

    [[nodiscard]] bool needs_onnx() const override { return true; }

    [[nodiscard]] std::unique_ptr<Session>
    open(const Network& network, std::string_view provider, const SessionOptions& options) override;
};

std::string OnnxRuntimeEngine::description() const {
    try {
        return "ONNX Runtime " + ort::library().version;
    } catch (const Error&) {
        return "ONNX Runtime";
    }
}

// Empty where the provider is inside this library and nothing is seen to be missing; whether it works,
// opening tells.
std::string problem_of(const ort::ProviderEntry& entry, const std::vector<std::string>& built_in) {
    if (std::find(built_in.begin(), built_in.end(), entry.ort_name) != built_in.end()) {
        return ort::missing_on_this_machine(entry, ort::library().path);
    }
    return entry.system.empty() ? fmt::format("{} is built without it", ort::library().path)
                                : fmt::format("it is there on {} only", entry.system);
}

std::vector<Provider> OnnxRuntimeEngine::providers() const {
    try {
        ort::library();
        const std::vector<std::string> built_in = Ort::GetAvailableProviders();
        return ort::list_providers(
            [&](const ort::ProviderEntry& entry) { return problem_of(entry, built_in); });
    } catch (const Error& error) {
        return ort::list_providers([&](const ort::ProviderEntry&) { return error.what(); });
    }
}

std::unique_ptr<Session>
OnnxRuntimeEngine::open(const Network& network, std::string_view provider, const SessionOptions& options) {
    const ort::ProviderEntry& entry = ort::find_provider(provider);
    ort::library();
    return ort::open_session(network, entry, options);
}

} // namespace

std::unique_ptr<Engine> make_onnxruntime_engine() {
    return std::make_unique<OnnxRuntimeEngine>();
}

} // namespace kizuna
