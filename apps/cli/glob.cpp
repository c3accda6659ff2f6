#include "glob.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>

namespace kizuna::cli {
namespace {

namespace fs = std::filesystem;

/// The end of the set that begins at pattern[at] == '[', one past its ']'. Empty where it is never closed:
/// then '[' is an ordinary character.
std::optional<std::size_t> end_of_set(std::string_view pattern, std::size_t at) {
    std::size_t first = at + 1;
    if (first < pattern.size() && (pattern[first] == '!' || pattern[first] == '^')) {
        ++first;
    }
    // A ']' in the first place belongs to the set.
    const std::size_t close = pattern.find(']', first + 1);
    return close == std::string_view::npos ? std::nullopt : std::optional(close + 1);
}

bool set_contains(std::string_view set, char c) {
    bool negated = false;
    if (!set.empty() && (set.front() == '!' || set.front() == '^')) {
        negated = true;
        set.remove_prefix(1);
    }
    const auto code = static_cast<unsigned char>(c);
    bool found = false;
    for (std::size_t i = 0; i < set.size(); ++i) {
        const auto low = static_cast<unsigned char>(set[i]);
        auto high = low;
        if (i + 2 < set.size() && set[i + 1] == '-') {
            high = static_cast<unsigned char>(set[i + 2]);
            i += 2;
        }
        found = found || (low <= code && code <= high);
    }
    return found != negated;
}

/// How much of the pattern stands for the one character c; empty where it does not match.
std::optional<std::size_t> match_one(std::string_view pattern, std::size_t at, char c) {
    if (at >= pattern.size() || pattern[at] == '*') {
        return std::nullopt;
    }
    if (pattern[at] == '?') {
        return 1;
    }
    if (pattern[at] == '[') {
        if (const auto end = end_of_set(pattern, at)) {
            const bool inside = set_contains(pattern.substr(at + 1, *end - at - 2), c);
            return inside ? std::optional(*end - at) : std::nullopt;
        }
    }
    return pattern[at] == c ? std::optional<std::size_t>(1) : std::nullopt;
}

std::vector<fs::path> matching_entries(const fs::path& folder, const std::string& pattern) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end;
         it.increment(error)) {
        const fs::path name = it->path().filename();
        if (matches(pattern, name.string())) {
            found.push_back(folder / name);
        }
    }
    return found;
}

} // namespace

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

bool matches(std::string_view pattern, std::string_view name) {
    if (name.starts_with('.') && !pattern.starts_with('.')) {
        return false;
    }
    std::size_t p = 0;
    std::size_t n = 0;
    // Where to go on after a mismatch: the last star takes one character more. Earlier stars need no second
    // try.
    std::optional<std::size_t> star;
    std::size_t star_taken_to = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_taken_to = n;
        } else if (const auto used = match_one(pattern, p, name[n])) {
            p += *used;
            ++n;
        } else if (star) {
            p = *star + 1;
            n = ++star_taken_to;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<fs::path> match_pattern(const fs::path& pattern) {
    std::vector<fs::path> matched{pattern.root_path()};
    for (const fs::path& part : pattern.relative_path()) {
        std::vector<fs::path> next;
        for (const fs::path& folder : matched) {
            if (is_pattern(part.string())) {
                const std::vector<fs::path> entries = matching_entries(folder, part.string());
                next.insert(next.end(), entries.begin(), entries.end());
            } else if (std::error_code ignored; fs::exists(folder / part, ignored)) {
                next.push_back(folder / part);
            }
        }
        matched = std::move(next);
    }
    std::sort(matched.begin(), matched.end());
    return matched;
}

} // namespace kizuna::cli
