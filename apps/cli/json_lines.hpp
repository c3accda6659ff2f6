#pragma once

#include "json.hpp"

#include <mutex>

namespace kizuna::cli {

/// Objects on standard error, one a line. Thread-safe.
class JsonLines {
  public:
    explicit JsonLines(bool quiet)
        : quiet_(quiet) {}

    [[nodiscard]] bool quiet() const { return quiet_; }

    /// Unless told to be quiet.
    void say(const JsonFields& fields);

    /// In any case.
    void print(const JsonFields& fields);

  private:
    std::mutex mutex_;
    bool quiet_;
};

} // namespace kizuna::cli
