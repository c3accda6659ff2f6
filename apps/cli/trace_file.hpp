#pragma once

#include "kizuna/device.hpp"
#include "kizuna/trace.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace kizuna::cli {

/// What the library does as long as this lives, and what memory its devices have in use meanwhile, for a file
/// in the form of Chrome's traces, which Perfetto and chrome://tracing show.
class TraceFile {
  public:
    /// Nothing is recorded without a path. Throws Error{already_exists} where there is a file and `overwrite`
    /// is not said, {invalid_argument} where that one is not called as a trace is, so that it may be
    /// somebody's picture, and {not_found} where there is no such folder.
    TraceFile(std::filesystem::path path, bool overwrite);
    TraceFile(const TraceFile&) = delete;
    TraceFile& operator=(const TraceFile&) = delete;
    ~TraceFile();

    /// Stops, and writes the file. Throws Error{io}.
    void write();

  private:
    struct Event {
        std::string name;
        std::string detail;
        double begin_us;
        double duration_us;
        std::uint32_t thread;
        std::vector<MemoryUse> memory; ///< at its end, where it was looked at
    };

    void add(const TraceSpan& span);

    std::filesystem::path path_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
    std::vector<Event> events_;
};

} // namespace kizuna::cli
