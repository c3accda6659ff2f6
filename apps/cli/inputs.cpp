#include "inputs.hpp"

#include "glob.hpp"

#include "kizuna/image_file.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

namespace fs = std::filesystem;

/// Collects what the inputs stand for, each file once.
class SourceFinder {
  public:
    SourceFinder(bool recursive, fs::path excluded)
        : recursive_(recursive)
        , excluded_(std::move(excluded)) {}

    void add_input(const std::string& input) {
        std::error_code error;
        if (input == standard_stream) {
            add_file(input, {});
        } else if (fs::exists(input, error)) {
            add_path(input);
        } else if (error) {
            add_problem(input, ErrorCode::io, "it cannot be looked at: " + error.message());
        } else if (is_pattern(input)) {
            add_matches(input);
        } else {
            add_problem(input, ErrorCode::not_found, "there is no such file or folder");
        }
    }

    [[nodiscard]] Sources take() { return std::move(sources_); }

  private:
    void add_path(const fs::path& path) {
        std::error_code ignored;
        if (!fs::is_directory(path, ignored)) {
            add_file(path, {});
            return;
        }
        sources_.several = true;
        const std::size_t before = pictures_seen_;
        const std::size_t problems_before = sources_.problems.size();
        add_folder(path);
        if (pictures_seen_ == before && sources_.problems.size() == problems_before) {
            add_problem(
                path.string(), ErrorCode::not_found,
                recursive_ ? "no pictures in this folder or below"
                           : "no pictures in this folder (--recursive looks into the folders below, too)");
        }
    }

    void add_matches(const std::string& pattern) {
        const std::size_t before = pictures_seen_;
        for (const fs::path& match : match_pattern(pattern)) {
            std::error_code ignored;
            if (fs::is_directory(match, ignored)) {
                sources_.several = true;
                add_folder(match);
            } else if (is_image_file(match)) {
                add_file(match, {});
            }
        }
        if (pictures_seen_ == before) {
            add_problem(pattern, ErrorCode::not_found, "no picture's name matches this pattern");
        }
    }

    /// Folders wait on a list of our own: the depth of a tree is not ours to bound. Symbolic links to folders
    /// below the first are not followed, for they can lead in circles.
    void add_folder(const fs::path& root) {
        std::vector<fs::path> waiting{root};
        while (!waiting.empty()) {
            const fs::path folder = std::move(waiting.back());
            waiting.pop_back();
            std::vector<fs::path> below;
            for (const fs::directory_entry& entry : sorted_entries(folder)) {
                std::error_code ignored;
                if (entry.is_directory(ignored)) {
                    if (recursive_ && !entry.is_symlink(ignored) && !is_excluded(entry.path())) {
                        below.push_back(entry.path());
                    }
                } else if (is_image_file(entry.path()) && is_file_or_broken_link(entry)) {
                    add_file(entry.path(), root);
                }
            }
            waiting.insert(waiting.end(), below.rbegin(), below.rend());
        }
    }

    std::vector<fs::directory_entry> sorted_entries(const fs::path& folder) {
        std::vector<fs::directory_entry> entries;
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
            entries.push_back(*it);
        }
        if (error) {
            add_problem(folder.string(), ErrorCode::io, "the folder cannot be read: " + error.message());
        }
        std::sort(entries.begin(), entries.end());
        return entries;
    }

    /// A link that leads nowhere is a picture that is missed, and is told of when it is opened.
    static bool is_file_or_broken_link(const fs::directory_entry& entry) {
        std::error_code ignored;
        return entry.is_regular_file(ignored) || (entry.is_symlink(ignored) && !entry.exists(ignored));
    }

    [[nodiscard]] bool is_excluded(const fs::path& folder) const {
        std::error_code ignored;
        return !excluded_.empty() && fs::equivalent(folder, excluded_, ignored);
    }

    void add_file(const fs::path& file, const fs::path& folder) {
        ++pictures_seen_;
        std::error_code ignored;
        if (seen_.insert(fs::absolute(file, ignored).lexically_normal()).second) {
            sources_.found.push_back({file, folder});
        }
    }

    void add_problem(std::string input, ErrorCode code, std::string message) {
        sources_.problems.push_back({std::move(input), code, std::move(message)});
    }

    bool recursive_;
    fs::path excluded_;
    std::size_t pictures_seen_ = 0;
    std::set<fs::path> seen_;
    Sources sources_;
};

std::string extension_for(const fs::path& input, const std::string& format) {
    if (!format.empty()) {
        return "." + extension_of_format(format);
    }
    return input.extension().string();
}

fs::path file_name_for(const fs::path& input, const std::string& suffix, const std::string& format) {
    return input.stem().string() + suffix + extension_for(input, format);
}

/// "pictures/" and "." have names, too.
fs::path without_trailing_separator(const fs::path& folder) {
    fs::path normal = fs::absolute(folder).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
}

Job beside_input(const Source& source, const Naming& naming) {
    if (source.file == standard_stream) {
        return {source.file, standard_stream, false};
    }
    if (source.folder.empty()) {
        return {
            source.file, source.file.parent_path() / file_name_for(source.file, naming.suffix, naming.format),
            false};
    }
    const fs::path root = without_trailing_separator(source.folder);
    const fs::path folder = root.parent_path() / (root.filename().string() + naming.suffix);
    const fs::path relative = source.file.lexically_relative(source.folder).parent_path();
    return {source.file, folder / relative / file_name_for(source.file, "", naming.format), true};
}

Job into_folder(const Source& source, const fs::path& folder, const std::string& format) {
    const fs::path relative =
        source.folder.empty() ? fs::path() : source.file.lexically_relative(source.folder).parent_path();
    return {source.file, folder / relative / file_name_for(source.file, "", format), true};
}

bool names_a_folder(const std::string& output) {
    std::error_code ignored;
    return output.ends_with('/') || fs::is_directory(output, ignored);
}

void check_streams(const Sources& sources, const Naming& naming) {
    const bool reads_stream =
        std::any_of(sources.found.begin(), sources.found.end(), [](const Source& source) {
            return source.file == standard_stream;
        });
    if (reads_stream && sources.several) {
        throw Error(ErrorCode::invalid_argument, "'-' (standard input) cannot be one input of several");
    }
    if (naming.output == standard_stream && sources.several) {
        throw Error(
            ErrorCode::invalid_argument,
            "only one picture can go to standard output; give a folder: -o FOLDER");
    }
    if (reads_stream && naming.output && names_a_folder(*naming.output)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "'{}' is a folder, and a picture from standard input has no name; give a file: -o FILE",
                *naming.output));
    }
}

void check_folder(const std::string& output) {
    std::error_code ignored;
    const bool is_file = fs::exists(output, ignored) && !fs::is_directory(output, ignored);
    if (is_file || (!names_a_folder(output) && is_image_file(output))) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "several pictures need a folder, but -o '{}' is a file; give a folder: -o FOLDER/", output));
    }
}

void check_for_collisions(const std::vector<Job>& jobs) {
    std::map<fs::path, fs::path> input_of_output;
    for (const Job& job : jobs) {
        const auto [place, is_new] = input_of_output.emplace(job.output.lexically_normal(), job.input);
        if (!is_new) {
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format(
                    "'{}' and '{}' would both be written to '{}'; upscale them to different folders",
                    place->second.string(), job.input.string(), job.output.string()));
        }
    }
}

/// One name for one file, whichever way leads to it.
fs::path identity(const fs::path& file) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(file, error);
    return error ? file.lexically_normal() : canonical;
}

/// What one picture becomes must not stand where another is read. (A picture may be replaced by its own.)
void settle_inputs_in_the_way(std::vector<Job>& jobs, bool keep_results) {
    std::map<fs::path, std::size_t> job_of_input;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        job_of_input.emplace(identity(jobs[i].input), i);
    }
    std::set<std::size_t> results;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto found = job_of_input.find(identity(jobs[i].output));
        if (jobs[i].output == standard_stream || found == job_of_input.end() || found->second == i) {
            continue;
        }
        const fs::path& in_the_way = jobs[found->second].input;
        if (!keep_results) {
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format(
                    "'{}' would be written to '{}', which is itself to be upscaled; upscale to a folder: "
                    "-o FOLDER",
                    jobs[i].input.string(), in_the_way.string()));
        }
        results.insert(found->second);
    }
    for (const std::size_t i : results) {
        jobs[i].output = jobs[i].input;
        jobs[i].make_folder = false;
    }
}

} // namespace

Sources
find_sources(std::span<const std::string> inputs, bool recursive, const std::optional<std::string>& output) {
    SourceFinder finder(recursive, output.value_or(""));
    for (const std::string& input : inputs) {
        finder.add_input(input);
    }
    Sources sources = finder.take();
    sources.several = sources.several || inputs.size() > 1 || sources.found.size() > 1;
    return sources;
}

std::vector<Job> name_outputs(const Sources& sources, const Naming& naming) {
    check_streams(sources, naming);
    const bool to_folder = naming.output && naming.output != standard_stream &&
                           (sources.several || names_a_folder(*naming.output));
    if (to_folder && sources.several) {
        check_folder(*naming.output);
    }
    std::vector<Job> jobs;
    jobs.reserve(sources.found.size());
    for (const Source& source : sources.found) {
        if (!naming.output) {
            jobs.push_back(beside_input(source, naming));
        } else if (to_folder) {
            jobs.push_back(into_folder(source, *naming.output, naming.format));
        } else {
            const bool is_in_folder = fs::path(*naming.output).has_parent_path();
            jobs.push_back({source.file, *naming.output, is_in_folder});
        }
    }
    check_for_collisions(jobs);
    settle_inputs_in_the_way(jobs, naming.keep_results);
    return jobs;
}

} // namespace kizuna::cli
