#pragma once

#include "kizuna/cancel.hpp"
#include "kizuna/error.hpp"

namespace kizuna {

inline void throw_if_cancelled(const CancelToken& token) {
    if (token.stop_requested()) {
        throw Error(ErrorCode::cancelled, "cancelled");
    }
}

} // namespace kizuna
