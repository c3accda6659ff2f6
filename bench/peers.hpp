#pragma once

#include <filesystem>

/// Measures Kizuna's engine for the processor against what people have: ONNX Runtime on the processor, and,
/// where the environment names their folder (KIZUNA_BENCH_WAIFU2X), the ncnn programs. Each pair alternates
/// in one run; medians count. Prints a table; also writes it to `json` unless that is empty. Returns the exit
/// status.
int compare_with_peers(const std::filesystem::path& json);
