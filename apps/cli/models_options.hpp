#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

namespace kizuna::cli {

/// The command `models` with its verbs; `command` is told what is asked for, and must outlive the parsing.
CLI::App* add_models(CLI::App& app, ModelsCommand& command);

} // namespace kizuna::cli
