#include "trace_file.hpp"

#include "json.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace kizuna::cli {

namespace {

namespace fs = std::filesystem;

double microseconds(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

/// Before hours of work, and for its own sake: a command that lacks a word may name a picture here.
void check_place(const fs::path& path, bool overwrite) {
    constexpr std::array<std::string_view, 3> extensions{".json", ".trace", ".txt"};
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        const fs::path folder = path.parent_path();
        if (!folder.empty() && !fs::is_directory(folder, ignored)) {
            throw Error(
                ErrorCode::not_found,
                fmt::format("--profile {}: there is no folder {}", path.string(), folder.string()));
        }
    } else if (!overwrite) {
        throw Error(
            ErrorCode::already_exists,
            fmt::format("--profile {}: it exists already; --overwrite replaces it", path.string()));
    } else if (
        fs::is_regular_file(path, ignored) &&
        std::find(extensions.begin(), extensions.end(), path.extension().string()) == extensions.end()) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("--profile {}: it exists, and is not called .json as such a file is", path.string()));
    }
}

} // namespace

TraceFile::TraceFile(std::filesystem::path path, bool overwrite)
    : path_(std::move(path)) {
    if (!path_.empty()) {
        check_place(path_, overwrite);
        set_trace_callback([this](const TraceSpan& span) { add(span); });
    }
}

TraceFile::~TraceFile() {
    if (!path_.empty()) {
        set_trace_callback(nullptr);
    }
}

void TraceFile::add(const TraceSpan& span) {
    const bool uses_much_memory =
        span.name == "tile" || span.name == "picture" || span.name == "open network";
    const Event event{
        std::string(span.name),
        std::string(span.detail),
        microseconds(span.begin - start_),
        microseconds(span.end - span.begin),
        span.thread,
        uses_much_memory ? memory_use() : std::vector<MemoryUse>()};
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
}

void TraceFile::write() {
    if (path_.empty()) {
        return;
    }
    set_trace_callback(nullptr);
    const std::lock_guard lock(mutex_);
    std::ofstream file(path_);
    file << "{\"traceEvents\":[";
    const char* separator = "\n";
    for (const Event& event : events_) {
        file << std::exchange(separator, ",\n")
             << json_object(
                    {{"name", event.detail.empty() ? event.name : event.name + " " + event.detail},
                     {"cat", event.name},
                     {"ph", "X"},
                     {"ts", event.begin_us},
                     {"dur", event.duration_us},
                     {"pid", 1},
                     {"tid", event.thread}});
        for (const MemoryUse& use : event.memory) {
            file << fmt::format(
                ",\n{{\"name\":\"memory of {} {}\",\"ph\":\"C\",\"ts\":{},\"pid\":1,\"args\":{{"
                "\"in_use_bytes\":{}}}}}",
                use.provider, use.device, event.begin_us + event.duration_us, use.in_use_bytes);
        }
    }
    file << "\n],\"displayTimeUnit\":\"ms\"}\n";
    file.close();
    if (!file) {
        throw Error(
            ErrorCode::io,
            fmt::format("--profile {}: it cannot be written: {}", path_.string(), std::strerror(errno)));
    }
    path_.clear();
}

} // namespace kizuna::cli
