#include "option_checks.hpp"

namespace kizuna::cli {

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
    const Check check =
        number_between<std::int64_t>(least, most, fmt::format("a whole number from {} to {}", least, most));
    const auto check_and_trim = [check](std::string& text) {
        std::string problem = check(text);
        if (problem.empty()) {
            text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
        }
        return problem;
    };
    return {check_and_trim, ""};
}

std::string check_not_empty(const std::string& text) {
    return text.empty() ? "a file's name cannot be empty" : "";
}

} // namespace kizuna::cli
