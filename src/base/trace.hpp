#pragma once

#include "kizuna/trace.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace kizuna {

/// Whether anybody listens: for those whose detail takes something to make.
[[nodiscard]] bool tracing() noexcept;

/// A span that lasts as long as this object.
class TraceScope {
  public:
    /// `name` is a literal.
    explicit TraceScope(std::string_view name, std::string detail = {})
        : name_(tracing() ? name : std::string_view())
        , detail_(std::move(detail)) {
        if (!name_.empty()) {
            begin_ = std::chrono::steady_clock::now();
        }
    }

    TraceScope(const TraceScope&) = delete;
    TraceScope& operator=(const TraceScope&) = delete;
    ~TraceScope();

  private:
    std::string_view name_; ///< empty where nobody listened when it began
    std::string detail_;
    std::chrono::steady_clock::time_point begin_;
};

} // namespace kizuna
