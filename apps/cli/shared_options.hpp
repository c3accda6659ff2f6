#pragma once

#include "options.hpp"

#include <string_view>

#include <CLI/CLI.hpp>

// Options that several commands have.
namespace kizuna::cli {

/// `otherwise`: what is taken where none is given.
CLI::Option* add_model_option(CLI::App& app, ModelWish& model, std::string_view otherwise);
void add_size_options(CLI::App& app, UpscaleOptions& options);
void add_network_options(CLI::App& app, ModelWish& model, UpscaleOptions& upscale, EngineOptions& engine);
void add_report_options(CLI::App& app, ReportOptions& reports);

} // namespace kizuna::cli
