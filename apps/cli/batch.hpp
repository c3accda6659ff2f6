#pragma once

#include "inputs.hpp"
#include "options.hpp"
#include "report.hpp"

#include "kizuna/cancel.hpp"
#include "kizuna/upscaler.hpp"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace kizuna::cli {

/// The picture that this thread is working on, for messages that do not say it themselves; empty if none.
[[nodiscard]] std::string_view picture_in_work();

/// How many pictures have come to which end so far.
struct Counters {
    std::atomic<std::size_t> done = 0;
    std::atomic<std::size_t> skipped = 0;
    std::atomic<std::size_t> failed = 0;
};

/// Runs all jobs, `command.jobs` at a time, and reports and counts each. One that fails does not hold up the
/// others. `stdin_file` has what came through standard input, for the job that wants it.
void run_jobs(
    std::span<const Job> jobs, const Upscaler& upscaler, const UpscaleCommand& command,
    const std::filesystem::path& stdin_file, Reporter& reporter, Counters& counters,
    const CancelToken& cancel);

} // namespace kizuna::cli
