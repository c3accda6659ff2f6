#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

// What options may be.
namespace kizuna::cli {

/// What makes a valid value: empty, or what is wrong with this one.
using Check = std::function<std::string(const std::string&)>;

/// Leading zeros are taken away, for CLI11 would read an octal number.
[[nodiscard]] CLI::Validator whole_number(std::int64_t least, std::int64_t most);

template <typename Number>
Check number_between(Number least, Number most, const std::string& what) {
    return [=](const std::string& text) -> std::string {
        Number value{};
        const char* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, value);
        // Written so that NaN is wrong, too.
        if (parsed.ec == std::errc() && parsed.ptr == end && value >= least && value <= most) {
            return {};
        }
        return fmt::format("'{}' is not {}", text, what);
    };
}

[[nodiscard]] std::string check_not_empty(const std::string& text);

template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

template <typename Value>
CLI::Option* add_choice(
    CLI::App& app, const std::string& name, Value& target, const Choices<Value>& choices,
    const std::string& help) {
    std::string names;
    for (const auto& [choice, value] : choices) {
        names += (names.empty() ? "" : "|") + choice;
    }
    const Check check = [choices, names](const std::string& text) {
        const bool known = std::any_of(
            choices.begin(), choices.end(), [&text](const auto& choice) { return choice.first == text; });
        return known ? std::string() : fmt::format("'{}' is not one of {}", text, names);
    };
    const auto set = [&target, choices](const std::string& text) {
        for (const auto& [choice, value] : choices) {
            if (choice == text) {
                target = value;
            }
        }
    };
    return app.add_option_function<std::string>(name, set, help)->check(check)->type_name(names);
}

} // namespace kizuna::cli
