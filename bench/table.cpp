#include "table.hpp"

#include "kizuna/version.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

namespace {

constexpr int rounds = 5;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

std::vector<double> alternate(const std::vector<Measurement>& measurements) {
    std::vector<std::vector<double>> seconds(measurements.size());
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < measurements.size(); ++i) {
            seconds[i].push_back(measurements[i]());
        }
    }
    std::vector<double> medians;
    medians.reserve(seconds.size());
    for (const auto& list : seconds) {
        medians.push_back(median(list));
    }
    return medians;
}

Table::Table() {
    fmt::print("{:<76} {:>10} {:>10} {:>8}\n", "what", "ours", "theirs", "ratio");
}

void Table::add_times(const std::string& what, double ours_s, double theirs_s) {
    fmt::print(
        "{:<76} {:>7.1f} ms {:>7.1f} ms {:>7.2f}×\n", what, ours_s * 1e3, theirs_s * 1e3, theirs_s / ours_s);
    rows_.push_back(
        {{"what", what}, {"ours_s", ours_s}, {"theirs_s", theirs_s}, {"ratio", theirs_s / ours_s}});
    std::fflush(stdout);
}

void Table::add_number(const std::string& what, double value, const std::string& unit) {
    fmt::print("{:<76} {:>7.1f} {}\n", what, value, unit);
    rows_.push_back({{"what", what}, {"value", value}, {"unit", unit}});
    std::fflush(stdout);
}

void Table::note(const std::string& text) {
    fmt::print("{}\n", text);
    rows_.push_back({{"note", text}});
}

void Table::write(const std::filesystem::path& path) const {
    if (!path.empty()) {
        std::ofstream(path) << nlohmann::json{{"version", kizuna::version()}, {"rows", rows_}}.dump(2)
                            << '\n';
    }
}
