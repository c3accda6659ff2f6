#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// What a program took, as its parent sees it.
struct ChildCost {
    bool succeeded = false;
    double seconds = 0;
    double peak_bytes = 0; ///< resident
};

/// Runs the program `words[0]` to its end; what it prints on standard output and error is dropped where
/// `quiet`.
[[nodiscard]] ChildCost run_child(const std::vector<std::string>& words, bool quiet = true);

/// The program `kizuna` of the same build.
[[nodiscard]] std::filesystem::path kizuna_program();
