#include "text.hpp"

#include "console.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr double seconds_per_minute = 60;
constexpr double seconds_per_hour = 3600;

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; // UTF-8
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

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string about(std::string_view path, std::string_view message) {
    if (path.empty() || message.find(path) != std::string_view::npos) {
        return std::string(message);
    }
    return fmt::format("{}: {}", path == "-" ? "standard input" : path, message);
}

void print_line(std::FILE* file, std::string_view line) {
    const std::string text = fmt::format("{}\n", line);
    std::fwrite(text.data(), 1, text.size(), file);
}

void print_error(std::string_view message) {
    print_line(console(), printable(fmt::format("kizuna: {}", message)));
}

void flush_stdout() {
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        throw Error(
            ErrorCode::io,
            fmt::format("standard output cannot be written: {}", std::strerror(errno != 0 ? errno : EIO)));
    }
}

} // namespace kizuna::cli
