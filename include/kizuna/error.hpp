#pragma once

#include "kizuna/export.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace kizuna {

/// What kind of thing went wrong: for programs to act on. The text of an Error is for people.
enum class ErrorCode {
    invalid_argument,   ///< an option or argument is wrong; the message names it and what would be right
    not_found,          ///< a file, network, or device that was asked for is not there
    already_exists,     ///< the output is there and may not be overwritten
    io,                 ///< reading or writing failed: permissions, a full disk, a closed pipe
    corrupt,            ///< the input is damaged or not what it claims to be
    unsupported,        ///< the input is valid, but we lack a feature it needs; the message names it
    limit_exceeded,     ///< a size is above the limits in force; nothing was allocated
    out_of_memory,      ///< the host or the device has not enough memory
    device_unavailable, ///< the provider or device cannot be used here; the message lists what can
    engine_failed,      ///< the engine failed while running the network
    bad_network,        ///< the network gave something that cannot be a picture (wrong shape, NaN)
    cancelled,          ///< a CancelToken asked to stop
    internal,           ///< our own mistake
};

/// "invalid_argument" and so on: stable names for logs and JSON.
[[nodiscard]] KIZUNA_API std::string_view to_string(ErrorCode code) noexcept;

/// The one exception type that libkizuna throws. `what()` is one or two sentences for a person: what went
/// wrong, where, and what to do. Copyable without throwing; safe to move between threads.
class KIZUNA_API Error : public std::runtime_error {
  public:
    Error(ErrorCode code, const std::string& message)
        : std::runtime_error(message)
        , code_(code) {}

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }

    /// The same error with "context: " before its message, for callers that know more (usually a path).
    [[nodiscard]] Error with_context(std::string_view context) const;

  private:
    ErrorCode code_;
};

} // namespace kizuna
