#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace kizuna {

/// Names a job within its queue: counted from 1, never used again.
using JobId = std::uint64_t;

enum class JobState : std::uint8_t { waiting, running, done, failed, cancelled, timed_out };

/// When a job is to be done, and until when.
struct JobTerms {
    int priority = 0; ///< higher goes first; may change while the job waits or runs
    /// The caller's own name for it, by which jobs can be cancelled together: a page, a request.
    std::string key;
    /// How long it may run.
    std::optional<std::chrono::milliseconds> time_out;
    /// How long it may take from now on, waiting included.
    std::optional<std::chrono::milliseconds> deadline;
};

/// A job that has not ended yet.
struct JobStatus {
    JobId id = 0;
    JobState state = JobState::waiting;
    int priority = 0;
    std::string key;
    double seconds = 0; ///< since it was submitted
};

} // namespace kizuna
