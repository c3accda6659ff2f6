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

/// Runs the program `words[0]` to its end. What it prints on standard output is dropped; on standard error,
/// too, where `quiet`.
[[nodiscard]] ChildCost run_child(const std::vector<std::string>& words, bool quiet = true);

/// For main(): Linux counts what a parent had in memory as its child's peak. So run_child starts this program
/// anew, as "kizuna_bench --child PROGRAM ARGUMENT…", which has little in memory, starts the program and
/// prints what it took. Returns the exit status.
int be_parent(char** words);

/// The program `kizuna` of the same build.
[[nodiscard]] std::filesystem::path kizuna_program();
