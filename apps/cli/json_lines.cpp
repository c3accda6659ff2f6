#include "json_lines.hpp"

#include "console.hpp"

#include <cstdio>
#include <string>

namespace kizuna::cli {

void JsonLines::say(const JsonFields& fields) {
    if (!quiet_) {
        print(fields);
    }
}

void JsonLines::print(const JsonFields& fields) {
    const std::string line = json_object(fields) + "\n";
    const std::lock_guard lock(mutex_);
    std::fwrite(line.data(), 1, line.size(), console());
}

} // namespace kizuna::cli
