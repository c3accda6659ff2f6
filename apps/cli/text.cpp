#include "text.hpp"

#include "console.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr double seconds_per_minute = 60;
constexpr double seconds_per_hour = 3600;

/// Why printing to standard output failed first: stdio remembers only that it did.
std::atomic<int> stdout_problem = 0;

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; // UTF-8
}

bool belongs_to_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/' || c == '.' ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Whether `name` stands in the message for itself, not as a part of other words or names. A full stop after
/// it may end the sentence.
bool names(std::string_view message, std::string_view name) {
    for (std::size_t at = message.find(name); at != std::string_view::npos; at = message.find(name, at + 1)) {
        const std::string_view after = message.substr(at + name.size());
        const bool ends_sentence = after.starts_with(". ") || after == ".";
        const bool ends = after.empty() || ends_sentence || !belongs_to_word(after.front());
        if (ends && (at == 0 || !belongs_to_word(message[at - 1]))) {
            return true;
        }
    }
    return false;
}

} // namespace

std::string printable(std::string_view text) {
    std::string result(text);
    std::replace(result.begin(), result.end(), '\n', ' '); // a message stays one line
    std::replace_if(
        result.begin(), result.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
    return result;
}

std::string shortened(const std::string& text, std::size_t longest) {
    if (text.size() <= longest) {
        return text;
    }
    if (longest < 4) {
        return {};
    }
    std::size_t head = (longest - 2) / 2;
    std::size_t tail = text.size() - (longest - 2 - head);
    while (head > 0 && continues_character(text[head])) {
        --head;
    }
    while (tail < text.size() && continues_character(text[tail])) {
        ++tail;
    }
    return text.substr(0, head) + ".." + text.substr(tail);
}

std::string duration_text(double seconds) {
    if (seconds < 9.95) {
        return fmt::format("{:.1f} s", std::max(seconds, 0.0));
    }
    const double rounded = std::round(seconds);
    if (rounded < seconds_per_minute) {
        return fmt::format("{:.0f} s", rounded);
    }
    if (rounded < seconds_per_hour) {
        return fmt::format(
            "{:.0f} min {:.0f} s", std::floor(rounded / seconds_per_minute),
            std::fmod(rounded, seconds_per_minute));
    }
    return fmt::format(
        "{:.0f} h {:.0f} min", std::floor(rounded / seconds_per_hour),
        std::floor(std::fmod(rounded, seconds_per_hour) / seconds_per_minute));
}

std::string size_text(std::uint32_t width, std::uint32_t height) {
    return fmt::format("{}×{}", width, height);
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr double kilo = 1e3;
    constexpr double mega = 1e6;
    const auto number = static_cast<double>(bytes);
    if (number < kilo) {
        return fmt::format("{} bytes", bytes);
    }
    if (number < mega) {
        return fmt::format("{:.0f} kB", number / kilo);
    }
    constexpr double digits_enough = 1e7;
    return fmt::format("{:.{}f} MB", number / mega, number < digits_enough ? 1 : 0);
}

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string about(std::string_view path, std::string_view message) {
    const std::string_view name = path == "-" ? "standard input" : path;
    if (path.empty() || names(message, name)) {
        return std::string(message);
    }
    return fmt::format("{}: {}", name, message);
}

void print_text(std::FILE* file, std::string_view text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), file) < text.size() && file == stdout) {
        int none = 0;
        stdout_problem.compare_exchange_strong(none, errno);
    }
}

void print_line(std::FILE* file, std::string_view line) {
    print_text(file, fmt::format("{}\n", line));
}

void print_error(std::string_view message) {
    print_line(console(), printable(fmt::format("kizuna: {}", message)));
}

void flush_stdout() {
    errno = 0;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
        return;
    }
    const int last = errno != 0 ? errno : EIO;
    const int first = stdout_problem;
    throw Error(
        ErrorCode::io,
        fmt::format("standard output cannot be written: {}", std::strerror(first != 0 ? first : last)));
}

} // namespace kizuna::cli
