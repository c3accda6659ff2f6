#pragma once

#include "kizuna/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kizuna::c {

struct CommandReply {
    std::string json;
    std::optional<Error> error; ///< where it failed; `json` then says so, too
};

/// Runs a command of docs/commands.md. Thread-safe; throws nothing but std::bad_alloc.
[[nodiscard]] CommandReply run_command(std::string_view name, std::string_view request);

} // namespace kizuna::c
