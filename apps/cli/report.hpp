#pragma once

#include "inputs.hpp"
#include "options.hpp"

#include "kizuna/error.hpp"
#include "kizuna/log.hpp"
#include "kizuna/progress.hpp"
#include "kizuna/upscaler.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kizuna::cli {

/// How many pictures came to which end.
struct Tally {
    std::size_t done = 0;
    std::size_t skipped = 0;
    std::size_t failed = 0;
    std::size_t total = 0;
    double seconds = 0;
    bool interrupted = false;
};

/// What went wrong, and with which picture (empty: with the whole).
struct Failure {
    std::string input;
    ErrorCode code = ErrorCode::internal;
    std::string message;
};

/// What computes.
struct Means {
    std::string model;
    bool model_is_chosen = false; ///< by the program, not by its name
    std::string provider;
};

/// Tells the user how `kizuna upscale` is getting on. Thread-safe.
class Reporter {
  public:
    Reporter() = default;
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    virtual ~Reporter() = default;

    virtual void begin(std::size_t pictures, const Means& means) = 0;
    virtual void tiles(const Job& job, std::span<const TilePlacement> tiles) = 0;
    virtual void progress(const Job& job, const Progress& progress) = 0;
    virtual void done(const Job& job, const UpscaleReport& report) = 0;
    virtual void skipped(const Job& job) = 0;
    virtual void failed(const Failure& failure) = 0;
    /// From the library; about `input` where that is known.
    virtual void log(LogLevel level, std::string_view input, std::string_view message) = 0;
    virtual void finish(const Tally& tally) = 0;
    /// What is still to be printed where finish() cannot be waited for. Takes no lock.
    [[nodiscard]] virtual std::string last_words(const Tally& tally) const = 0;
};

/// Lines for people, and a progress bar. Pictures may go to standard output, where `stdout_is_taken`.
[[nodiscard]] std::unique_ptr<Reporter>
make_text_reporter(const UpscaleCommand& command, bool stdout_is_taken);

/// Lines of JSON on standard error, one object each, for programs.
[[nodiscard]] std::unique_ptr<Reporter> make_json_reporter(bool quiet);

} // namespace kizuna::cli
