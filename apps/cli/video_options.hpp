#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

namespace kizuna::cli {

/// Adds `kizuna video` to the program's commands.
CLI::App* add_video(CLI::App& app, VideoCommand& command);

} // namespace kizuna::cli
