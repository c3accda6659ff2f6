#pragma once

#include "engine/engine.hpp"

#include <memory>

// The engine that runs ONNX files by ONNX Runtime, a shared library opened at the first use. Only this folder
// knows it.
namespace kizuna {

/// Opens nothing yet. In a build without ONNX Runtime's headers it lists its providers and why they cannot be
/// used.
[[nodiscard]] std::unique_ptr<Engine> make_onnxruntime_engine();

} // namespace kizuna
