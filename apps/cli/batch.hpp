#pragma once

#include "inputs.hpp"
#include "options.hpp"
#include "report.hpp"

#include "kizuna/cancel.hpp"
#include "kizuna/upscaler.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace kizuna::cli {

/// The picture that this thread is working on, for messages that do not say it themselves; empty if none.
[[nodiscard]] std::string_view picture_in_work();

/// Runs all jobs, `command.jobs` at a time, and reports each. One that fails does not hold up the others.
/// `stdin_bytes` is what came through standard input, for the job that wants it.
[[nodiscard]] Tally run_jobs(
    std::span<const Job> jobs, const Upscaler& upscaler, const UpscaleCommand& command,
    std::span<const std::byte> stdin_bytes, Reporter& reporter, const CancelToken& cancel);

} // namespace kizuna::cli
