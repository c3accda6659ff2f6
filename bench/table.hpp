#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

using Measurement = std::function<double()>; ///< seconds

/// Medians of the measurements, which take turns: what disturbs the machine disturbs all of them.
[[nodiscard]] std::vector<double> alternate(const std::vector<Measurement>& measurements);

/// What was measured, printed as it comes, and kept for a file.
class Table {
  public:
    Table();

    void add_times(const std::string& what, double ours_s, double theirs_s);
    void add_number(const std::string& what, double value, const std::string& unit);
    void note(const std::string& text);

    /// As JSON; nowhere if there is no path.
    void write(const std::filesystem::path& path) const;

  private:
    nlohmann::json rows_ = nlohmann::json::array();
};
