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
    [[nodiscard]] std::string problem_of(std::string_view provider) const override;

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

std::vector<Provider> OnnxRuntimeEngine::providers() const {
    return ort::list_providers();
}

// Opening the library takes a good part of the time in which a small picture is done: it is left shut where
// the machine has nothing that it could use.
std::string OnnxRuntimeEngine::problem_of(std::string_view provider) const {
    try {
        const ort::ProviderEntry& entry = ort::find_provider(provider);
        if (std::string missing = ort::missing_on_this_machine(entry); !missing.empty()) {
            return missing;
        }
        const std::string& path = ort::library().path;
        const std::vector<std::string> built_in = Ort::GetAvailableProviders();
        if (std::find(built_in.begin(), built_in.end(), entry.ort_name) == built_in.end()) {
            return fmt::format("{} is built without it", path);
        }
        return ort::missing_beside_library(entry.kind, path);
    } catch (const Error& error) {
        return error.what();
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
