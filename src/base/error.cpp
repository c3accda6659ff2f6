#include "kizuna/error.hpp"

namespace kizuna {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::invalid_argument:
        return "invalid_argument";
    case ErrorCode::not_found:
        return "not_found";
    case ErrorCode::already_exists:
        return "already_exists";
    case ErrorCode::io:
        return "io";
    case ErrorCode::corrupt:
        return "corrupt";
    case ErrorCode::unsupported:
        return "unsupported";
    case ErrorCode::limit_exceeded:
        return "limit_exceeded";
    case ErrorCode::out_of_memory:
        return "out_of_memory";
    case ErrorCode::device_unavailable:
        return "device_unavailable";
    case ErrorCode::engine_failed:
        return "engine_failed";
    case ErrorCode::bad_network:
        return "bad_network";
    case ErrorCode::cancelled:
        return "cancelled";
    case ErrorCode::internal:
        return "internal";
    }
    return "unknown";
}

Error Error::with_context(std::string_view context) const {
    return {code_, std::string(context) + ": " + what()};
}

} // namespace kizuna
