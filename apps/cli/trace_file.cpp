#include "trace_file.hpp"

#include "json.hpp"

#include "kizuna/error.hpp"

#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace kizuna::cli {

namespace {

double microseconds(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

} // namespace

TraceFile::TraceFile(std::filesystem::path path)
    : path_(std::move(path)) {
    if (!path_.empty()) {
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
        throw Error(ErrorCode::io, fmt::format("{}: could not be written", path_.string()));
    }
    path_.clear();
}

} // namespace kizuna::cli
