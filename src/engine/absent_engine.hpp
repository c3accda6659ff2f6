#pragma once

#include "engine/engine.hpp"

#include "kizuna/error.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kizuna {

/// In place of an engine that this was built without: lists its providers and why they cannot be used.
class AbsentEngine final : public Engine {
  public:
    AbsentEngine(std::string description, std::vector<Provider> providers, std::string reason)
        : description_(std::move(description))
        , providers_(std::move(providers))
        , reason_(std::move(reason)) {}

    [[nodiscard]] std::string description() const override { return description_; }

    [[nodiscard]] std::vector<Provider> providers() const override { return providers_; }

    [[nodiscard]] std::string problem_of(std::string_view /*provider*/) const override { return reason_; }

    [[nodiscard]] std::unique_ptr<Session> open(
        const Network& /*network*/, std::string_view /*provider*/,
        const SessionOptions& /*options*/) override {
        throw Error(ErrorCode::device_unavailable, reason_);
    }

  private:
    std::string description_;
    std::vector<Provider> providers_;
    std::string reason_;
};

} // namespace kizuna
