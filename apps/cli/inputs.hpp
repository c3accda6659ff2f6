#pragma once

#include "kizuna/error.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

// From what stands on the command line to pairs of an input and an output. Looks at the file system, writes
// nothing.
namespace kizuna::cli {

/// Stands for standard input or standard output in a Job. (A file of that name is "./-".)
inline constexpr const char* standard_stream = "-";

/// One picture to be upscaled.
struct Job {
    std::filesystem::path input;
    std::filesystem::path output;
    bool make_folder = false; ///< the output's folder is ours to create
};

/// A picture that was found.
struct Source {
    std::filesystem::path file;
    std::filesystem::path
        folder; ///< the folder on the command line that it was found in; empty if named itself
};

/// An input that leads to no picture.
struct InputProblem {
    std::string input;
    ErrorCode code = ErrorCode::not_found;
    std::string message;
};

struct Sources {
    std::vector<Source> found; ///< in the order of the command line, folders and patterns sorted by name
    std::vector<InputProblem> problems;
    bool several = false; ///< more than one picture was or could have been asked for
};

/// Files stand for themselves, folders for the pictures in them (with `recursive` in all folders below, too),
/// patterns for what they match. `output` is not searched for pictures where it lies in such a folder.
[[nodiscard]] Sources
find_sources(std::span<const std::string> inputs, bool recursive, const std::optional<std::string>& output);

/// How outputs are called.
struct Naming {
    std::optional<std::string> output; ///< a file, or a folder where several pictures need one
    std::string suffix;                ///< of outputs beside their inputs: "_x2" makes a_x2.png
    std::string format;                ///< decides on the extension; empty: the input's
    /// Pictures that another one's output stands for are results of an earlier run: they stand for
    /// themselves.
    bool keep_results = false;
};

/// Throws Error{invalid_argument} if the output does not suit the inputs, or two of them would get the
/// same, or (but for `keep_results`) one would replace another input.
[[nodiscard]] std::vector<Job> name_outputs(const Sources& sources, const Naming& naming);

} // namespace kizuna::cli
