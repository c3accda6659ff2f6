#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

// Options that several commands have.
namespace kizuna::cli {

void add_size_options(CLI::App& app, UpscaleOptions& options);
void add_network_options(CLI::App& app, ModelWish& model, UpscaleOptions& upscale, EngineOptions& engine);
void add_report_options(CLI::App& app, ReportOptions& reports);

} // namespace kizuna::cli
