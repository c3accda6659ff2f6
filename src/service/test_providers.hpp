#pragma once

#include "kizuna/device.hpp"

#include <string>

// For tests that need more than our own engine.
namespace kizuna::test {

/// Why this provider cannot be used here, in this build or with this environment; empty where it can.
[[nodiscard]] inline std::string problem_with(const std::string& provider) {
    for (const Device& device : list_devices()) {
        if (device.provider == provider) {
            return device.problem;
        }
    }
    return "there is no provider " + provider;
}

} // namespace kizuna::test
